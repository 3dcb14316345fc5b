internal import Archives
internal import DebianRepository
internal import Objects
package import SafeIO
package import Trust

/// The package of the program for the isolated side, beside the bundle that it will read.
///
/// A machine inside has nothing yet that could verify it but `gpgv` and `sha256sum`: it lies plainly
/// in a directory of its own, with its checksum signed by the exporter, and a page that says how to
/// check and install it.
package struct CarriedProgram {
  /// The directory on the medium.
  package static let directory = "aptferry-program"
  /// The packages that have the program: the isolated side's, and the one that can do both.
  private static let packages = ["aptferry-isolated", "aptferry"]
  /// The largest package that is taken, in bytes.
  private static let limit: UInt64 = 1 << 30

  private let source: Directory
  private let name: String
  /// The length of the package, in bytes.
  package let size: UInt64

  /// Looks at the package that is to be carried.
  ///
  /// - Throws: `usage` for what is no package of Debian's.
  package init(_ path: String) throws(Failure) {
    let (parent, name) = NamedPath.split(path)
    (source, self.name) = (try Directory(opening: parent), name)
    guard let status = try source.status(name), status.kind == .regular else {
      throw CarriedProgram.noPackage(path, "there is no such file")
    }
    size = status.size
    guard RelativePath(name) != nil, name.hasSuffix(".deb"), size <= CarriedProgram.limit else {
      throw CarriedProgram.noPackage(path, "its name does not end in .deb, or it is too large")
    }
    do throws(Failure) {
      let deb = try DebFile(of: try source.file(name), name: path)
      let control = try ControlStanza(deb.control, name: path)
      guard CarriedProgram.packages.contains(control.name) else {
        throw CarriedProgram.noPackage(path, "it is of the package \(control.name)", isDebian: true)
      }
    } catch  where error.kind == .integrity {
      throw CarriedProgram.noPackage(path, error.reason)
    }
  }

  private static func noPackage(
    _ path: String,
    _ what: String,
    isDebian: Bool = false
  ) -> Failure {
    Failure(
      .usage,
      "no-package",
      "this is not \(isDebian ? "the program" : "a Debian package"): \(what)",
      subject: path,
      hint: "name the .deb of aptferry-isolated; docs/install.md says where it comes from"
    )
  }

  /// What the package and its pages take on a medium at most, in bytes.
  package var needed: UInt64 { size &+ (1 << 18) }

  /// Refuses a medium where something stands in the way; nothing is written.
  ///
  /// - Throws: `state` for another package there: its checksum would be gone, `unsafe` for what is no
  ///   directory.
  package func checkPlace(on medium: Directory) throws(Failure) {
    guard let place = try medium.directoryIfPresent(CarriedProgram.directory) else { return }
    for entry in try place.list() where entry.name.hasSuffix(".deb") && entry.name != name {
      throw Failure(
        .state,
        "other-program",
        "another package of the program is on the medium",
        subject: place.describe(entry.name),
        hint: "remove the directory \(CarriedProgram.directory) from the medium first"
      )
    }
  }

  /// Writes the package and what goes with it; what is there already with the same content stays.
  ///
  /// - Returns: the digest of the package as it lies on the medium.
  /// - Throws: `resource` when the medium is full, `integrity` when it gives back other bytes.
  package func write(
    to medium: Directory,
    signingWith keys: OwnKeys
  ) throws(Failure) -> SHA256Digest {
    let expected = try ContentHash.of(try source.file(name))
    _ = try medium.makeDirectory(CarriedProgram.directory)
    let place = try medium.directory(CarriedProgram.directory)
    if try !CarriedProgram.holds(place, name, expected) {
      try copy(to: place)
      guard try CarriedProgram.holds(place, name, expected) else {
        throw Failure(
          .integrity,
          "copy-differs",
          "what was written is not what the medium gives back",
          subject: place.describe(name),
          hint: "use another medium"
        )
      }
    }
    let sums = Array("\(expected.digest.hex)  \(name)\n".utf8)
    try DurableFile.write(sums, as: "SHA256SUMS", in: place)
    try DurableFile.write(try keys.signDetached(sums), as: "SHA256SUMS.asc", in: place)
    try DurableFile.write(page, as: "INSTALL.txt", in: place)
    try place.syncFileSystem()
    return expected.digest
  }

  /// Copies the package; a medium that is full keeps nothing of it.
  private func copy(to place: Directory) throws(Failure) {
    do throws(Failure) {
      try DurableFile.copy(name, from: source, to: place)
    } catch {
      // What the copy failed of is the news; that its rest could not go either is not.
      do { _ = try place.removeFile(name + ".part") } catch {}
      throw error
    }
  }

  private static func holds(
    _ place: Directory,
    _ name: String,
    _ expected: ContentHash
  ) throws(Failure) -> Bool {
    guard let status = try place.status(name), status.kind == .regular,
      status.size == expected.size
    else { return false }
    return try ContentHash.of(try place.file(name)) == expected
  }

  private var page: [UInt8] {
    let file = Escaped.shellWord("./" + name)
    return Array(
      """
      This directory has the program that reads the bundles on this medium, for a machine
      that has none yet. It is built for Debian 12.

      Bring the exporter's public key by another route than this medium, as a binary file
      (an armored key becomes one with "gpg --dearmor"). Then type, in this directory:

      $ gpgv --keyring $HOME/exporter.gpg SHA256SUMS.asc SHA256SUMS
      $ sha256sum -c SHA256SUMS

      The first must say "Good signature" with the key that you expect, the second "OK".
      Install it only then, as root:

      # apt-get install \(file)

      apt-get names what the package needs and the machine lacks; these packages are on any
      Debian 12 medium. Without apt: dpkg -i \(file)

      Go on with: man aptferry

      """.utf8
    )
  }
}
