import DiscImages
import SafeIO

/// Images of discs, whose every byte may be somebody else's.
enum FuzzedDiscs {
  private static let temporary = try? Directory(opening: "/tmp")
  /// How many names of one image are looked at.
  private static let mostNames = 2000

  /// The input is an image from its first descriptor on: what comes before is not ours.
  static func disc(_ bytes: [UInt8]) {
    guard let temporary else { fatalError("there is no /tmp") }
    _ = answer { () throws(Failure) in
      let file = try temporary.unnamedFile()
      try file.write([UInt8](repeating: 0, count: 16 * DiscImagePlan.sectorLength))
      try file.write(bytes)
      let length = try file.length()
      let image = try DiscImage(file, length: length)
      var rest = mostNames
      try walk(image.top, [], &rest)
      return [image.label]
    }
  }

  private static func walk(
    _ directory: DiscDirectory,
    _ above: [String],
    _ rest: inout Int
  ) throws(Failure) {
    let identity = try directory.identity()
    claim(!above.contains(identity), "no directory lies in itself")
    claim(above.count <= 64, "directories do not lie too deep in each other")
    for entry in try directory.entries() {
      rest -= 1
      guard rest > 0 else { return }
      if entry.isUsable {
        claim(!["", ".", ".."].contains(entry.name), "a name that can be used is one")
        claim(!entry.name.utf8.contains { $0 == 0x2f || $0 == 0 }, "a name is no path")
      }
      switch entry.kind {
      case .directory:
        do throws(Failure) {
          try walk(try directory.directory(entry), above + [identity], &rest)
        } catch {
          _ = Escaped.line(error.reason)
        }
      case .regular: try read(directory.file(entry))
      case .symbolicLink, .other: break
      }
    }
  }

  private static func read(_ file: DiscFile) throws(Failure) {
    let block = Block(capacity: 4096)
    for offset in [0, file.size / 2, file.size, file.size &+ 1, .max] {
      block.clear()
      let count = try file.read(into: block, at: offset)
      claim(offset < file.size || count == 0, "there is nothing behind the end of a file")
    }
  }
}
