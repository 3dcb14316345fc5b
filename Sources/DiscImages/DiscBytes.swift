internal import SafeIO

/// The numbers, texts and times of a disc, as ECMA-119 writes them.
enum DiscBytes {
  /// The length of a sector, in bytes.
  static let sector = 2048

  /// A number in both byte orders, as most fields of a disc have it.
  static func both32(_ number: UInt32) -> [UInt8] { little32(number) + big32(number) }

  /// A short number in both byte orders.
  static func both16(_ number: UInt16) -> [UInt8] { little16(number) + big16(number) }

  static func little32(_ number: UInt32) -> [UInt8] {
    [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  static func big32(_ number: UInt32) -> [UInt8] { little32(number).reversed() }

  static func little16(_ number: UInt16) -> [UInt8] {
    [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
  }

  static func big16(_ number: UInt16) -> [UInt8] { little16(number).reversed() }

  /// A number as a field in both byte orders, or low byte first, has it; the bytes must be there.
  static func number32(_ bytes: [UInt8], at offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
  }

  static func number16(_ bytes: [UInt8], at offset: Int) -> Int {
    Int(bytes[offset]) | Int(bytes[offset + 1]) << 8
  }

  /// A text cut or filled with spaces to a length.
  static func text(_ text: [UInt8], _ length: Int) -> [UInt8] {
    text.prefix(length) + [UInt8](repeating: 0x20, count: max(0, length - text.count))
  }

  /// A text in UTF-16, high byte first.
  static func wide(_ text: String) -> [UInt8] { text.utf16.flatMap { big16($0) } }

  /// A time in seven bytes, UTC.
  static func shortTime(_ time: UTCTime) -> [UInt8] {
    let at = time.calendar
    // One byte for the year: later ones all look like the last.
    let year = UInt8(clamping: at.year - 1900)
    return [year] + [at.month, at.day, at.hour, at.minute, at.second, 0].map { UInt8($0) }
  }

  /// A time in seventeen bytes, UTC.
  static func longTime(_ time: UTCTime) -> [UInt8] {
    let digits = time.rfc3339.utf8.filter { (0x30...0x39).contains($0) }
    return digits + [0x30, 0x30, 0]
  }

  /// A time that is not stated.
  static let noTime = [UInt8](repeating: 0x30, count: 16) + [0]

  /// How many sectors so many bytes take.
  static func sectors(_ bytes: UInt64) -> UInt64 {
    bytes / UInt64(sector) + (bytes % 2048 > 0 ? 1 : 0)
  }

  /// The bytes with zeros up to the end of their last sector.
  static func filled(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: (sector - bytes.count % sector) % sector)
  }
}
