internal import SafeIO

/// A time as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
enum HTTPDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// The text of a time.
  static func text(_ time: UTCTime) -> String {
    let parts = time.calendar
    let day = days[Int(((time.seconds / 86_400) % 7 + 7) % 7)]
    return "\(day), \(two(parts.day)) \(months[parts.month - 1]) \(four(parts.year)) "
      + "\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) GMT"
  }

  /// The time of a text in the preferred form; nil for any other, which means that no condition
  /// was given.
  static func time(_ text: String) -> UTCTime? {
    let words = text.split(separator: " ")
    guard words.count == 6, words[5] == "GMT", words[0].hasSuffix(","),
      let day = digits(words[1], 2), let month = months.firstIndex(of: String(words[2])),
      let year = digits(words[3], 4)
    else { return nil }
    let clock = words[4].split(separator: ":", omittingEmptySubsequences: false)
    guard clock.count == 3, let hour = digits(clock[0], 2), let minute = digits(clock[1], 2),
      let second = digits(clock[2], 2)
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

  private static func digits(_ text: Substring, _ count: Int) -> Int? {
    guard text.utf8.count == count, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return Int(text)
  }

  private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  private static func four(_ value: Int) -> String {
    String(repeating: "0", count: max(0, 4 - String(value).utf8.count)) + String(value)
  }
}
