internal import SafeIO
private import Synchronization

/// Shows how far a long operation is, with rate and time left: one line drawn over on a terminal,
/// a plain line every few seconds otherwise.
final class ProgressLine: Sendable {
  private struct State {
    var lastShown = -1.0
    var phase = ""
    var phaseBegan = 0.0
    var isDrawn = false
  }

  private let state = Mutex(State())
  private let watch = Stopwatch()
  // Reports come from other threads.
  private let channel = Surroundings.current.messages
  private let isTerminal: Bool
  private let isOn: Bool

  /// How often a line comes when nobody watches a terminal, in seconds.
  private static let plainInterval = 5.0
  private static let drawnInterval = 0.2

  init(isOn: Bool) {
    self.isOn = isOn
    isTerminal = channel.isTerminal
  }

  /// The sink that a library call reports to.
  var sink: ProgressSink { { report in self.show(report) } }

  private func show(_ report: ProgressReport) {
    guard isOn else { return }
    state.withLock { state in
      let now = watch.seconds
      if state.phase != report.phase {
        state.phase = report.phase
        state.phaseBegan = now
        state.lastShown = isTerminal ? -1 : now
      }
      let interval = isTerminal ? ProgressLine.drawnInterval : ProgressLine.plainInterval
      guard now - state.lastShown >= interval else { return }
      state.lastShown = now
      let text = ProgressLine.text(report, seconds: now - state.phaseBegan)
      if isTerminal {
        // One column stays free: a full line would make some terminals begin the next one.
        let width = (channel.columns ?? 80) - 1
        channel.write("\r\u{1b}[K" + String(text.prefix(max(10, width))))
        state.isDrawn = true
      } else {
        channel.write(text + "\n")
      }
    }
  }

  /// Clears the line before a result or message.
  func end() {
    state.withLock { state in
      if state.isDrawn { channel.write("\r\u{1b}[K") }
      state.isDrawn = false
    }
  }

  /// One line; what matters most comes first, since a narrow terminal cuts the end.
  static func text(_ report: ProgressReport, seconds: Double) -> String {
    var parts = [report.phase + ":"]
    if report.bytesTotal > 0 {
      parts.append("\(min(100, report.bytesDone * 100 / max(1, report.bytesTotal))) %")
    }
    if seconds > 0.5, report.bytesDone > 0, report.bytesTotal > report.bytesDone {
      let rate = Double(report.bytesDone) / seconds
      parts.append(left(UInt64(Double(report.bytesTotal - report.bytesDone) / rate)) + ",")
    }
    if report.filesTotal > 0 {
      parts.append("\(report.filesDone) of \(report.filesTotal) files")
    } else if report.filesDone > 0 {
      parts.append("\(report.filesDone) files")
    }
    if report.bytesTotal > 0 {
      parts.append("\(ByteSize.text(report.bytesDone)) of \(ByteSize.text(report.bytesTotal))")
    } else if report.bytesDone > 0 {
      parts.append(ByteSize.text(report.bytesDone))
    }
    if seconds > 0.5, report.bytesDone > 0 {
      parts.append(ByteSize.text(UInt64(Double(report.bytesDone) / seconds)) + "/s")
    }
    if !report.slowest.isEmpty {
      parts.append("(slow: \(Escaped.line(report.slowest, limit: 60)))")
    }
    return parts.joined(separator: " ")
  }

  /// How long it will go on: `11 s left`, `4 min left`, `2 h 10 min left`.
  static func left(_ seconds: UInt64) -> String {
    switch seconds {
    case ..<60: "\(seconds) s left"
    case ..<600: "\(seconds / 60) min \(seconds % 60) s left"
    case ..<3600: "\(seconds / 60) min left"
    default: "\(seconds / 3600) h \(seconds / 60 % 60) min left"
    }
  }
}
