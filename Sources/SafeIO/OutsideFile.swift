/// A file that a command writes where others may have been before, such as on a medium: it is made
/// anew in its directory, and nothing that lies there under its name is written through.
///
/// The directory is opened first and looked at then, so that links in its path count for what they
/// lead to.
package struct OutsideFile {
  private let directory: Directory
  private let name: String

  /// Looks where the file will be.
  ///
  /// - Parameters:
  ///   - path: as the user named it.
  ///   - check: refuses directories in which no such file may be, and files that must not be
  ///     replaced.
  /// - Throws: `usage` where the path names no file or its directory lacks, `unsafe` where a link, a
  ///   device or the like lies in the way, or what `check` throws.
  package init(
    _ path: String,
    check: (Directory, FileStatus?) throws(Failure) -> Void
  ) throws(Failure) {
    let (parent, name) = NamedPath.split(path)
    guard !["", ".", ".."].contains(name) else { throw OutsideFile.noFile(path) }
    directory = try Directory(opening: parent)
    self.name = name
    let present = try directory.status(name)
    if present?.kind == .directory { throw OutsideFile.noFile(path) }
    for name in [name, temporary] { try refuseIrregular(name) }
    try check(directory, present)
  }

  /// The same name for each run, so that what a killed one left is taken up again.
  ///
  /// Not `name.part`, which may be a file of the user's.
  private var temporary: String { ".\(name).aptferry" }

  private static func noFile(_ path: String) -> Failure {
    Failure(.usage, "no-file", "name a file, not a directory", subject: path)
  }

  private func refuseIrregular(_ name: String) throws(Failure) {
    guard let status = try directory.status(name), status.kind != .regular else { return }
    let place = directory.describe(name)
    var what = status.noun
    if status.kind == .symbolicLink, let target = try directory.symbolicLinkTarget(name) {
      what += " to \(target)"
    }
    let isStream = place.hasPrefix("/dev/") || place.hasPrefix("/proc/")
    throw Failure(
      .unsafe,
      "in-the-way",
      "\(what) lies where the new file is to be: it is not written through",
      subject: place,
      hint: isStream
        ? "“-” is the name of standard output"
        : "find out who put it there; remove it, or choose another name"
    )
  }

  /// Writes the file durably, replacing a regular file that is there at once or not at all.
  package func write(_ bytes: [UInt8]) throws(Failure) {
    do {
      try DurableFile.write(bytes, as: name, in: directory, temporary: temporary)
    } catch {
      // What went wrong first is what has to be told.
      do { _ = try directory.removeFile(temporary) } catch {}
      throw error
    }
    // vfat and exFAT each need one of the two: fsync of all that was written, and this.
    try directory.syncFileSystem()
  }
}
