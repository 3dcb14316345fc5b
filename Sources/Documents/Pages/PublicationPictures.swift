internal import Depot
internal import Operations
internal import Publishing
internal import SafeIO

/// How a publication came along, as pictures; each says in words what it shows.
enum PublicationPictures {
  // The picture's size, and the plot's in it.
  private static let (width, height) = (360, 150)
  private static let (left, right, top, bottom) = (8, 352, 22, 122)

  /// All of them.
  static func markup(
    _ publication: Publication,
    _ history: [PublicationHistoryEntry],
    _ changes: [GenerationChange],
    _ now: UTCTime
  ) -> HTML {
    let records = (publication.kept + [publication.current]).sorted { $0.number < $1.number }
    return size(records, now) + age(history, now) + weeks(changes, now)
  }

  /// The size of what was current, step by step.
  private static func size(_ records: [GenerationRecord], _ now: UTCTime) -> HTML {
    guard records.count > 1, let largest = records.map(\.bytes).max(), largest > 0 else {
      return ""
    }
    let axis = TimeAxis(records[0].made, now)
    var path = "M"
    for (index, record) in records.enumerated() {
      let y = height(Double(record.bytes) / Double(largest))
      path += "\(index == 0 ? "" : "H")\(axis.x(record.made))\(index == 0 ? " \(y)" : "V\(y)")"
    }
    let words = records.map { "\($0.number): \(ByteSize.text($0.bytes))" }.joined(separator: ", ")
    return figure(
      "Size by generation, at most \(ByteSize.text(largest))",
      words,
      axis,
      "<path class=\"line\" d=\"\(path)H\(right)\"/>"
    )
  }

  /// How old was what clients got: it grows until the next switch.
  private static func age(_ history: [PublicationHistoryEntry], _ now: UTCTime) -> HTML {
    let made = history.filter { $0.event.action.isMaking }.map(\.event.made).suffix(100)
    guard let first = made.first, now.seconds > first.seconds else { return "" }
    let ends = Array(made.dropFirst()) + [now]
    let lengths = zip(made, ends).map { max(0, $1.seconds - $0.seconds) }
    let longest = max(1, lengths.max() ?? 1)
    let axis = TimeAxis(first, now)
    var path = ""
    for (begin, (end, length)) in zip(made, zip(ends, lengths)) {
      let peak = height(Double(length) / Double(longest))
      path += "M\(axis.x(begin)) \(bottom)L\(axis.x(end)) \(peak)V\(bottom)"
    }
    let words =
      "made anew \(Counted.text(made.count, "time")); the longest time without that was "
      + "\(span(longest)), the last time was \(PagePart.age(made[made.endIndex - 1], now))"
    return figure(
      "Age of what clients get, at most \(span(longest))",
      words,
      axis,
      "<path class=\"line\" d=\"\(path)\"/>"
    )
  }

  /// How many package files came and went in each week.
  private static func weeks(_ changes: [GenerationChange], _ now: UTCTime) -> HTML {
    guard let first = changes.first else { return "" }
    let week: Int64 = 7 * 86_400
    let count = min(52, Int((now.seconds - first.made.seconds) / week) + 1)
    guard count > 0 else { return "" }
    let begin = now.seconds - Int64(count) * week
    var sums = [Int](repeating: 0, count: count)
    for change in changes where change.made.seconds > begin {
      let index = Int((change.made.seconds - begin - 1) / week)
      if sums.indices.contains(index) { sums[index] += change.added + change.removed }
    }
    let most = max(1, sums.max() ?? 1)
    let room = Double(right - left) / Double(count)
    let bars = sums.enumerated().map { index, sum -> HTML in
      let y = height(Double(sum) / Double(most))
      return """
        <rect class="bar" x="\(left + Int(Double(index) * room))" y="\(y)" \
        width="\(max(1, Int(room) - 2))" height="\(bottom - y)"/>
        """
    }
    let words = sums.enumerated().filter { $0.element > 0 }.map { index, sum in
      let start = UTCTime(seconds: begin + Int64(index) * week)
      return "\(start.rfc3339.prefix(10)): \(sum)"
    }
    return figure(
      "Package files changed per week, at most \(most)",
      words.isEmpty ? "none changed" : words.joined(separator: ", "),
      TimeAxis(UTCTime(seconds: begin), now),
      HTML.joined(bars)
    )
  }

  private static func height(_ part: Double) -> Int { bottom - Int(part * Double(bottom - top)) }

  private static func span(_ seconds: Int64) -> String {
    let text = PagePart.age(UTCTime(seconds: 0), UTCTime(seconds: seconds))
    return text.hasSuffix(" ago") ? String(text.dropLast(4)) : text
  }

  private static func figure(
    _ title: String,
    _ words: String,
    _ axis: TimeAxis,
    _ plot: HTML
  ) -> HTML {
    """
    <figure><svg class="picture" role="img" aria-label="\(title): \(words)" \
    viewBox="0 0 \(width) \(height)">
    <text x="\(left)" y="14">\(title)</text>
    <path class="axis" d="M\(left) \(bottom)H\(right)"/>
    \(plot)
    <text x="\(left)" y="140">\(axis.begin.rfc3339.prefix(10).description)</text>
    <text x="\(right)" y="140" text-anchor="end">\(axis.end.rfc3339.prefix(10).description)</text>
    </svg><figcaption>\(title): \(words)</figcaption></figure>

    """
  }

  /// Where moments lie.
  private struct TimeAxis {
    let begin: UTCTime
    let end: UTCTime

    init(_ begin: UTCTime, _ end: UTCTime) { (self.begin, self.end) = (begin, end) }

    func x(_ time: UTCTime) -> Int {
      let part =
        Double(time.seconds - begin.seconds) / Double(max(1, end.seconds - begin.seconds))
      return left + Int(min(1, max(0, part)) * Double(right - left))
    }
  }
}
