/// Which packages of its upstream a mirror takes.
package struct MirrorFilter: Hashable, Sendable {
  /// What is asked for, in the syntax of package queries, as it was written.
  package let query: String
  /// Whether what these packages need comes along.
  package let withDependencies: Bool

  package init(query: String, withDependencies: Bool) {
    self.query = query
    self.withDependencies = withDependencies
  }
}
