internal import SafeIO

/// Recognises names that a medium changed: a disc without long names has them in capitals, cut to
/// eight and three characters, or with a version behind a semicolon.
enum ChangedNames {
  /// The files and the directory that a bundle has under exactly these names.
  private static let expected = ["MANIFEST", "MANIFEST.asc", "ENTRIES.zst", "SHA256SUMS", "chunks"]

  /// Refuses a directory in which one of these is there under a changed name only.
  static func refuse(in directory: Directory, _ entries: [Directory.Entry]) throws(Failure) {
    let names = entries.map(\.name)
    for name in expected where !names.contains(name) {
      guard let changed = names.first(where: { isChanged($0, from: name) }) else { continue }
      throw failure(changed, name, directory)
    }
  }

  /// Whether a directory that has no MANIFEST has one under a changed name.
  static func hasManifest(_ entries: [Directory.Entry]) -> Bool {
    entries.contains { $0.kind == .regular && isChanged($0.name, from: "MANIFEST") }
  }

  static func failure(_ changed: String, _ name: String, _ directory: Directory) -> Failure {
    Failure(
      .incomplete,
      "names-changed",
      "the medium changed the names of the bundle's files: \(Escaped.line(changed, limit: 60)) is "
        + "there instead of \(name)",
      subject: directory.path,
      hint: "copy the files under their own names, or burn the disc again with long names: Rock "
        + "Ridge or Joliet (xorriso -as mkisofs -R -J), or UDF"
    )
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
