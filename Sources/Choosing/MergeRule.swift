/// Which packages of several sources stay, of those that have one name and architecture.
package enum MergeRule: String, Sendable, CaseIterable {
  /// All versions of the rightmost source that has the package; the others' go.
  case rightmost
  /// All versions of the leftmost source that has it.
  case leftmost
  /// The newest version, whoever has it.
  case latest
  /// Every version of every source.
  case all
}
