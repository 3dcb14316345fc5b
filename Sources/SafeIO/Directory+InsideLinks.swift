private import CLinux
private import Glibc

extension Directory {
  /// Opens a regular file of a tree that may have symbolic links of its own; nil when it is absent.
  ///
  /// For trees that the user names, such as a mirror whose `stable` is a link to `bookworm`.
  /// Links are followed while they stay below this directory (`openat2` with RESOLVE_BENEATH). So are absolute
  /// ones that lead to a path below it, as aptly makes. A link that leads out of it is refused, and so is a chain
  /// of more than 40. Anything but a regular file is refused without being opened.
  package func fileThroughInsideLinks(_ relative: String) throws(Failure) -> OpenFile? {
    guard let kind = try kindThroughInsideLinks(relative) else { return nil }
    guard kind == .regular else { throw notRegular(relative) }
    // O_NONBLOCK for a FIFO that took the file's place since.
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
    guard let opened = try openInside(relative, flags, "open") else { return nil }
    let file = OpenFile(owning: opened, name: describe(relative))
    guard try file.status().kind == .regular else { throw notRegular(relative) }
    return file
  }

  /// Opens a file of a tree that this program made, with what the kernel says of it; nil when it is
  /// absent.
  ///
  /// As `fileThroughInsideLinks`, with one look less: a server opens many.
  package func servedFile(
    _ relative: String
  ) throws(Failure) -> (file: SharedFile, status: FileStatus)? {
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
    let opened = unsafe clinux_openat_inside(descriptor, relative, flags)
    guard opened >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw inside("open", relative)
    }
    let file = OpenFile(owning: opened, name: describe(relative))
    let status = try file.status()
    guard status.kind == .regular else { throw notRegular(relative) }
    return (SharedFile(file), status)
  }

  /// What is at a path of such a tree, with links followed; nil when nothing is.
  package func kindThroughInsideLinks(_ relative: String) throws(Failure) -> FileStatus.Kind? {
    guard let opened = try openInside(relative, clinux_O_PATH, "look at") else { return nil }
    return try OpenFile(owning: opened, name: describe(relative)).status().kind
  }

  /// A descriptor of what is at a path, with links followed that lead to something below this directory; nil
  /// when nothing is.
  private func openInside(
    _ relative: String,
    _ flags: Int32,
    _ action: String
  ) throws(Failure) -> Int32? {
    var path = relative
    var hops = 0
    while true {
      let opened = unsafe clinux_openat_inside(descriptor, path, flags)
      if opened >= 0 { return opened }
      if errno == ENOENT || errno == ENOTDIR { return nil }
      let failure = inside(action, relative)
      hops += 1
      guard hops <= 40, let next = throughAbsoluteLink(path) else { throw failure }
      path = next
    }
  }

  /// The path with its first absolute link replaced by where that leads, when it leads to a path below this
  /// directory; nil for anything else.
  private func throughAbsoluteLink(_ relative: String) -> String? {
    guard let root = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(root) }
    let prefix = unsafe String(cString: root) + "/"
    let parts = relative.split(separator: "/").map { String($0) }
    for (index, part) in parts.enumerated() {
      let above = index == 0 ? "." : parts[..<index].joined(separator: "/")
      let opened = unsafe clinux_openat_inside(descriptor, above, O_RDONLY | O_DIRECTORY)
      guard opened >= 0 else { return nil }
      let parent = Directory(owning: opened, path: describe(above))
      do throws(Failure) {
        guard try parent.status(part)?.kind == .symbolicLink,
          let target = try parent.symbolicLinkTarget(part), target.hasPrefix("/")
        else { continue }
        guard target.hasPrefix(prefix) else { return nil }
        let below = target.dropFirst(prefix.count).split(separator: "/").map { String($0) }
        return RelativePath((below + parts[(index + 1)...]).joined(separator: "/"))?.text
      } catch {
        return nil
      }
    }
    return nil
  }

  private func notRegular(_ relative: String) -> Failure {
    Failure(.unsafe, "not-regular", "this is not a regular file", subject: describe(relative))
  }

  private func inside(_ action: String, _ relative: String) -> Failure {
    switch errno {
    case EXDEV, ELOOP:
      Failure(
        .unsafe,
        "path",
        "a symbolic link in the path leads out of the tree or in a circle",
        subject: describe(relative),
        hint: "put the file itself there, or name the directory that holds both link and target"
      )
    default: .system(action, describe(relative))
    }
  }
}
