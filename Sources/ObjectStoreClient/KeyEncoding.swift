#if Network
/// Keys and parameters as they stand in a request: encoded once, and the same in the signature.
enum KeyEncoding {
  /// Whether a byte stands for itself (RFC 3986, “unreserved”).
  static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: true
    default: false
    }
  }

  /// A path: everything but unreserved bytes and slashes as `%XX`.
  static func path(_ text: some StringProtocol) -> String { encode(text, keepsSlashes: true) }

  /// A name or value of a query: the slashes too.
  static func parameter(_ text: some StringProtocol) -> String { encode(text, keepsSlashes: false) }

  /// The parameters of a query, in the order that the signature wants.
  static func query(_ parameters: [(name: String, value: String)]) -> String {
    parameters.map { (parameter($0.name), parameter($0.value)) }
      .sorted { $0.0 == $1.0 ? precedes($0.1, $1.1) : precedes($0.0, $1.0) }
      .map { $0.0 + "=" + $0.1 }.joined(separator: "&")
  }

  private static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  private static func encode(_ text: some StringProtocol, keepsSlashes: Bool) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var encoded: [UInt8] = []
    encoded.reserveCapacity(text.utf8.count + 16)
    for byte in text.utf8 {
      if isPlain(byte) || keepsSlashes && byte == 0x2f {
        encoded.append(byte)
      } else {
        encoded += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }
}
#endif
