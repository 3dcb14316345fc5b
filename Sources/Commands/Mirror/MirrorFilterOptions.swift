internal import ArgumentParser
internal import Depot
internal import Operations
internal import SafeIO

/// Options that say which packages of an upstream are taken.
struct MirrorFilterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Take only packages that the query asks for (repeatable); none for all packages.",
      valueName: "query"
    )
  )
  var filter: [String] = []

  @Flag(inversion: .prefixedNo, help: "Take what these packages need as well.")
  var filterWithDeps: Bool?

  /// What `--help` says of filters.
  static let text = Paragraph.wrapped(
    "With --filter only the packages that the query asks for are fetched; the vendor's lists are kept "
      + "whole, as proof. --filter-with-deps also takes what they need, out of all suites of the "
      + "mirror. A snapshot of such a mirror has lists of its own."
  )

  /// The word that takes a filter away.
  private static let nothing = "none"

  /// The filter of a new mirror; nil for all packages.
  func chosen() throws(Failure) -> MirrorFilter? {
    guard let query = try query() else {
      guard filterWithDeps == nil else {
        throw Failure(.usage, "arguments", "--filter-with-deps goes with --filter")
      }
      return nil
    }
    return MirrorFilter(query: query, withDependencies: filterWithDeps ?? false)
  }

  /// What is changed of a mirror's filter; nil for nothing.
  func edit() throws(Failure) -> MirrorFilterEdit? {
    guard !filter.isEmpty else {
      return filterWithDeps.map { .filter(nil, withDependencies: $0) }
    }
    guard let query = try query() else {
      guard filterWithDeps == nil else {
        throw Failure(.usage, "arguments", "--filter none has nothing that packages are needed for")
      }
      return .everything
    }
    return .filter(query, withDependencies: filterWithDeps)
  }

  /// The queries as one; nil for all packages.
  private func query() throws(Failure) -> String? {
    if filter == [MirrorFilterOptions.nothing] || filter.isEmpty { return nil }
    guard !filter.contains(MirrorFilterOptions.nothing) else {
      throw Failure(.usage, "arguments", "--filter none stands alone")
    }
    return filter.count == 1 ? filter[0] : filter.map { "(\($0))" }.joined(separator: " | ")
  }
}
