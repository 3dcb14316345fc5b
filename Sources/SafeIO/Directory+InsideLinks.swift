private import CLinux
private import Glibc

extension Directory {
  /// Opens a regular file of a tree that may have symbolic links of its own; nil when it is absent.
  ///
  /// For trees that the user names, such as a mirror whose `stable` is a link to `bookworm`.
  /// Links are followed while they stay below this directory (`openat2` with RESOLVE_BENEATH). So is an absolute
  /// link in the file's own name that leads to a path below it, as aptly makes. A link that leads out of it
  /// is refused, and so is a chain of more than 40. Anything but a regular file is refused without being opened.
  package func fileThroughInsideLinks(_ relative: String) throws(Failure) -> OpenFile? {
    guard let kind = try kindThroughInsideLinks(relative) else { return nil }
    guard kind == .regular else { throw notRegular(relative) }
    // O_NONBLOCK for a FIFO that took the file's place since.
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
    let opened = unsafe clinux_openat_inside(descriptor, relative, flags)
    guard opened >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      let failure = inside("open", relative)
      guard let target = absoluteTarget(relative) else { throw failure }
      return try fileThroughInsideLinks(target)
    }
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
    let opened = unsafe clinux_openat_inside(descriptor, relative, clinux_O_PATH)
    guard opened >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      let failure = inside("look at", relative)
      guard let target = absoluteTarget(relative) else { throw failure }
      return try kindThroughInsideLinks(target)
    }
    return try OpenFile(owning: opened, name: describe(relative)).status().kind
  }

  /// Where the absolute link at a path leads, when that is a path below this directory and no link itself; nil for
  /// anything else.
  private func absoluteTarget(_ relative: String) -> String? {
    let (above, name) = NamedPath.split(relative)
    let opened = unsafe clinux_openat_inside(descriptor, above, O_RDONLY | O_DIRECTORY)
    guard opened >= 0 else { return nil }
    let parent = Directory(owning: opened, path: describe(above))
    guard let root = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(root) }
    let prefix = unsafe String(cString: root) + "/"
    do throws(Failure) {
      guard let target = try parent.symbolicLinkTarget(name), target.hasPrefix(prefix) else {
        return nil
      }
      let below = String(target.dropFirst(prefix.count))
      // A chain of such links would have no end.
      guard RelativePath(below) != nil, try status(below)?.kind == .regular else { return nil }
      return below
    } catch {
      return nil
    }
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
