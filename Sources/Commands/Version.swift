/// What the program calls itself.
enum Version {
  /// The version at the top of docs/changelog.md; `scripts/build-release --check` compares them.
  static let number = "0.2.0"
  /// What `--version` says.
  static let text = "aptferry \(number) (reads and writes aptferry-bundle 1)"
  /// What the audit log says.
  static let program = "aptferry \(number)"
  /// What servers are told.
  static let userAgent = "aptferry/\(number)"
}
