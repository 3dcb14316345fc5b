private import CLinux
private import Glibc

extension Directory {
  /// Opens a directory that the user named, or the nearest one above it that is there: to look where
  /// something would be made.
  package convenience init(nearest path: String) throws(Failure) {
    var path = path
    while !path.isEmpty, try !Directory.isThere(path) { path = NamedPath.split(path).directory }
    try self.init(opening: path)
  }

  /// Whether there is such a directory.
  package static func isThere(_ path: String) throws(Failure) -> Bool {
    var found = stat()
    if unsafe stat(path, &found) == 0 { return true }
    // A link that leads nowhere is in the way, whatever it names.
    if unsafe lstat(path, &found) == 0 { return true }
    guard errno == ENOENT || errno == ENOTDIR else { throw .system("look at", path) }
    return false
  }

  /// Whether this is the other directory, or lies in it, by whatever path or mount it was opened.
  package func isWithin(_ other: Directory) throws(Failure) -> Bool {
    let identity = try other.status()
    let isBelow = try containsAncestor { (ancestor) throws(Failure) in
      let status = try ancestor.status()
      return status.device == identity.device && status.inode == identity.inode
    }
    if isBelow { return true }
    // A part of the other one may be mounted elsewhere; from there no path leads up into it.
    guard let here = try placeOnFileSystem(), let there = try other.placeOnFileSystem(),
      here.device == there.device
    else { return false }
    let prefix = there.path == "/" ? [] : Array(there.path.utf8)
    return here.path.utf8.starts(with: prefix)
      && [nil, UInt8(ascii: "/")].contains(here.path.utf8.dropFirst(prefix.count).first)
  }

  /// Whether `body` says yes of this directory or of one above it.
  package func containsAncestor(
    where body: (Directory) throws(Failure) -> Bool
  ) throws(Failure) -> Bool {
    var current = self
    while true {
      if try body(current) { return true }
      let opened = unsafe openat(current.descriptor, "..", clinux_O_PATH | O_DIRECTORY | O_CLOEXEC)
      guard opened >= 0 else { throw .system("look above", current.path) }
      let above = Directory(owning: opened, path: current.describe(".."))
      let (one, other) = (try current.status(), try above.status())
      if one.device == other.device && one.inode == other.inode { return false }
      current = above
    }
  }

  /// Where this directory lies on its file system, which does not depend on where that, or a part of
  /// it, is mounted; nil where the system does not say.
  private func placeOnFileSystem() throws(Failure) -> (device: String, path: String)? {
    let own = try Directory(opening: "/proc/self")
    guard let path = try own.directory("fd").symbolicLinkTarget("\(descriptor)") else { return nil }
    let about = try own.contents(of: "fdinfo/\(descriptor)", limit: 1 << 16)
    let mounts = try own.contents(of: "mountinfo", limit: 1 << 26)
    guard let identifier = MountTable.identifier(in: String(decoding: about, as: UTF8.self)),
      let mount = MountTable(String(decoding: mounts, as: UTF8.self))[identifier]
    else { return nil }
    let below = path.utf8.dropFirst(mount.point == "/" ? 0 : mount.point.utf8.count)
    let whole = (mount.root == "/" ? "" : mount.root) + String(decoding: below, as: UTF8.self)
    return (mount.device, whole.isEmpty ? "/" : whole)
  }
}
