private import Glibc

extension Directory {
  /// One name in a directory.
  package struct Entry: Sendable {
    /// The name.
    package let name: String
    /// What kind of file it is.
    package let kind: FileStatus.Kind

    package init(name: String, kind: FileStatus.Kind) { (self.name, self.kind) = (name, kind) }
  }

  /// The names in this directory, sorted by bytes.
  ///
  /// Names that are no UTF-8 are left out, since
  /// nothing that this program looks for has such a name.
  package func list() throws(Failure) -> [Entry] {
    var entries: [Entry] = []
    try forEachEntry { entries.append($0) }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Hands out the names that `list` answers, in no order and without keeping them.
  ///
  /// `body` may remove or rename what it is handed; names that are added meanwhile may come or not.
  package func forEachEntry(_ body: (Entry) throws(Failure) -> Void) throws(Failure) {
    try unsafe forEachRawEntry { (raw, kind) throws(Failure) in
      guard let name = unsafe String(validatingCString: raw) else { return }
      let known = kind != .other ? kind : try status(name)?.kind ?? .other
      try body(Entry(name: name, kind: known))
    }
  }

  /// The names that are no UTF-8, as they can be shown; `list` leaves them out.
  package func unreadableNames() throws(Failure) -> [String] {
    var names: [String] = []
    try unsafe forEachRawEntry { (raw, _) throws(Failure) in
      if unsafe String(validatingCString: raw) == nil { names.append(unsafe String(cString: raw)) }
    }
    return names.sorted()
  }

  /// The names that are no UTF-8, as they can be shown, with what kind of file each is.
  package func unreadableEntries() throws(Failure) -> [Entry] {
    var entries: [Entry] = []
    try unsafe forEachRawEntry { (raw, kind) throws(Failure) in
      guard unsafe String(validatingCString: raw) == nil else { return }
      entries.append(Entry(name: unsafe String(cString: raw), kind: kind))
    }
    return entries.sorted { $0.name < $1.name }
  }

  /// Every name but `.` and `..`; the kind is `other` also where the file system does not tell it.
  func forEachRawEntry(
    _ body: (UnsafePointer<CChar>, FileStatus.Kind) throws(Failure) -> Void
  ) throws(Failure) {
    let copy = openBeneath(".", O_RDONLY | O_DIRECTORY)
    guard copy >= 0 else { throw .system("list", path) }
    guard let stream = unsafe fdopendir(copy) else {
      let number = errno
      _ = close(copy)
      throw .system("list", path, errno: number)
    }
    defer { unsafe closedir(stream) }
    while true {
      errno = 0
      guard let raw = unsafe readdir(stream) else {
        guard errno == 0 else { throw .system("list", path) }
        break
      }
      let kind: FileStatus.Kind =
        switch unsafe Int32(raw.pointee.d_type) {
        case Int32(DT_REG): .regular
        case Int32(DT_DIR): .directory
        case Int32(DT_LNK): .symbolicLink
        default: .other
        }
      try unsafe withUnsafePointer(to: &raw.pointee.d_name) { (pointer) throws(Failure) in
        try unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          (name) throws(Failure) in
          if unsafe strcmp(name, ".") != 0 && strcmp(name, "..") != 0 {
            try unsafe body(name, kind)
          }
        }
      }
    }
  }
}
