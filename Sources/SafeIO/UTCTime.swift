private import Glibc

/// A moment in whole seconds since 1970, UTC; what the wall clock says, never more exact.
package struct UTCTime: Hashable, Comparable, Sendable {
  /// Seconds since 1970-01-01T00:00:00Z.
  package let seconds: Int64

  package init(seconds: Int64) { self.seconds = seconds }

  /// The wall clock now; read once a command, at its start.
  package static func now() -> UTCTime { UTCTime(seconds: Int64(time(nil))) }

  package static func < (left: UTCTime, right: UTCTime) -> Bool { left.seconds < right.seconds }

  /// A later moment; saturates instead of overflowing.
  package func adding(seconds more: Int64) -> UTCTime {
    let (sum, overflow) = seconds.addingReportingOverflow(more)
    return UTCTime(seconds: overflow ? (more < 0 ? .min : .max) : sum)
  }

  /// The earliest moment that can be written, year 1970.
  package static let earliest = UTCTime(seconds: 0)
  /// The latest moment that can be written, the end of year 9999.
  package static let latest = UTCTime(seconds: 253_402_300_799)

  /// Year, month 1 to 12, day 1 to 31, hour, minute, second; nil outside the years 1970 to 9999.
  package init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
    guard (1970...9999).contains(year), (1...12).contains(month),
      (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second),
      day >= 1, day <= UTCTime.days(inMonth: month, of: year)
    else { return nil }
    // Days since the epoch, by the proleptic Gregorian calendar with March as first month.
    let shifted = month > 2 ? year : year - 1
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * 146_097 + dayOfEra - 719_468
    seconds = Int64(((days * 24 + hour) * 60 + minute) * 60 + second)
  }

  private static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }

  /// The calendar fields in UTC, `weekday` 0 for Sunday.
  package var calendar:
    (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, weekday: Int)
  {
    let clamped = min(max(seconds, UTCTime.earliest.seconds), UTCTime.latest.seconds)
    let days = Int(clamped / 86_400)
    let rest = Int(clamped % 86_400)
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (
      year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
      month: month,
      day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1,
      hour: rest / 3600,
      minute: rest / 60 % 60,
      second: rest % 60,
      weekday: (days + 4) % 7
    )
  }

  /// RFC 3339 in UTC, to the second: `2026-11-22T21:00:00Z`.
  package var rfc3339: String {
    let at = calendar
    return padded(at.year, 4) + "-" + padded(at.month, 2) + "-" + padded(at.day, 2) + "T"
      + padded(at.hour, 2) + ":" + padded(at.minute, 2) + ":" + padded(at.second, 2) + "Z"
  }

  /// Exactly the form that `rfc3339` writes; nil for anything else.
  package init?(rfc3339 text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count == 20 else { return nil }
    let separators: [(Int, UInt8)] = [
      (4, 0x2d), (7, 0x2d), (10, 0x54), (13, 0x3a), (16, 0x3a), (19, 0x5a),
    ]
    for (index, byte) in separators where bytes[index] != byte { return nil }
    func number(_ range: Range<Int>) -> Int? {
      var value = 0
      for byte in bytes[range] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19)
    else { return nil }
    self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
  }

  private func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}

extension UTCTime: CustomStringConvertible {
  package var description: String { rfc3339 }
}

/// A monotonic stopwatch, for rates and time left.
package struct Stopwatch: Sendable {
  private let start = ContinuousClock.now

  package init() {}

  /// Seconds since the start.
  package var seconds: Double {
    let duration = ContinuousClock.now - start
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }
}
