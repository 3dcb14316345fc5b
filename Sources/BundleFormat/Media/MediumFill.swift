/// What a bundle takes on one medium, as files are added to it.
package struct MediumFill: Sendable {
  private let fileSystem: MediumFileSystem
  /// The blocks that are free on the medium before.
  package let free: UInt64
  // The blocks of contents.
  private var content: UInt64 = 0
  // What the names in each directory take, in bytes.
  private var names: [UInt64]
  private var files: UInt64 = 0

  /// The directories of a bundle: its own, and those in it.
  package enum Place: Int, Sendable, CaseIterable {
    case top, chunks, parity
  }

  /// A medium with so many bytes free.
  package init(capacity: UInt64, of fileSystem: MediumFileSystem) {
    self.fileSystem = fileSystem
    free = capacity / fileSystem.block
    names = Array(repeating: 0, count: Place.allCases.count)
    names[Place.top.rawValue] = fileSystem.entry("chunks")
  }

  /// Adds a file, whether there is room for it or not.
  package mutating func add(_ name: String, size: UInt64, to place: Place) {
    content &+= fileSystem.blocks(ofFile: size)
    if place == .parity, names[place.rawValue] == 0 {
      names[Place.top.rawValue] += fileSystem.entry("parity")
    }
    names[place.rawValue] += fileSystem.entry(name)
    files += 1
  }

  /// Adds a file if it fits; answers whether it did.
  package mutating func take(_ name: String, size: UInt64, to place: Place) -> Bool {
    guard size <= fileSystem.longestFile else { return false }
    var after = self
    after.add(name, size: size, to: place)
    guard after.used <= free else { return false }
    self = after
    return true
  }

  /// The blocks that all of it takes.
  package var used: UInt64 {
    let directories = names.filter { $0 > 0 }
    var blocks =
      content
      &+ fileSystem.blocks(
        forFiles: files,
        directories: UInt64(directories.count)
      )
    for bytes in directories { blocks &+= fileSystem.blocks(ofDirectory: bytes) }
    // Each directory may grow by a block for the name of a file that is not finished, and so may the
    // one that the bundle's lies in.
    return blocks &+ UInt64(directories.count) &+ 1
  }

  /// What is left free, in bytes.
  package var left: UInt64 { free > used ? (free - used) * fileSystem.block : 0 }

  /// What all of it takes, in bytes.
  package var usedBytes: UInt64 { used * fileSystem.block }
}
