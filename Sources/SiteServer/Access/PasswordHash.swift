#if Network
private import CCrypt
private import Glibc

/// A password as crypt(3) keeps it.
struct PasswordHash: Hashable, Sendable {
  private let text: String

  /// The methods that cost an attacker something, by how their texts begin (crypt(5)).
  private static let methods = ["$2a$", "$2b$", "$2y$", "$y$", "$gy$", "$7$", "$6$", "$5$"]

  /// Nil for what cannot be checked, or is as good as the password itself.
  init?(_ text: String) {
    guard PasswordHash.methods.contains(where: text.hasPrefix), text.utf8.count <= 384,
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
      // The functions take the beginning of a text for all of it, and then nobody can log in.
      !text.hasPrefix("$2") || text.utf8.count == 60,
      unsafe crypt_checksalt(text) == CRYPT_SALT_OK
    else { return nil }
    self.text = text
  }

  /// Whether this is the password; takes from one to some hundred milliseconds.
  func matches(_ password: [UInt8]) -> Bool {
    guard !password.contains(0) else { return false }
    var space: UnsafeMutableRawPointer?
    var size: Int32 = 0
    defer { unsafe free(space) }
    let phrase = (password + [0]).map { CChar(bitPattern: $0) }
    guard let result = unsafe crypt_ra(phrase, text, &space, &size) else { return false }
    return ConstantTime.equal(Array(unsafe String(cString: result).utf8), Array(text.utf8))
  }
}

/// Comparisons that take as long whether the first byte differs or the last.
enum ConstantTime {
  static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices { difference |= left[index] ^ right[index] }
    return difference == 0
  }
}
#endif
