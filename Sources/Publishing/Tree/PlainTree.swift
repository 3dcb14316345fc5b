internal import SafeIO

/// A publication without links: the tree of the current generation itself stands at the prefix, and
/// changes places with the next one.
///
/// Which generation a tree is stands in it, in a small file: names alone would not tell where a
/// switch was interrupted.
extension PublicationDirectory {
  /// Says that the publication has no links.
  static let plain = "plain"
  /// The file that says which generation a tree without links is.
  static let mark = ".generation"

  /// The generation that a tree says it is; nil without the file.
  static func marked(_ tree: Directory) throws(Failure) -> UInt64? {
    guard try tree.status(mark)?.kind == .regular else { return nil }
    let text = String(decoding: try tree.contents(of: mark, limit: 64), as: UTF8.self)
    return number(text.trimmingNewline)
  }

  /// Writes which generation a tree is.
  static func writeMark(_ number: UInt64, in tree: Directory) throws(Failure) {
    let file = try tree.createFile(mark, mode: 0o644)
    try file.write(Array((name(number) + "\n").utf8))
    try file.close()
  }

  /// The tree at the prefix; nil when nothing is there.
  func plainTree() throws(Failure) -> Directory? {
    guard try publicRoot.status(prefix.text)?.kind == .directory else { return nil }
    return try publicRoot.directory(prefix.text)
  }

  /// Puts a tree at the prefix, and the one that was there under its number.
  func switchPlain(to number: UInt64) throws(Failure) {
    let name = PublicationDirectory.name(number)
    let (parent, last) = try PublicationDirectory.parent(of: prefix, in: publicRoot, making: true)
    guard let parent else { return }
    if try parent.status(last) == nil {
      guard try generations.renameWithoutReplacing(name, to: parent, as: last) else {
        throw PublicationDirectory.foreign(prefix.text, publicRoot)
      }
      try parent.sync()
      if parent !== publicRoot { try publicRoot.syncFileSystem() }
    } else {
      try generations.exchange(name, with: parent, last)
      try parent.sync()
    }
    try generations.sync()
    try settlePlain()
  }

  /// Gives trees that have changed places the names of what they are.
  func settlePlain(_ beforeChange: () throws(Failure) -> Void = {}) throws(Failure) {
    guard isPlain else { return }
    for entry in try generations.list() {
      guard entry.kind == .directory, let named = PublicationDirectory.number(entry.name),
        let marked = try PublicationDirectory.marked(try generations.directory(entry.name)),
        marked != named
      else { continue }
      let name = PublicationDirectory.name(marked)
      try beforeChange()
      guard try generations.renameWithoutReplacing(entry.name, to: generations, as: name) else {
        throw Failure(
          .state,
          "generation",
          "there are two trees of one generation",
          subject: generations.describe(name)
        )
      }
      try generations.sync()
    }
  }

  /// Takes the tree at the prefix away from clients, to its number.
  func hidePlain() throws(Failure) {
    guard let tree = try plainTree(), let number = try PublicationDirectory.marked(tree) else {
      return
    }
    let (parent, last) = try PublicationDirectory.parent(of: prefix, in: publicRoot, making: false)
    guard let parent else { return }
    let name = PublicationDirectory.name(number)
    guard try parent.renameWithoutReplacing(last, to: generations, as: name) else {
      throw Failure(
        .state,
        "generation",
        "there are two trees of one generation",
        subject: generations.describe(name)
      )
    }
    try parent.sync()
    try generations.sync()
  }
}

extension String {
  fileprivate var trimmingNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
