internal import BundleMedium

/// How it is shown what lies on media and is no part of a bundle.
enum StrangerText {
  /// How many are shown of what is harmless, unless all are wanted.
  private static let most = 50

  static func lines(_ strangers: [Stranger], all: Bool = false) -> [String] {
    let found = strangers.filter(\.isUnsafe)
    let others = strangers.filter { !$0.isUnsafe }
    let shown = all ? others[...] : others.prefix(most)
    var lines = found.map { "UNSAFE:    \($0.place) is \($0.kind.rawValue)" }
    lines += shown.map { stranger in
      stranger.kind == .file
        ? "stranger:  \(stranger.place) (ignored)"
        : "stranger:  \(stranger.place) is \(stranger.kind.rawValue) (ignored)"
    }
    if shown.count < others.count {
      lines.append("stranger:  \(others.count - shown.count) more (--verbose lists them)")
    }
    return lines
  }
}
