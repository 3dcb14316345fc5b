/// How lengths of time are shown.
enum TimeText {
  /// In the largest unit that fits without a rest, as options take it: `30d`, `12h`, `90s`.
  static func length(_ seconds: Int64) -> String {
    // Written out: of a loop over a table the compiler made two programs from one source.
    if let days = whole(seconds, 86_400) { return "\(days)d" }
    if let hours = whole(seconds, 3600) { return "\(hours)h" }
    if let minutes = whole(seconds, 60) { return "\(minutes)m" }
    return "\(seconds)s"
  }

  /// How often a unit fits, when it fits without a rest.
  private static func whole(_ seconds: Int64, _ unit: Int64) -> Int64? {
    seconds >= unit && seconds % unit == 0 ? seconds / unit : nil
  }
}
