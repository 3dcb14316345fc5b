package import DebianRepository
package import SafeIO

/// Takes packages in, of any number of indexes, for questions about what they need.
///
/// It keeps numbers, not text: some 400 bytes for each package. The order of the stanzas does not
/// matter.
package struct UniverseBuilder: ~Copyable {
  /// What an index is for whoever asks.
  package enum Role: Sendable {
    /// What is chosen from.
    case offered
    /// What can be had besides: it satisfies dependencies, and is not chosen.
    case available
    /// What a machine has: dpkg's status. Only packages that are installed count.
    case installed
  }

  let pool: SolverPool
  var table: UniverseTable
  private var reader: StanzaTaking

  /// A builder for machines of these architectures, the native one first.
  package init(architectures: [String]) throws(Failure) {
    guard !architectures.isEmpty, Set(architectures).count == architectures.count else {
      throw Failure(.internal, "solver", "the architectures of a universe are named once each")
    }
    pool = try SolverPool()
    table = UniverseTable(architectures: architectures, pool)
    reader = StanzaTaking()
  }

  /// Takes a package in; one for an architecture that is not asked for is passed over, and so is one
  /// that `apt` cannot get.
  ///
  /// The number of the index is the caller's, and comes back in the result. A root is a package that
  /// is itself wanted: of several versions the newest that is wanted is the one that can be chosen.
  /// - Parameters:
  ///   - stanza: the package.
  ///   - index: the caller's number.
  ///   - role: what the index is for.
  ///   - isRoot: whether the package itself is wanted.
  ///   - name: what the index is called in messages.
  /// - Throws: `resource` for more than can be numbered.
  package mutating func add(
    _ stanza: PackageStanza,
    index: Int,
    _ role: Role = .offered,
    isRoot: Bool = false,
    name: String? = nil
  ) throws(Failure) {
    do throws(Failure) {
      try reader.take(stanza, index: index, role, isRoot: isRoot, into: &table, pool)
    } catch {
      guard error.subject == nil, let name else { throw error }
      throw Failure(error.kind, error.name, error.reason, subject: name, hint: error.hint)
    }
  }

  /// Ends the taking in: which version of each package can be chosen is decided now.
  package consuming func finish() throws(Failure) -> PackageUniverse {
    try PackageUniverse(pool, table)
  }
}
