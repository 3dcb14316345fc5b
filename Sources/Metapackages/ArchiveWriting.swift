internal import Archives
internal import SafeIO

/// The archives that a .deb is made of, deb(5).
enum ArchiveWriting {
  /// A path in an archive and its content; nil for a directory.
  typealias Entry = (path: String, content: [UInt8]?)

  /// A .deb of format 2.0 whose members all have this time.
  static func deb(
    control: [Entry],
    data: [Entry],
    time: UTCTime
  ) throws(Failure) -> [UInt8] {
    var archive = try ArchiveWriter.open(.ar)
    func member(_ name: String) -> ArchiveWriter.Member { .init(name, mode: 0o644, time: time) }
    try archive.add(member("debian-binary"), Array("2.0\n".utf8))
    try archive.add(member("control.tar.xz"), try tar(control, time))
    try archive.add(member("data.tar.xz"), try tar(data, time))
    return try archive.finish()
  }

  private static func tar(_ entries: [Entry], _ time: UTCTime) throws(Failure) -> [UInt8] {
    var archive = try ArchiveWriter.open(.tar, .xz)
    for entry in entries {
      let isDirectory = entry.content == nil
      try archive.add(
        ArchiveWriter.Member(
          entry.path,
          isDirectory: isDirectory,
          mode: isDirectory ? 0o755 : 0o644,
          time: time
        ),
        entry.content ?? []
      )
    }
    return try archive.finish()
  }

  /// One gzip stream, as small as it goes.
  static func gzip(_ content: [UInt8]) throws(Failure) -> [UInt8] {
    var stream = try ArchiveWriter.open(.single, .gzip)
    try stream.add(ArchiveWriter.Member("content", mode: 0o644, time: .earliest), content)
    return try stream.finish()
  }
}
