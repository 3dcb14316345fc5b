#if Network
/// What was done so that a target has a generation.
package struct TargetResult: Sendable {
  package let target: String
  package let prefix: String
  /// The generation in the depot.
  package let source: UInt64
  /// The number at the target.
  package internal(set) var number: UInt64 = 0
  /// Whether it was there already.
  package internal(set) var isUnchanged = false
  /// What was written.
  package internal(set) var files: UInt64 = 0
  package internal(set) var bytes: UInt64 = 0
  /// How many files of generations whose time was over went.
  package internal(set) var removed: UInt64 = 0
  /// How many requests it took.
  package internal(set) var requests = 0
}
#endif
