extension PublicKey {
  /// The key as an armored block (RFC 4880, section 6.2), as `apt` and people take it.
  package var armored: [UInt8] { PublicKey.armor(material) }

  /// Public keys, one behind the other in binary form, as one armored block.
  package static func armor(_ material: [UInt8]) -> [UInt8] {
    var text = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n"
    var column = 0
    func append(_ group: String) {
      text += group
      column += group.utf8.count
      if column >= 64 {
        text += "\n"
        column = 0
      }
    }
    for start in stride(from: 0, to: material.count, by: 3) {
      append(PublicKey.base64(material[start..<min(start + 3, material.count)]))
    }
    if column > 0 { text += "\n" }
    text += "=" + PublicKey.base64(PublicKey.checksum(material)[...]) + "\n"
    return Array((text + "-----END PGP PUBLIC KEY BLOCK-----\n").utf8)
  }

  private static let digits = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
  )

  /// One group of at most three bytes, with padding.
  private static func base64(_ bytes: ArraySlice<UInt8>) -> String {
    var value = bytes.reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    value <<= 8 * UInt32(3 - bytes.count)
    var group: [UInt8] = []
    for index in 0..<4 {
      let digit = digits[Int(value >> UInt32(18 - 6 * index)) & 0x3f]
      group.append(index <= bytes.count ? digit : 0x3d)
    }
    return String(decoding: group, as: UTF8.self)
  }

  /// CRC-24 (RFC 4880, section 6.1), three bytes.
  private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
    var crc: UInt32 = 0xb7_04ce
    for byte in bytes {
      crc ^= UInt32(byte) << 16
      for _ in 0..<8 {
        crc <<= 1
        if crc & 0x100_0000 != 0 { crc ^= 0x186_4cfb }
      }
    }
    return [UInt8(crc >> 16 & 0xff), UInt8(crc >> 8 & 0xff), UInt8(crc & 0xff)]
  }
}
