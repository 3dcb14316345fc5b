internal import BundleFormat
internal import SafeIO

/// Recognises names that a medium changed: a disc without long names has them in capitals, cut to
/// eight and three characters, or with a version behind a semicolon.
///
/// A name only says where to look. What a file is, its digest decides.
enum ChangedNames {
  /// The directories whose names are known: the bundle's own, and those in it.
  enum Place: String, CaseIterable {
    case bundle = ""
    case chunks
    case files
    case parity
  }

  /// The files that a bundle has under exactly these names, beside its chunks.
  private static let lists = [
    "MANIFEST", "MANIFEST.asc", "ENTRIES.zst", "SHA256SUMS", "README.txt",
    ParityList.name, ParityList.tableName,
  ]

  /// The name that a file or directory of a bundle had before a medium changed it; nil for one that is
  /// as it was, and for a stranger.
  static func original(
    of name: String,
    isDirectory: Bool,
    in place: Place
  ) -> String? {
    let names: [String] =
      switch (place, isDirectory) {
      case (.bundle, true): Place.allCases.dropFirst().map(\.rawValue)
      case (.bundle, false), (.parity, false): lists
      default: []
      }
    if let known = names.first(where: { $0 == name || isChanged(name, from: $0) }) {
      return known == name ? nil : known
    }
    guard !isDirectory else { return nil }
    let found: String? =
      switch place {
      case .bundle, .chunks: chunk(name)
      case .parity: numbered(name, [".PAR": ".par"])
      case .files: SHA256Digest(hex: folded(name).lowercased())?.hex
      }
    return found == name ? nil : found
  }

  /// What an archive's number is followed by, on discs of several kinds.
  private static let endings = [
    ".TAR": ".tar", ".TAR.ZST": ".tar.zst", "_TAR.ZST": ".tar.zst", "_T.ZST": ".tar.zst",
    "TA.ZST": ".tar.zst", "~1.ZST": ".tar.zst",
  ]

  private static func chunk(_ name: String) -> String? { numbered(name, endings) }

  private static func numbered(_ name: String, _ endings: [String: String]) -> String? {
    let shown = folded(name)
    let digits = shown.prefix { ("0"..."9").contains($0) }
    guard digits.utf8.count >= 6 else { return nil }
    return endings[String(shown.dropFirst(digits.count))].map { digits + $0 }
  }

  private static func isChanged(_ name: String, from original: String) -> Bool {
    guard name != original else { return false }
    let shown = folded(name)
    let whole = folded(original)
    if shown == whole || shown == short(whole, base: 8) { return true }
    // As FAT without long names has it: SHA256~1.
    guard let tilde = shown.lastIndex(of: "~") else { return false }
    let number = shown[shown.index(after: tilde)...].prefix { $0 != "." }
    guard (1...5).contains(number.count), number.allSatisfy(\.isNumber) else { return false }
    let ending = shown[tilde...].drop { $0 != "." }
    return shown[..<tilde] + ending == short(whole, base: shown[..<tilde].count)
      && whole.hasPrefix(shown[..<tilde])
  }

  /// In capitals, without version and final dot.
  private static func folded(_ name: String) -> String {
    var text = name.prefix { $0 != ";" }
    if text.last == "." { text.removeLast() }
    return text.uppercased()
  }

  /// Cut to so many characters before the dot, and three behind it.
  private static func short(_ name: String, base: Int) -> String {
    let parts = name.split(separator: "." as Character, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return String(name.prefix(base)) }
    return parts[0].prefix(base) + "." + parts[1].prefix(3)
  }
}
