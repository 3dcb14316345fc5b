internal import SafeIO

/// What a client says to show who it is.
enum ClaimedLogin: Sendable {
  /// A name and a password.
  case password(name: String, password: [UInt8])
  /// A token; with a name where it came in the place of a password.
  case token(name: String?, digest: SHA256Digest)
  /// Something that is neither.
  case unreadable

  /// Reads an `Authorization` field (RFC 7617, RFC 6750); nil without one.
  init?(_ field: String?) {
    guard let field else { return nil }
    let parts = field.trimmingSpaces.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, field.utf8.count <= 4096 else {
      self = .unreadable
      return
    }
    let value = parts[1].trimmingSpaces
    switch parts[0].lowercased() {
    case "bearer": self = .token(name: nil, digest: ClaimedLogin.digest(Array(value.utf8)))
    case "basic": self = ClaimedLogin.basic(value)
    default: self = .unreadable
    }
  }

  private static func basic(_ text: Substring) -> ClaimedLogin {
    guard let bytes = Base64Text.bytes(text), let colon = bytes.firstIndex(of: 0x3a),
      let name = String(validating: bytes[..<colon], as: UTF8.self)
    else { return .unreadable }
    let password = Array(bytes[(colon + 1)...])
    if password.starts(with: ClaimedLogin.tokenStart) {
      return .token(name: name, digest: digest(password))
    }
    return .password(name: name, password: password)
  }

  /// How tokens begin, so that programs that look for secrets find them.
  private static let tokenStart = Array("aptf_".utf8)

  private static func digest(_ bytes: [UInt8]) -> SHA256Digest {
    SHA256Digest.of(bytes)
  }

  /// Who it says it is, for the access log.
  var claimedName: String? {
    switch self {
    case .password(let name, _): name
    case .token(let name, _): name
    case .unreadable: nil
    }
  }
}

/// Base64 with its padding, as `Authorization` has it (RFC 4648, section 4).
enum Base64Text {
  /// Nil for what is not exactly that.
  static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 4 == 0 else { return nil }
    let padding = digits.reversed().prefix { $0 == 0x3d }.count
    guard padding <= 2 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 4 * 3)
    var word: UInt32 = 0
    for (index, digit) in digits.dropLast(padding).enumerated() {
      guard let value = value(digit) else { return nil }
      word = word << 6 | value
      if index % 4 == 3 {
        bytes += [UInt8(word >> 16 & 255), UInt8(word >> 8 & 255), UInt8(word & 255)]
        word = 0
      }
    }
    switch padding {
    case 1: bytes += [UInt8(word >> 10 & 255), UInt8(word >> 2 & 255)]
    case 2: bytes.append(UInt8(word >> 4 & 255))
    default: break
    }
    return bytes
  }

  private static func value(_ digit: UInt8) -> UInt32? {
    switch digit {
    case 0x41...0x5a: UInt32(digit) - 0x41
    case 0x61...0x7a: UInt32(digit) - 0x61 + 26
    case 0x30...0x39: UInt32(digit) - 0x30 + 52
    case 0x2b: 62
    case 0x2f: 63
    default: nil
    }
  }
}
