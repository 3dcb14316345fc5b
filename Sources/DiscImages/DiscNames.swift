internal import SafeIO

/// The names that a file has on a disc beside its own: one in plain ISO 9660 for readers that know
/// nothing else, one in Joliet.
enum DiscNames {
  /// The longest name of a directory, and of a file without dot and version, in plain ISO 9660.
  private static let plainLength = 30
  /// The longest Joliet name that the usual readers take, in UTF-16 units.
  private static let wideLength = 103

  /// Capitals, digits and underscores, with a version behind the name of a file; `taken` are the
  /// names of the same directory before, each without its version.
  static func plain(_ name: String, isFile: Bool, _ taken: inout Set<[UInt8]>) -> [UInt8] {
    let bytes = Array(name.utf8)
    guard isFile else {
      return unique(cleaned(bytes[...]), limit: plainLength, [], &taken)
    }
    let dot = bytes.lastIndex(of: 0x2e)
    let base = cleaned(bytes[..<(dot ?? bytes.count)])
    let ending = dot.map { cleaned(bytes[($0 + 1)...]) } ?? []
    let shown = Array(ending.prefix(plainLength / 2))
    let limit = plainLength - shown.count
    return unique(base, limit: limit, [0x2e] + shown, &taken) + Array(";1".utf8)
  }

  /// The name itself, in UTF-16, cut where Joliet has no room.
  static func wide(_ name: String, _ taken: inout Set<[UInt8]>) -> [UInt8] {
    var bytes = DiscBytes.wide(name)
    var count = 1
    while bytes.count > 2 * wideLength || !taken.insert(bytes).inserted {
      let ending = DiscBytes.wide("_\(count)")
      bytes = DiscBytes.wide(name).prefix(2 * wideLength - ending.count) + ending
      count += 1
    }
    return bytes
  }

  private static func cleaned(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    bytes.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5a: byte
      case 0x61...0x7a: byte - 0x20
      default: 0x5f
      }
    }
  }

  /// Cut to a length, and with a number at its end where another has that name.
  private static func unique(
    _ base: [UInt8],
    limit: Int,
    _ ending: [UInt8],
    _ taken: inout Set<[UInt8]>
  ) -> [UInt8] {
    var name = base.prefix(limit) + ending
    var count = 1
    while !taken.insert(Array(name)).inserted {
      let number = Array("_\(count)".utf8)
      name = base.prefix(limit - number.count) + number + ending
      count += 1
    }
    return Array(name)
  }
}
