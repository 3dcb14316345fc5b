package import SafeIO

/// Dates as Release files write them: `Sat, 21 Nov 2026 00:45:27 UTC`.
package enum ArchiveDate {
  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Reads a date; nil for anything but such a date in UTC.
  ///
  /// As `apt` does, it takes a one-digit day or hour (Ubuntu pads the hour with a space) and the
  /// zone names `UTC`, `GMT`, `Z` and `+0000`; any other zone is no date.
  package static func parse(_ text: some StringProtocol) -> UTCTime? {
    guard text.utf8.count <= 64 else { return nil }
    let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
    guard words.count == 6, words[0].hasSuffix(","), weekdays.contains(String(words[0].dropLast())),
      let month = months.firstIndex(of: String(words[2])),
      ["UTC", "GMT", "Z", "+0000"].contains(String(words[5]))
    else { return nil }
    let clock = words[4].split(separator: ":" as Character, omittingEmptySubsequences: false)
    guard clock.count == 3, let day = number(words[1], 1...2), let year = number(words[3], 4...4),
      let hour = number(clock[0], 1...2), let minute = number(clock[1], 2...2),
      let second = number(clock[2], 2...2)
    else { return nil }
    return UTCTime(
      year: year,
      month: month + 1,
      day: day,
      hour: hour,
      minute: minute,
      second: second
    )
  }

  private static func number(_ text: some StringProtocol, _ digits: ClosedRange<Int>) -> Int? {
    guard digits.contains(text.utf8.count) else { return nil }
    var value = 0
    for byte in text.utf8 {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      value = value * 10 + Int(byte - 0x30)
    }
    return value
  }

  /// Writes a date as Debian does.
  package static func text(_ time: UTCTime) -> String {
    let at = time.calendar
    func two(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
    return "\(weekdays[at.weekday]), \(two(at.day)) \(months[at.month - 1]) \(at.year) "
      + "\(two(at.hour)):\(two(at.minute)):\(two(at.second)) UTC"
  }
}
