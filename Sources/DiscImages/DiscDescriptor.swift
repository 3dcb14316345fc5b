internal import SafeIO

/// The descriptors at the beginning of a volume.
enum DiscDescriptor {
  /// The sectors before them, which are not ours.
  static let systemArea: UInt32 = 16

  private static let identifier = Array("CD001".utf8)

  /// The one of a hierarchy.
  static func volume(
    _ hierarchy: DiscHierarchy,
    label: String,
    sectors: UInt32,
    _ date: UTCTime
  ) -> [UInt8] {
    let isWide = hierarchy.kind == .wide
    func text(_ value: String, _ length: Int) -> [UInt8] {
      guard isWide else { return DiscBytes.text(Array(value.utf8), length) }
      let units = value + String(repeating: " ", count: length / 2)
      let bytes = DiscBytes.wide(units).prefix(length / 2 * 2)
      return bytes + [UInt8](repeating: 0, count: length - bytes.count)
    }
    let tables = hierarchy.tables
    // Joliet, level 3.
    let escape: [UInt8] = isWide ? Array("%/E".utf8) : []
    var bytes = [isWide ? 2 : 1] + identifier + [1, 0] + text("LINUX", 32) + text(label, 32)
    bytes += [UInt8](repeating: 0, count: 8) + DiscBytes.both32(sectors)
    bytes += escape + [UInt8](repeating: 0, count: 32 - escape.count)
    bytes += DiscBytes.both16(1) + DiscBytes.both16(1) + DiscBytes.both16(UInt16(DiscBytes.sector))
    bytes += DiscBytes.both32(UInt32(hierarchy.tableLength))
    bytes += DiscBytes.little32(tables.little) + [0, 0, 0, 0]
    bytes += DiscBytes.big32(tables.big) + [0, 0, 0, 0]
    bytes += hierarchy.topRecord
    // Set, publisher, preparer, application; then the files that speak of them.
    for length in [128, 128, 128, 128, 37, 37, 37] { bytes += text("", length) }
    bytes += DiscBytes.longTime(date) + DiscBytes.longTime(date)
    bytes += DiscBytes.noTime + DiscBytes.noTime + [1, 0]
    return DiscBytes.filled(bytes)
  }

  /// The one behind the last.
  static let end = DiscBytes.filled([255] + identifier + [1])
}
