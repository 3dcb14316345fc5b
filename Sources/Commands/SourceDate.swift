internal import SafeIO

/// The time that whoever builds reproducibly has set for all that is made.
enum SourceDate {
  /// What SOURCE_DATE_EPOCH says; nil when it is not set.
  ///
  /// - Throws: `usage` when it is no number of seconds.
  static func time(hint: String = "unset it, or set it to seconds since 1970") throws(Failure)
    -> UTCTime?
  {
    guard let epoch = environment("SOURCE_DATE_EPOCH") else { return nil }
    guard let seconds = DecimalNumber.read(epoch), seconds <= UInt64(UTCTime.latest.seconds) else {
      throw Failure(
        .usage,
        "arguments",
        "SOURCE_DATE_EPOCH is not a number of seconds",
        subject: epoch,
        hint: hint
      )
    }
    return UTCTime(seconds: Int64(seconds))
  }
}
