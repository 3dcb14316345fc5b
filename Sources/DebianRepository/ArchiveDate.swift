package import SafeIO

/// Dates as Release files write them: `Sat, 21 Nov 2026 00:45:27 UTC`.
package enum ArchiveDate {
  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Reads a date as `apt` does; nil for what it calls an invalid date.
  ///
  /// It takes the three forms of HTTP (`Sat, 21 Nov 2026 00:45:27 UTC`, that of C's asctime and that
  /// with a long weekday), a one-digit day or hour (Ubuntu pads the hour with a space), and any
  /// name of the zone UTC. The weekday need not fit, and an unknown month is January.
  package static func parse(_ text: some StringProtocol) -> UTCTime? {
    let words = text.utf8.split(whereSeparator: Stanza.isSpace)
    guard let weekday = words.first.map({ $0.map(Stanza.lowercased) }),
      weekdays.contains(where: { weekday.starts(with: $0.lowercased().utf8) })
    else { return nil }
    switch weekday.count {
    case 4:
      guard weekday.last == 0x2c, words.count == 6, isUTC(words[5]),
        let day = number(words[1]), let year = number(words[3])
      else { return nil }
      return time(year, month(words[2]), day, words[4])
    case 3:
      guard words.count == 5, let day = number(words[2]), let year = number(words[4]) else {
        return nil
      }
      return time(year, month(words[1]), day, words[3])
    default:
      guard weekday.last == 0x2c, words.count == 4, isUTC(words[3]) else { return nil }
      let date = words[1].split(separator: 0x2d, omittingEmptySubsequences: false)
      guard date.count == 3, let day = number(date[0]), let year = number(date[2]) else {
        return nil
      }
      return time(1900 + year, month(date[1]), day, words[2])
    }
  }

  private static func isUTC(_ word: some Collection<UInt8>) -> Bool {
    if ["GMT", "UTC", "Z"].contains(where: { word.elementsEqual($0.utf8) }) { return true }
    let digits = word.first == 0x2b || word.first == 0x2d ? word.dropFirst() : word[...]
    return !digits.isEmpty && digits.allSatisfy { $0 == 0x30 }
  }

  /// The month's number as `apt` guesses it by a few letters; 1 for a name that there is not.
  private static func month(_ word: some Collection<UInt8>) -> Int {
    let letters = word.prefix(3).map { Character(UnicodeScalar(Stanza.lowercased($0))) }
    func letter(_ index: Int) -> Character? { index < letters.count ? letters[index] : nil }
    switch letter(0) {
    case "a": return letter(1) == "p" ? 4 : 8
    case "d": return 12
    case "f": return 2
    case "j": return letter(1) == "a" ? 1 : letter(2) == "n" ? 6 : 7
    case "m": return letter(2) == "r" ? 3 : 5
    case "n": return 11
    case "o": return 10
    case "s": return 9
    default: return 1
    }
  }

  private static func time(
    _ year: Int,
    _ month: Int,
    _ day: Int,
    _ clock: some Collection<UInt8>
  ) -> UTCTime? {
    let parts = clock.split(separator: 0x3a, omittingEmptySubsequences: false)
    guard parts.count >= 3, year <= 9999, (1...31).contains(day),
      let hour = number(parts[0], longest: 2), let minute = number(parts[1], longest: 2),
      let second = second(parts[2]), hour < 24, minute < 60
    else { return nil }
    guard let start = UTCTime(year: year, month: month, day: 1, hour: 0, minute: 0, second: 0)
    else { return .earliest }
    // A 31st of April is the first of May, and so on.
    return start.adding(seconds: Int64(((day - 1) * 24 + hour) * 3600 + minute * 60 + second))
  }

  /// The seconds, as C's `strptime` takes them: what follows two digits does not count, nor does a
  /// second digit that would make more than 61.
  private static func second(_ text: some Collection<UInt8>) -> Int? {
    let digits = text.prefix(2).prefix { $0 &- 0x30 < 10 }
    guard let first = digits.first else { return nil }
    guard first &- 0x30 <= 6, let second = number(digits) else { return Int(first - 0x30) }
    return second < 62 ? second : nil
  }

  private static func number(_ digits: some Collection<UInt8>, longest: Int = 5) -> Int? {
    guard (1...longest).contains(digits.count), digits.allSatisfy({ $0 &- 0x30 < 10 }) else {
      return nil
    }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  /// Writes a date as Debian does.
  package static func text(_ time: UTCTime) -> String {
    let at = time.calendar
    func two(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
    return "\(weekdays[at.weekday]), \(two(at.day)) \(months[at.month - 1]) \(at.year) "
      + "\(two(at.hour)):\(two(at.minute)):\(two(at.second)) UTC"
  }
}
