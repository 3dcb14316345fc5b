private import Crypto

/// MD5 as Debian's `md5sums` wants it: it finds damage on a machine's disk, and proves nothing.
package enum MD5Text {
  /// 32 lower-case hexadecimal digits.
  package static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in Insecure.MD5.hash(data: bytes) {
      text += [digits[Int(byte >> 4)], digits[Int(byte & 0xf)]]
    }
    return String(decoding: text, as: UTF8.self)
  }
}
