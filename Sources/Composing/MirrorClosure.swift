package import Choosing
package import DebianRepository
package import Depot
package import SafeIO
package import Solving

/// The packages of a mirror's suites that a query asks for, with all that they need, found in the suites'
/// indexes before any package is fetched.
///
/// All suites are one world: what a package of one needs may be in another.
package struct MirrorClosure {
  /// A suite, and where its indexes are.
  package struct Suite {
    let suite: SuiteRecord
    let indexes: FileList

    package init(_ suite: SuiteRecord, indexes: FileList) {
      (self.suite, self.indexes) = (suite, indexes)
    }
  }

  private let choice: ClosureChoice
  // The number of each index, by the path of the plain one.
  private let numbers: [String: Int]
  private let query: PackageQuery

  /// Finds them; `open` opens an index by its digest.
  package init(
    of query: PackageQuery,
    _ options: ClosureOptions,
    inMirror name: String,
    _ suites: [Suite],
    opening open: @escaping (SHA256Digest) throws(Failure) -> OpenFile
  ) throws(Failure) {
    let sources = SourceSnapshots(
      mirror: name,
      suites.map { ($0.suite, $0.indexes, []) },
      named: nil,
      opening: open
    )
    choice = try ClosureChoice(of: [query], options, in: sources, base: nil)
    var numbers: [String: Int] = [:]
    for (number, index) in sources.indexes.enumerated() {
      numbers[index.suite.directory + index.path.text] = number
    }
    (self.numbers, self.query) = (numbers, query)
  }

  /// What cannot be had, and why.
  package var problems: [DependencyProblem] { choice.problems }
  /// What was wanted as well and cannot be had.
  package var notes: [Note] { choice.notes }

  /// Whether a stanza of the plain index at this path is taken.
  package func takes(_ stanza: PackageStanza, of index: String) -> Bool {
    // What apt could not use was not among what the solver had; it is missed where it is asked for.
    guard stanza.unusable == nil, let number = numbers[index] else { return query.matches(stanza) }
    return choice.takes(stanza, of: number)
  }
}
