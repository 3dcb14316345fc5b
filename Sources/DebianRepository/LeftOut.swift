internal import SafeIO

/// Something that a vendor's index lists and a snapshot does not have, since it could not be had as it is
/// listed, or nobody could use it.
package struct LeftOut: Hashable, Sendable {
  /// Why it was left out.
  package enum Reason: String, Hashable, Sendable, CaseIterable {
    /// The file is listed and is not there.
    case missing
    /// The file is not what is listed, or the stanza cannot be used.
    case broken
    /// The indexes list the path more than once, with different content.
    case conflicting
  }

  /// What was left out.
  package enum Place: Hashable, Sendable {
    /// The file of this path below the archive's root, whichever stanzas list it.
    case file(String)
    /// One stanza of an index, counted from 1, by the path of the plain index.
    case stanza(Int, of: String)

    // Paths are bytes: to Swift's strings, é in one character and in two is the same.
    package static func == (left: Place, right: Place) -> Bool {
      switch (left, right) {
      case (.file(let one), .file(let other)): one.utf8.elementsEqual(other.utf8)
      case (.stanza(let number, let one), .stanza(let second, let other)):
        number == second && one.utf8.elementsEqual(other.utf8)
      default: false
      }
    }

    package func hash(into hasher: inout Hasher) {
      switch self {
      case .file(let path): hasher.combine(Array(path.utf8))
      case .stanza(let number, let index):
        hasher.combine(number)
        hasher.combine(Array(index.utf8))
      }
    }
  }

  /// Why.
  package let reason: Reason
  /// What.
  package let place: Place
  /// What is wrong with it, in words; empty where only the exporter knows.
  package let text: String

  package init(_ reason: Reason, _ place: Place, text: String = "") {
    (self.reason, self.place, self.text) = (reason, place, text)
  }

  /// The same without the words.
  package var bare: LeftOut { LeftOut(reason, place) }

  /// What it is called in messages.
  package var label: String {
    switch place {
    case .file(let path): path
    case .stanza(let number, let index): "\(index), stanza \(number)"
    }
  }

  /// One line of a MANIFEST, without the words: `missing file pool/a.deb`,
  /// `broken stanza 2 dists/x/main/binary-amd64/Packages`.
  package var line: String {
    switch place {
    case .file(let path): "\(reason.rawValue) file \(path)"
    case .stanza(let number, let index): "\(reason.rawValue) stanza \(number) \(index)"
    }
  }

  /// Exactly a line as `line` writes it; nil for anything else.
  package init?(line: some StringProtocol, text: String = "") {
    let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let reason = Reason(rawValue: String(parts[0])) else { return nil }
    switch parts[1] {
    case "file":
      guard let path = RelativePath(String(parts[2])) else { return nil }
      self.init(reason, .file(path.text), text: text)
    case "stanza":
      let rest = parts[2].split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      guard reason == .broken, rest.count == 2, let number = DecimalNumber.read(rest[0]),
        number > 0,
        let index = RelativePath(String(rest[1])), let count = Int(exactly: number)
      else { return nil }
      self.init(reason, .stanza(count, of: index.text), text: text)
    default: return nil
    }
  }

  /// The order in which they are written: files before stanzas, by path.
  package static func precedes(_ left: LeftOut, _ right: LeftOut) -> Bool {
    switch (left.place, right.place) {
    case (.file(let one), .file(let other)):
      one.utf8.lexicographicallyPrecedes(other.utf8)
    case (.file, .stanza): true
    case (.stanza, .file): false
    case (.stanza(let number, let one), .stanza(let next, let other)):
      one == other ? number < next : one.utf8.lexicographicallyPrecedes(other.utf8)
    }
  }

  /// The most that one snapshot, and all of a bundle, may leave out.
  package static let most = 10_000
}
