package import Depot
package import SafeIO

/// What `publication sign` did, or would do.
package struct SigningResult: Sendable {
  /// Where.
  package let prefix: String
  /// The fingerprints of the keys that sign now.
  package let keys: [String]
  /// The generations that were looked at, oldest first.
  package internal(set) var generations: [Generation] = []
  /// What the operator should know.
  package internal(set) var notes: [Note] = []
  /// Whether nothing was done, because only the plan was asked for.
  package let isDryRun: Bool

  /// One generation.
  package struct Generation: Sendable {
    /// Its number.
    package let number: UInt64
    /// Whether clients see it at the prefix, or it is kept.
    package let state: GenerationRecord.State
    /// The distributions that this site signs in it.
    package let distributions: [String]
    /// The keys that had signed it, as its signatures name them.
    package let before: [String]
    /// Whether it gets other signatures.
    package let isSignedAnew: Bool
  }

  /// How many generations get other signatures.
  package var count: Int { generations.count { $0.isSignedAnew } }
}
