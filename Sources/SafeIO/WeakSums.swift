private import Crypto

/// MD5 and SHA-1 over bytes as they come: lists of packages name them beside SHA-256, and they prove
/// nothing.
package struct WeakSums {
  private var md5 = Insecure.MD5()
  private var sha1 = Insecure.SHA1()

  package init() {}

  /// Takes the next bytes in.
  package mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe md5.update(bufferPointer: buffer)
      unsafe sha1.update(bufferPointer: buffer)
    }
  }

  /// Both in lower-case hexadecimal digits.
  package func finish() -> (md5: String, sha1: String) {
    (WeakSums.hex(md5.finalize()), WeakSums.hex(sha1.finalize()))
  }

  private static func hex(_ digest: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in digest { text += [digits[Int(byte >> 4)], digits[Int(byte & 0xf)]] }
    return String(decoding: text, as: UTF8.self)
  }
}
