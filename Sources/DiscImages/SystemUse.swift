internal import SafeIO

/// What Rock Ridge adds to a record: the fields that decide on name and kind.
struct SystemUse {
  /// The name; nil when the record has no name of its own.
  private(set) var name: [UInt8]?
  /// Whether the name stands for the directory itself, the one above, or is longer than a name.
  private(set) var isSpecialName = false
  private var mode: UInt32?
  private var isLink = false
  private var isElsewhere = false

  /// How many continuations of one record are followed.
  private static let mostContinuations = 8
  private static let longestName = 255

  init(_ area: [UInt8], in image: DiscImage) throws(Failure) {
    var next = read(area)
    for _ in 0..<SystemUse.mostContinuations {
      guard let place = next else { return }
      next = read(try image.bytes(at: place.at, length: place.length))
    }
  }

  /// What the record is, by the mode that POSIX has for it.
  func kind(of kind: FileStatus.Kind) -> FileStatus.Kind {
    if isElsewhere { return .other }
    if isLink { return .symbolicLink }
    guard let mode else { return kind }
    let stated: FileStatus.Kind =
      switch mode & 0o170000 {
      case 0o100000: .regular
      case 0o040000: .directory
      case 0o120000: .symbolicLink
      default: .other
      }
    return stated == kind || stated == .symbolicLink ? stated : .other
  }

  /// Reads the fields of an area; answers where it goes on.
  private mutating func read(_ area: [UInt8]) -> (at: UInt64, length: Int)? {
    var next: (at: UInt64, length: Int)?
    var position = 0
    while position + 4 <= area.count {
      let length = Int(area[position + 2])
      guard length >= 4, position + length <= area.count else { break }
      let field = Array(area[position..<(position + length)])
      switch String(decoding: field[0..<2], as: UTF8.self) {
      case "CE": next = SystemUse.continuation(field) ?? next
      case "NM" where length > 4: takeName(field)
      case "PX" where length >= 8: mode = DiscBytes.number32(field, at: 4)
      case "SL": isLink = true
      case "CL", "RE": isElsewhere = true
      case "ST": return next
      default: break
      }
      position += length
    }
    return next
  }

  private static func continuation(_ field: [UInt8]) -> (at: UInt64, length: Int)? {
    guard field.count >= 28 else { return nil }
    let offset = DiscBytes.number32(field, at: 12)
    let length = DiscBytes.number32(field, at: 20)
    guard offset < DiscBytes.sector, length <= DiscBytes.sector else { return nil }
    let sector = UInt64(DiscBytes.number32(field, at: 4))
    return (sector * UInt64(DiscBytes.sector) + UInt64(offset), Int(length))
  }

  private mutating func takeName(_ field: [UInt8]) {
    // Flags: this directory, the one above.
    if field[4] & 0x06 != 0 { isSpecialName = true }
    name = (name ?? []) + field[5...]
    if name?.count ?? 0 > SystemUse.longestName {
      isSpecialName = true
      name = name.map { Array($0.prefix(SystemUse.longestName)) }
    }
  }
}
