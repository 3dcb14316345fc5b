private import CLinux
private import Glibc

extension Directory {
  /// Opens a regular file of a tree that may have symbolic links of its own; nil when it is absent.
  ///
  /// For trees that the user names, such as a mirror whose `stable` is a link to `bookworm`.
  /// Links are followed while they stay below this directory (`openat2` with RESOLVE_BENEATH). A
  /// link that is absolute or leads out of it is refused, and so is a chain of more than 40.
  /// Anything but a regular file is refused without being opened.
  package func fileThroughInsideLinks(_ relative: String) throws(Failure) -> OpenFile? {
    guard let kind = try kindThroughInsideLinks(relative) else { return nil }
    guard kind == .regular else { throw notRegular(relative) }
    // O_NONBLOCK for a FIFO that took the file's place since.
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
    let opened = unsafe clinux_openat_inside(descriptor, relative, flags)
    guard opened >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw inside("open", relative)
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
      throw inside("look at", relative)
    }
    return try OpenFile(owning: opened, name: describe(relative)).status().kind
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
        "a symbolic link in the path is absolute, leads out of the tree or in a circle",
        subject: describe(relative),
        hint: "put the file itself there, or name the directory that holds both link and target"
      )
    default: .system(action, describe(relative))
    }
  }
}
