/// How lengths of time are shown.
enum TimeText {
  /// In the largest unit that fits without a rest, as options take it: `30d`, `12h`, `90s`.
  static func length(_ seconds: Int64) -> String {
    for (size, unit) in [(86_400, "d"), (3600, "h"), (60, "m")] as [(Int64, String)]
    where seconds >= size && seconds % size == 0 {
      return "\(seconds / size)\(unit)"
    }
    return "\(seconds)s"
  }
}
