internal import SafeIO

/// Who stands behind a distribution of a publication, to be compared with who comes after.
package struct VendorIdentity: Hashable, Sendable {
  /// The vendor's name, or its names where its keys are pinned for several; sorted.
  package var names: [String]
  /// Primary fingerprints of the keys that were verified here; sorted.
  package var keys: [String]
  /// Whether the vendor signed nothing.
  package var isUnsigned: Bool
  /// The exporters that vouch for what is unsigned; sorted.
  package var vouchers: [String]
  /// Whether it stands for all of several vendors, whose packages were put together.
  package var isComposed = false

  package init(
    names: [String] = [],
    keys: [String] = [],
    isUnsigned: Bool = false,
    vouchers: [String] = []
  ) {
    self.names = Set(names).sorted()
    self.keys = Set(keys).sorted()
    self.isUnsigned = isUnsigned
    self.vouchers = Set(vouchers).sorted()
  }

  /// Whether nothing was verified here that would say who it is.
  package var isUnknown: Bool { !isUnsigned && keys.isEmpty && names.isEmpty }

  /// Whether it is composed and has no packages at all.
  package var hasNothing: Bool { isComposed && isUnknown && vouchers.isEmpty }

  /// Whether the other one is the same vendor: one key or one name in common; of what is unsigned,
  /// one exporter in common.
  package func isSame(as other: VendorIdentity) -> Bool {
    guard !isUnsigned, !other.isUnsigned else {
      guard isUnsigned && other.isUnsigned else { return false }
      // What came before anybody had to vouch has no vouchers.
      return vouchers.isEmpty || other.vouchers.isEmpty
        || !Set(vouchers).isDisjoint(with: other.vouchers)
    }
    return !Set(keys).isDisjoint(with: other.keys) || !Set(names).isDisjoint(with: other.names)
      || isUnknown && other.isUnknown
  }

  /// The vendor for people: `debian (4096…ABCD)`.
  package var text: String {
    if isUnsigned {
      return vouchers.isEmpty
        ? "nobody (unsigned)"
        : "nobody (unsigned, vouched for by \(vouchers.joined(separator: ", ")))"
    }
    if isUnknown { return "unknown (no signature was verified here)" }
    let key = keys.first.map {
      keys.count == 1 ? "key \($0)" : "key \($0) and \(keys.count - 1) more"
    }
    let name = names.joined(separator: ", ")
    let own =
      vouchers.isEmpty
      ? "" : ", and packages that only \(vouchers.joined(separator: ", ")) vouches for"
    if name.isEmpty { return (key ?? "") + own }
    return (key.map { "\(name) (\($0))" } ?? name) + own
  }

  /// One line, as recipes keep it: `signed debian FPR,FPR`, with `-` for what is not there.
  package var line: String {
    func list(_ values: [String]) -> String { values.isEmpty ? "-" : values.joined(separator: ",") }
    // Older versions allowed any characters in a name; the keys tell such vendors apart.
    let plain = names.map { String($0.map { $0 == " " || $0 == "," || $0.isNewline ? "_" : $0 }) }
    guard !isUnsigned else { return "unsigned - \(list(vouchers))" }
    let line = "signed \(list(plain)) \(list(keys))"
    return vouchers.isEmpty ? line : "\(line) \(list(vouchers))"
  }

  /// Exactly a line as `line` writes it; nil for anything else.
  package init?(line: String) {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard (3...4).contains(words.count) else { return nil }
    func list(_ word: Substring) -> [String] {
      word == "-" ? [] : word.split(separator: ",").map { String($0) }
    }
    switch words[0] {
    case "signed":
      self.init(
        names: list(words[1]),
        keys: list(words[2]),
        vouchers: words.count == 4 ? list(words[3]) : []
      )
    case "unsigned" where words[1] == "-" && words.count == 3:
      self.init(isUnsigned: true, vouchers: list(words[2]))
    default: return nil
    }
  }
}
