/// What a pull takes, and what it takes away.
package struct PullRule: Sendable {
  /// Whether every version that is asked for comes, and not the newest alone.
  package var takesAll = false
  /// Whether what was there stays beside it.
  package var keepsOld = false

  package init() {}
}
