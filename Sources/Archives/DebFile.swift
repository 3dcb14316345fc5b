package import SafeIO

/// What a binary package's file has in it: `debian-binary`, the control archive and the data archive.
///
/// The members are exactly those that `dpkg` takes, in its order; a file that ends early, has bytes
/// behind its last member, or says other lengths than it has is refused.
package struct DebFile: Sendable {
  /// The file `control`, byte for byte.
  package let control: [UInt8]
  /// How many regular files the data archive has, and the bytes in them.
  package let files: UInt64
  package let installedBytes: UInt64

  /// The longest `control` that is read, in bytes.
  package static let longestControl = 1 << 20
  /// The most that the control archive may unpack to, in bytes.
  private static let largestControlArchive: UInt64 = 64 << 20
  /// The most that the data archive may unpack to, in bytes.
  private static let largestData: UInt64 = 64 << 30
  /// The most entries of each archive.
  private static let mostEntries: UInt64 = 1_000_000

  /// Reads a whole package, from the first byte to the last.
  ///
  /// - Throws: `integrity` for what is no package, or a damaged one; `unsafe` for what is too large.
  package init(of file: borrowing OpenFile, name: String) throws(Failure) {
    var members = try ArMembers(of: file, name: name)
    let version = try members.next(of: file)
    guard let version, version.name == "debian-binary", version.size <= 64 else {
      throw DebFile.malformed("does not begin with debian-binary", name)
    }
    let text = try version.bytes(of: file)
    guard text.starts(with: "2.".utf8), text.contains(0x0a) else {
      throw DebFile.malformed("has a format other than 2.0", name)
    }
    guard let control = try members.next(of: file),
      let packing = DebFile.compression(of: control, "control.tar", [.none, .gzip, .xz, .zstd])
    else { throw DebFile.malformed("has no control archive that is known here", name) }
    self.control = try DebFile.readControl(control, packing, file, name)
    guard let data = try members.next(of: file),
      let filter = DebFile.compression(
        of: data,
        "data.tar",
        [.none, .gzip, .xz, .zstd, .bzip2, .lzma]
      )
    else { throw DebFile.malformed("has no data archive that is known here", name) }
    (files, installedBytes) = try DebFile.readData(data, filter, file, name)
    guard try members.next(of: file) == nil else {
      throw DebFile.malformed("has members behind its data archive", name)
    }
  }

  private static func malformed(_ what: String, _ name: String) -> Failure {
    Failure(
      .integrity,
      "deb",
      "the package \(what)",
      subject: name,
      hint: "have it built again; dpkg-deb --info says what dpkg makes of it"
    )
  }

  private static func compression(
    of member: ArMembers.Member,
    _ name: String,
    _ known: [Compression]
  ) -> Compression? {
    known.first { name + $0.suffix == member.name }
  }

  /// Reads one of the archives.
  private static func read(
    _ member: ArMembers.Member,
    _ compression: Compression,
    _ file: borrowing OpenFile,
    _ name: String,
    limit: UInt64,
    _ begin: (TarContent.Entry) throws(Failure) -> UInt64,
    bytes: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    var position: UInt64 = 0
    try TarContent.forEach(
      compression,
      name: "\(name), \(member.name)",
      limits: TarContent.Limits(bytes: limit, entries: mostEntries),
      reading: { (block) throws(Failure) in
        let rest = Int(clamping: member.size - position)
        guard rest > 0 else { return 0 }
        let count = try file.read(into: block, at: member.offset + position, limit: rest)
        position += UInt64(count)
        return count
      },
      begin,
      bytes: bytes
    )
  }

  private static func readControl(
    _ member: ArMembers.Member,
    _ compression: Compression,
    _ file: borrowing OpenFile,
    _ name: String
  ) throws(Failure) -> [UInt8] {
    var control: [UInt8]?
    var (isCurrent, isRepeated, isOdd) = (false, false, false)
    try read(member, compression, file, name, limit: largestControlArchive) { (entry) in
      // dpkg unpacks all of them, and reads what is there in the end under this name.
      let parts = entry.path.split(separator: "/").filter { $0 != "." }
      isOdd =
        isOdd || parts.contains("..")
        || parts.first == "control" && (parts.count > 1 || !entry.isFile)
      isCurrent = entry.isFile && parts == ["control"]
      guard isCurrent else { return largestControlArchive }
      isRepeated = isRepeated || control != nil
      control = []
      return UInt64(longestControl)
    } bytes: { (bytes) in
      guard isCurrent else { return }
      for index in 0..<bytes.byteCount {
        control?.append(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
      }
    }
    guard !isOdd else {
      throw malformed(
        "has a control archive with a control that is no file, or a path with ..",
        name
      )
    }
    guard let control, !isRepeated else {
      throw malformed(isRepeated ? "has two control files" : "has no control file", name)
    }
    return control
  }

  private static func readData(
    _ member: ArMembers.Member,
    _ compression: Compression,
    _ file: borrowing OpenFile,
    _ name: String
  ) throws(Failure) -> (files: UInt64, bytes: UInt64) {
    var (files, size) = (UInt64(0), UInt64(0))
    try read(member, compression, file, name, limit: largestData) { (entry) in
      if entry.isFile { files += 1 }
      return largestData
    } bytes: { (bytes) in
      size += UInt64(bytes.byteCount)
    }
    return (files, size)
  }
}
