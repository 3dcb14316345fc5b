package import SafeIO

/// The hash functions that archives list files by, strongest first.
package enum ListedHash: String, CaseIterable, Sendable {
  case sha512 = "SHA512"
  case sha256 = "SHA256"
  case sha1 = "SHA1"
  case md5 = "MD5Sum"

  /// How many hexadecimal digits a value has.
  package var digits: Int {
    switch self {
    case .sha512: 128
    case .sha256: 64
    case .sha1: 40
    case .md5: 32
    }
  }

  /// Whether it may vouch for a file: MD5 and SHA-1 may not.
  package var isStrong: Bool { self == .sha512 || self == .sha256 }

  /// Whether this is a value as the function gives it: lower-case digits, the right number.
  package func isValue(_ text: some Collection<UInt8>) -> Bool {
    text.count == digits
      && text.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
  }
}

/// A file that a signed list states: where it is, its size, its hashes.
package struct ListedFile: Hashable, Sendable {
  /// Where it is, relative to what the list says (the Release file's directory, the root).
  package let path: RelativePath
  /// Size in bytes.
  package let size: UInt64
  /// SHA-256, when it is listed.
  package internal(set) var sha256: SHA256Digest?
  /// SHA-512 as 128 lower-case digits, when it is listed.
  package internal(set) var sha512: String?
  /// SHA-1 as 40 lower-case digits: good for by-hash names, not for trust.
  package internal(set) var sha1: String?
  /// MD5 as 32 lower-case digits: good for by-hash names, not for trust.
  package internal(set) var md5: String?

  package init(
    path: RelativePath,
    size: UInt64,
    sha256: SHA256Digest? = nil,
    sha512: String? = nil
  ) {
    self.path = path
    self.size = size
    self.sha256 = sha256
    self.sha512 = sha512
  }

  /// Whether only MD5 or SHA-1 vouch for it, which is to say nobody does.
  package var isWeak: Bool { sha256 == nil && sha512 == nil }

  /// The value of one function, as it stands in by-hash names.
  package func value(of hash: ListedHash) -> String? {
    switch hash {
    case .sha512: sha512
    case .sha256: sha256?.hex
    case .sha1: sha1
    case .md5: md5
    }
  }

  /// Takes a further value in; false when it contradicts one that is there.
  mutating func set(_ hash: ListedHash, _ text: String) -> Bool {
    if let present = value(of: hash) { return present == text }
    switch hash {
    case .sha512: sha512 = text
    case .sha256: sha256 = SHA256Digest(hex: text)
    case .sha1: sha1 = text
    case .md5: md5 = text
    }
    return true
  }
}

/// Paths as archives write them.
package enum ArchivePath {
  /// A path below the archive's root or a Release file's directory, without a leading `./`; nil
  /// when it may not be used.
  package static func parse(_ text: ArraySlice<UInt8>) -> RelativePath? {
    var rest = text
    while rest.count >= 2, rest.first == 0x2e, rest.dropFirst().first == 0x2f {
      rest = rest.dropFirst(2)
    }
    return RelativePath(Array(rest))
  }
}

extension DecimalNumber {
  /// The whole slice as a number as `read` takes it.
  package static func read(_ text: ArraySlice<UInt8>) -> UInt64? {
    let bytes = Array(text)
    var cursor = 0
    guard let value = read(bytes.span, at: &cursor), cursor == bytes.count else { return nil }
    return value
  }
}
