private import Glibc
internal import SafeIO

/// Now, as precisely as the system knows it: of two things made in one second one is the newer.
package enum PreciseTime {
  /// In RFC 3339 form, with up to nine decimals; zeros at their end are left out.
  package static func now() -> String {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    var digits = String(time.tv_nsec)
    digits = String(repeating: "0", count: 9 - digits.utf8.count) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    let seconds = UTCTime(seconds: Int64(time.tv_sec)).rfc3339
    return digits.isEmpty ? seconds : "\(seconds.dropLast()).\(digits)Z"
  }
}
