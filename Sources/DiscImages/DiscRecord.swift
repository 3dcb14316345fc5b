internal import SafeIO

/// Where a piece of a file lies.
struct DiscExtent: Sendable {
  /// The first sector.
  let sector: UInt32
  /// The length, in bytes.
  let length: UInt32
  /// Whether another piece of the same file follows.
  let isFollowed: Bool

  /// The longest piece that another may follow: whole sectors.
  static let longest: UInt64 = 0xFFFF_F800

  /// The pieces of a file: one, but for those that a record's 32 bits have no room for.
  static func all(of size: UInt64, from sector: UInt32) -> [DiscExtent] {
    var (extents, rest, at): ([DiscExtent], UInt64, UInt32) = ([], size, sector)
    while rest > UInt64(UInt32.max) {
      extents.append(DiscExtent(sector: at, length: UInt32(longest), isFollowed: true))
      rest -= longest
      at += UInt32(longest / UInt64(DiscBytes.sector))
    }
    return extents + [DiscExtent(sector: at, length: UInt32(rest), isFollowed: false)]
  }
}

/// A record of a directory, and what Rock Ridge adds to it.
enum DiscRecord {
  private static let directoryFlag: UInt8 = 0x02
  private static let followedFlag: UInt8 = 0x80

  static func bytes(
    _ identifier: [UInt8],
    _ extent: DiscExtent,
    isDirectory: Bool,
    _ date: UTCTime,
    more: [UInt8] = []
  ) -> [UInt8] {
    let flags = (isDirectory ? directoryFlag : 0) | (extent.isFollowed ? followedFlag : 0)
    var body = DiscBytes.both32(extent.sector) + DiscBytes.both32(extent.length)
    body += DiscBytes.shortTime(date) + [flags, 0, 0] + DiscBytes.both16(1)
    body += [UInt8(identifier.count)] + identifier
    if identifier.count.isMultiple(of: 2) { body.append(0) }
    body += more
    if !body.count.isMultiple(of: 2) { body.append(0) }
    return [UInt8(body.count + 2), 0] + body
  }
}

/// The fields of Rock Ridge (SUSP 1.10, RRIP 1.09) that the images have: names, modes and times as
/// POSIX has them.
enum RockRidge {
  /// Says, in the top directory's first record, that the fields are there.
  static let beginning = Array("SP".utf8) + [7, 1, 0xBE, 0xEF, 0]

  /// Which extension it is: too long for a record, so it has a sector of its own.
  static let reference: [UInt8] = {
    let name = Array("RRIP_1991A".utf8)
    let description = Array(
      "THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS".utf8
    )
    let source = Array(
      ("PLEASE CONTACT DISC PUBLISHER FOR SPECIFICATION SOURCE.  SEE PUBLISHER IDENTIFIER IN "
        + "PRIMARY VOLUME DESCRIPTOR FOR CONTACT INFORMATION.").utf8
    )
    let lengths = [name, description, source].map { UInt8($0.count) }
    let length = UInt8(8 + name.count + description.count + source.count)
    return Array("ER".utf8) + [length, 1] + lengths + [1] + name + description + source
  }()

  /// Where the reference lies.
  static func continuation(at sector: UInt32) -> [UInt8] {
    Array("CE".utf8) + [28, 1] + DiscBytes.both32(sector) + DiscBytes.both32(0)
      + DiscBytes.both32(UInt32(reference.count))
  }

  /// Kind, mode and owner, and the times.
  static func attributes(isDirectory: Bool, links: UInt32, _ date: UTCTime) -> [UInt8] {
    let mode: UInt32 = isDirectory ? 0o040555 : 0o100444
    let owner = DiscBytes.both32(0) + DiscBytes.both32(0)
    let time = DiscBytes.shortTime(date)
    // Modification, access, and change of attributes.
    return Array("PX".utf8) + [36, 1] + DiscBytes.both32(mode) + DiscBytes.both32(links) + owner
      + Array("TF".utf8) + [26, 1, 0x0E] + time + time + time
  }

  static func name(_ name: String) -> [UInt8] {
    Array("NM".utf8) + [UInt8(5 + name.utf8.count), 1, 0] + Array(name.utf8)
  }
}
