private import Foundation
private import SafeIO

/// An exporter that lies: makes bundles as the format says, with whatever a test wants changed, and
/// signs them with the real exporter's key, so that the second line of defence is what is tested.
///
/// Written from the format's description alone, without the program's own writer.
package struct BundleForge {
  /// One snapshot that the bundle carries.
  package struct Snapshot: Sendable {
    package var name: String
    /// Paths and contents.
    package var files: [(path: String, bytes: [UInt8])]
    /// Lines of the field Suites.
    package var suites: [String]
    package var kind = "verbatim"

    package init(_ name: String, files: [(path: String, bytes: [UInt8])], suites: [String]) {
      self.name = name
      self.files = files
      self.suites = suites
    }
  }

  /// One chunk: the archive in it.
  package struct Chunk: Sendable {
    package var archive: [UInt8]
    package var isCompressed = false
    /// What MANIFEST says of the archive's length; the truth when nil.
    package var plainSize: UInt64?
    /// Further options for zstd.
    package var compression = ["-6"]

    package init(_ archive: [UInt8], isCompressed: Bool = false) {
      self.archive = archive
      self.isCompressed = isCompressed
    }

    func name(_ number: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: 6 - digits.utf8.count) + digits
        + (isCompressed ? ".tar.zst" : ".tar")
    }
  }

  /// A GnuPG home with the secret key that signs.
  package var signingHome: String
  /// Further options for gpg.
  package var signingOptions: [String] = []
  package var stream = "mainland"
  package var sequence = "1"
  /// The time in the field Created; now when nil.
  package var created: String?
  /// Further lines of the first stanza, behind Created.
  package var head: [String] = []
  package var snapshots: [Snapshot]
  /// Whether everything lies in one compressed chunk instead of a stored one.
  package var isCompressed = false
  /// Changes the archive before anything is computed from it.
  package var editArchive: ([UInt8]) -> [UInt8] = { $0 }
  /// Changes the only chunk.
  package var editChunk: (inout Chunk) -> Void = { _ in }
  /// Changes the text of ENTRIES; digests of snapshots follow from what comes out.
  package var editEntries: (String) -> String = { $0 }
  /// Changes the text of MANIFEST before it is signed.
  package var editManifest: (String) -> String = { $0 }

  /// A forge for these snapshots.
  package init(signingHome: String, _ snapshots: [Snapshot]) {
    self.signingHome = signingHome
    self.snapshots = snapshots
  }

  /// Writes the bundle below `medium`; answers its directory.
  @discardableResult
  package func write(to medium: String) throws -> String {
    var archive = TarForge()
    let entries = editEntries(place(into: &archive))
    var chunk = Chunk(editArchive(archive.ended()), isCompressed: isCompressed)
    editChunk(&chunk)
    return try write(to: medium, entries: entries, chunks: [chunk])
  }

  /// Writes a bundle with these entries and chunks.
  @discardableResult
  package func write(to medium: String, entries: String, chunks: [Chunk]) throws -> String {
    let directory = medium + "/" + directoryName
    try Disk.makeDirectory(directory + "/chunks")
    var sums = ""
    var lines: [String] = []
    for (index, chunk) in chunks.enumerated() {
      let path = "chunks/" + chunk.name(index + 1)
      let file = try put(chunk.archive, chunk, at: directory + "/" + path)
      sums += "\(file.digest)  \(path)\n"
      let length = chunk.plainSize ?? UInt64(chunk.archive.count)
      lines.append(" \(file.digest) \(file.size) \(length) \(chunk.name(index + 1))")
    }
    let text = Array(entries.utf8)
    let packed = try put(text, Chunk(text, isCompressed: true), at: directory + "/ENTRIES.zst")
    let readme = Array("forged\n".utf8)
    try Disk.write(Array(sums.utf8), to: directory + "/SHA256SUMS")
    try Disk.write(readme, to: directory + "/README.txt")
    var manifest = ["Format: aptferry-bundle 1", "Stream: \(stream)", "Sequence: \(sequence)"]
    manifest.append("Created: \(created ?? UTCTime.now().rfc3339)")
    manifest += head
    manifest.append(
      "Entries: \(packed.digest) \(packed.size) \(SHA256Digest.of(text).hex) \(text.count)"
    )
    manifest.append("Sums: \(SHA256Digest.of(Array(sums.utf8)).hex) \(sums.utf8.count)")
    manifest.append("Readme: \(SHA256Digest.of(readme).hex) \(readme.count)")
    manifest += ["Chunks:"] + lines
    for snapshot in snapshots { manifest += stanza(of: snapshot, entries) }
    let signed = editManifest(manifest.joined(separator: "\n") + "\n")
    try Disk.write(signed, to: directory + "/MANIFEST")
    try BundleForge.sign(directory, home: signingHome, signingOptions)
    return directory
  }

  /// The name of the bundle's directory.
  package var directoryName: String {
    stream + "-" + String(repeating: "0", count: max(0, 6 - sequence.utf8.count)) + sequence
  }

  /// Signs MANIFEST in a bundle's directory.
  package static func sign(_ directory: String, home: String, _ options: [String] = []) throws {
    try Disk.write(
      try signature(of: directory + "/MANIFEST", home: home, ["--armor"] + options),
      to: directory + "/MANIFEST.asc"
    )
  }

  /// A detached signature of a file.
  package static func signature(
    of path: String,
    home: String,
    _ options: [String]
  ) throws -> [UInt8] {
    let result = try run(
      ["gpg", "--homedir", home, "--batch", "--no-tty", "--quiet", "--yes", "--output", "-"]
        + options + ["--detach-sign", path]
    )
    try result.succeeded()
    return result.output
  }

  /// Changes a signed text file of a bundle and signs MANIFEST again.
  package static func alter(
    _ directory: String,
    home: String,
    _ edit: (String) -> String
  ) throws {
    let old = try Disk.text(directory + "/MANIFEST")
    let new = edit(old)
    guard new != old else { throw TestSupportError("the edit of MANIFEST changes nothing") }
    try Disk.write(new, to: directory + "/MANIFEST")
    try sign(directory, home: home)
  }

  /// Fills an archive with all files, each content once; answers the text of ENTRIES.
  private func place(into archive: inout TarForge) -> String {
    var lines: [(path: String, line: String)] = []
    var known: [SHA256Digest: [Int]] = [:]
    var all: [(path: String, bytes: [UInt8], digest: SHA256Digest)] = []
    for snapshot in snapshots {
      all += snapshot.files.map { ("\(snapshot.name)/\($0.path)", $0.bytes, SHA256Digest.of($0.1)) }
    }
    all.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    for (index, file) in all.enumerated() { known[file.digest, default: []].append(index) }
    for (index, file) in all.enumerated() {
      guard let group = known[file.digest], group.first == index else { continue }
      let offset = archive.add(file: file.path, file.bytes)
      for other in group {
        if other != index { archive.add(link: all[other].path, to: file.path) }
        lines.append(
          (all[other].path, "\(file.digest.hex) \(file.bytes.count) 1:\(offset) \(all[other].path)")
        )
      }
    }
    lines.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    return lines.map { $0.line + "\n" }.joined()
  }

  private func stanza(of snapshot: Snapshot, _ entries: String) -> [String] {
    var listing = ""
    var files = 0
    var bytes: UInt64 = 0
    for line in entries.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
      guard words.count == 4, words[3].hasPrefix(snapshot.name + "/") else { continue }
      listing += "\(words[0]) \(words[1]) \(words[3].dropFirst(snapshot.name.count + 1))\n"
      files += 1
      bytes &+= UInt64(words[1]) ?? 0
    }
    return [
      "", "Snapshot: \(snapshot.name)", "Digest: \(SHA256Digest.of(Array(listing.utf8)).hex)",
      "Files: \(files)", "Bytes: \(bytes)", "Kind: \(snapshot.kind)", "Suites:",
    ] + snapshot.suites.map { " " + $0 }
  }

  private func put(
    _ plain: [UInt8],
    _ chunk: Chunk,
    at path: String
  ) throws -> (digest: String, size: Int) {
    try Disk.write(plain, to: path)
    if chunk.isCompressed {
      try Disk.rename(path, to: path + ".plain")
      try run(["zstd", "-q", "--check"] + chunk.compression + [path + ".plain", "-o", path])
        .succeeded()
      Disk.remove(path + ".plain")
    }
    let bytes = try Disk.read(path)
    return (SHA256Digest.of(bytes).hex, bytes.count)
  }
}
