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
  func isValue(_ text: Span<UInt8>) -> Bool {
    guard text.count == digits else { return false }
    for index in text.indices {
      let byte = text[index]
      guard byte &- 0x30 < 10 || byte &- 0x61 < 6 else { return false }
    }
    return true
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
  /// Whether a hash is listed that no file can have: too short, or in capitals.
  package var isImpossible: Bool { !impossible.isEmpty }
  private var impossible: Set<ListedHash> = []

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
  package var isWeak: Bool {
    sha256 == nil && sha512 == nil && !impossible.contains(where: \.isStrong)
  }

  /// The value of one function, as it stands in by-hash names.
  package func value(of hash: ListedHash) -> String? {
    switch hash {
    case .sha512: sha512
    case .sha256: sha256?.hex
    case .sha1: sha1
    case .md5: md5
    }
  }

  /// Whether a further value by one function is the one that is there.
  func agrees(_ hash: ListedHash, _ value: Span<UInt8>) -> Bool {
    guard !impossible.contains(hash) else { return false }
    guard let present = self.value(of: hash) else { return true }
    return present.utf8.elementsEqual(Array(copying: value))
  }

  /// Takes in the value of a list as `apt` does: of several by one function the first one counts, and
  /// one that the function never gives is a hash that the file does not have.
  mutating func take(_ hash: ListedHash, _ value: Span<UInt8>) {
    guard self.value(of: hash) == nil, !impossible.contains(hash) else { return }
    guard hash.isValue(value) else {
      impossible.insert(hash)
      return
    }
    _ = set(hash, value)
  }

  /// Takes a further value in, which `isValue`; false when it contradicts one that is there.
  mutating func set(_ hash: ListedHash, _ value: Span<UInt8>) -> Bool {
    if hash == .sha256 {
      let digest = SHA256Digest(hex: value)
      if let sha256 { return sha256 == digest }
      sha256 = digest
      return true
    }
    let text = String(decoding: Array(copying: value), as: UTF8.self)
    if let present = self.value(of: hash) { return present == text }
    switch hash {
    case .sha512: sha512 = text
    case .sha256: break
    case .sha1: sha1 = text
    case .md5: md5 = text
    }
    return true
  }
}
