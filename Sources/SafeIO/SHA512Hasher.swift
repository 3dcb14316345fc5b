private import Crypto

/// SHA-512 over bytes as they come, for the rare lists that give nothing else.
package struct SHA512Hasher {
  private var function = SHA512()

  package init() {}

  /// Takes the next bytes in.
  package mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe function.update(bufferPointer: buffer)
    }
  }

  /// 128 lower-case hexadecimal digits.
  package func finishHex() -> String {
    var text: [UInt8] = []
    for byte in function.finalize() {
      for digit in [byte >> 4, byte & 0xf] {
        text.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
