internal import DebianRepository
internal import SafeIO

/// A changelog of Debian's form: what its newest entry says, and all of its text.
struct DebianChangelog {
  let source: String
  let version: String
  /// Who made the entry: `Name <mail>`.
  let maintainer: String
  let time: UTCTime
  let text: [UInt8]

  /// Reads the newest entry.
  ///
  /// - Throws: `usage` with the line that is not as deb-changelog(5) has it.
  init(_ control: ControlText) throws(Failure) {
    guard let head = control.lines.first(where: { !ControlText.trimmed($0.text).isEmpty }) else {
      throw control.refusal(nil, "the changelog is empty", "make one: dch --create")
    }
    (source, version) = try DebianChangelog.head(head, control)
    let behind = control.lines.drop { $0.number <= head.number }
    guard let end = behind.first(where: { !$0.text.hasPrefix("  ") && !$0.text.isEmpty }) else {
      throw control.refusal(
        head.number,
        "the entry that begins here has no line with who made it, and when",
        "end it with “ -- Name <mail>  Sat, 28 Nov 2026 20:00:00 +0000”"
      )
    }
    (maintainer, time) = try DebianChangelog.trailer(end, control)
    text = Array(control.lines.map { String($0.text) }.joined(separator: "\n").utf8)
  }

  /// An entry for a package that has no changelog.
  init(package: String, version: String, maintainer: String, time: UTCTime) {
    (source, self.version, self.maintainer, self.time) = (package, version, maintainer, time)
    text = Array(
      """
      \(package) (\(version)) unstable; urgency=medium

        * A meta-package, built with aptferry.

       -- \(maintainer)  \(DebianChangelog.date(time))

      """.utf8
    )
  }

  private static func head(
    _ line: ControlText.Line,
    _ control: ControlText
  ) throws(Failure) -> (String, String) {
    let words = line.text.split(separator: " ")
    guard words.count >= 3, ControlText.isPackageName(words[0]),
      words[1].hasPrefix("("), words[1].hasSuffix(")"), line.text.contains(";"),
      DebianVersion(words[1].dropFirst().dropLast())?.isWellFormed == true
    else {
      throw control.refusal(
        line.number,
        "this is no head of a changelog's entry",
        "write “name (version) unstable; urgency=medium”"
      )
    }
    return (String(words[0]), String(words[1].dropFirst().dropLast()))
  }

  private static func trailer(
    _ line: ControlText.Line,
    _ control: ControlText
  ) throws(Failure) -> (String, UTCTime) {
    let hint = "end the entry with “ -- Name <mail>  Sat, 28 Nov 2026 20:00:00 +0000”"
    guard line.text.hasPrefix(" -- "), let close = line.text.firstRange(of: ">  ") else {
      throw control.refusal(line.number, "the entry does not say who made it, and when", hint)
    }
    let who = String(line.text[..<close.lowerBound].dropFirst(4)) + ">"
    guard ControlText.isMaintainer(who) else {
      throw control.refusal(line.number, "“\(who)” is no name with an address", hint)
    }
    guard let time = time(line.text[close.upperBound...]) else {
      throw control.refusal(line.number, "this is no date of a changelog", hint)
    }
    return (who, time)
  }

  /// Reads `Sat, 28 Nov 2026 20:00:00 +0100`; nil for anything else.
  static func time(_ text: some StringProtocol) -> UTCTime? {
    var words = text.split(separator: " ").map { String($0) }
    guard words.count == 6 || words.count == 5, let zone = words.popLast(), zone.utf8.count == 5,
      let hours = Int(zone.dropFirst().prefix(2)), let minutes = Int(zone.suffix(2)),
      (0...14).contains(hours), (0...59).contains(minutes), "+-".contains(zone.prefix(1)),
      zone.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    if words.count == 4 { words.insert("Sat,", at: 0) }
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    guard months.contains(words[2]),
      let local = ArchiveDate.parse((words + ["UTC"]).joined(separator: " "))
    else { return nil }
    let seconds = Int64(hours * 3600 + minutes * 60)
    let time = local.adding(seconds: zone.hasPrefix("-") ? seconds : -seconds)
    return time < .earliest ? nil : time
  }

  /// A date as a changelog has it.
  static func date(_ time: UTCTime) -> String {
    ArchiveDate.text(time).replacing(" UTC", with: " +0000")
  }
}

extension ControlText {
  /// Whether it is `Name <mail@host>`.
  static func isMaintainer(_ text: String) -> Bool {
    guard text.hasSuffix(">"), let open = text.firstRange(of: " <"),
      open.lowerBound > text.startIndex
    else { return false }
    let name = text[..<open.lowerBound]
    let mail = text[open.upperBound...].dropLast()
    let parts = mail.split(separator: "@" as Character, omittingEmptySubsequences: false)
    return !name.contains("<") && !name.contains(">") && trimmed(name) == name
      && parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
      && mail.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != 0x3c && $0 != 0x3e }
      && text.utf8.count <= 500
      && !text.unicodeScalars.contains { Escaped.isDangerous($0) }
  }
}
