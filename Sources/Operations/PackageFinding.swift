package import Choosing
internal import Comparison
package import DebianRepository
internal import Depot
internal import Objects
package import SafeIO

/// A package that a depot has, and all that lists it.
package struct FoundPackage: Sendable {
  /// Something that lists a package, or that carries what does.
  package struct Place: Hashable, Sendable, Comparable {
    /// What kind of thing it is, in the order in which they are shown.
    package enum Kind: String, Sendable, CaseIterable {
      case mirror, snapshot, publication, bundle
    }

    package let kind: Kind
    package let name: String
    /// The suite; empty for a bundle or publication.
    package let suite: String

    package static func < (left: Place, right: Place) -> Bool {
      let kinds = Kind.allCases
      let (one, other) = (
        kinds.firstIndex(of: left.kind) ?? 0, kinds.firstIndex(of: right.kind) ?? 0
      )
      return (one, left.name, left.suite) < (other, right.name, right.suite)
    }
  }

  package let stanza: PackageStanza
  package internal(set) var places: [Place] = []
}

extension Session {
  /// The packages of this depot that a query asks for, by name, version and architecture, each with
  /// what has it: mirrors, snapshots, what is published now, and bundles that carry or carried it.
  ///
  /// Of two stanzas that say the same of a package in other words, such as for two suites, both are
  /// shown. One that `apt` cannot get is none.
  /// - Throws: `integrity` for an index that cannot be read.
  package func findPackages(_ query: PackageQuery) throws(Failure) -> [FoundPackage] {
    let depot = try depot()
    return try interruption.govern { () throws(Failure) in
      var finding = PackageFinding(query)
      let bearers = try PackageBearers(depot)
      for bearer in bearers.all {
        try finding.look(into: bearer, depot)
      }
      return finding.result
    }
  }
}

/// Lists of files in which packages can be, each with all that has it.
private struct PackageBearers {
  struct Bearer {
    let state: SnapshotComparison.State
    /// What has the list, with the suite left open.
    let places: [(FoundPackage.Place.Kind, String)]
    /// Whether the files of a package may be absent though an index lists it.
    var isFiltered = false
  }

  private(set) var all: [Bearer] = []

  init(_ depot: Depot) throws(Failure) {
    let exports = try depot.catalogue.exports()
    let generations = try depot.catalogue.generations().filter { $0.state == .current }
    for snapshot in try depot.catalogue.snapshots() {
      let reference = SnapshotReference(name: snapshot.name, digest: snapshot.digest)
      var places: [(FoundPackage.Place.Kind, String)] = [(.snapshot, snapshot.name)]
      places += generations.filter { $0.snapshots.contains(reference) }
        .map { (.publication, $0.prefix) }
      places += exports.filter { $0.snapshots.contains(reference) }.map { (.bundle, $0.name) }
      if snapshot.origin.hasPrefix("bundle ") {
        places.append((.bundle, String(snapshot.origin.dropFirst("bundle ".count))))
      }
      let state = SnapshotComparison.State(
        files: try depot.catalogue.fileList(of: snapshot),
        suites: snapshot.suites.map(\.distribution)
      )
      all.append(Bearer(state: state, places: places))
    }
    for mirror in try depot.catalogue.mirrors() {
      for state in try depot.catalogue.states(ofMirror: mirror.name) {
        let name = "the listing of mirror \(mirror.name), \(state.suite.distribution)"
        let files = try depot.catalogue.fileList(state.listing, name: name)
        all.append(
          Bearer(
            state: SnapshotComparison.State(files: files, suites: [state.suite.distribution]),
            places: [(.mirror, mirror.name)],
            isFiltered: state.filter != nil
          )
        )
      }
    }
  }
}

/// Looks through indexes, each once however many have it.
private struct PackageFinding {
  private let query: PackageQuery
  private var found: [SHA256Digest: FoundPackage] = [:]
  private var places: [SHA256Digest: Set<FoundPackage.Place>] = [:]
  // What was found in an index, by the index's digest.
  private var known: [SHA256Digest: [SHA256Digest]] = [:]

  init(_ query: PackageQuery) { self.query = query }

  mutating func look(
    into bearer: PackageBearers.Bearer,
    _ depot: Depot
  ) throws(Failure) {
    for index in bearer.state.indexes {
      if known[index.digest] == nil { known[index.digest] = try read(index, depot) }
      for identity in known[index.digest] ?? [] where has(identity, bearer) {
        for (kind, name) in bearer.places {
          let isList = kind == .snapshot || kind == .mirror
          let suite = isList ? index.suite : ""
          places[identity, default: []].insert(
            FoundPackage.Place(kind: kind, name: name, suite: suite)
          )
        }
      }
    }
  }

  /// Whether the files of a package are there: a mirror's filter may have passed it over.
  private func has(_ identity: SHA256Digest, _ bearer: PackageBearers.Bearer) -> Bool {
    guard bearer.isFiltered, let package = found[identity] else { return true }
    return package.stanza.files.allSatisfy { bearer.state.files.index(of: $0.path) != nil }
  }

  private mutating func read(
    _ index: ListedIndex,
    _ depot: Depot
  ) throws(Failure) -> [SHA256Digest] {
    var identities: [SHA256Digest] = []
    try index.forEachStanza { (digest) throws(Failure) in
      try depot.objects.open(digest)
    } _: { (stanza) throws(Failure) in
      guard stanza.unusable == nil, query.matches(stanza) else { return }
      let identity = SHA256Digest.of(Array(copying: stanza.bytes))
      identities.append(identity)
      if found[identity] == nil { found[identity] = FoundPackage(stanza: stanza) }
    }
    return identities
  }

  var result: [FoundPackage] {
    found.filter { places[$0.key] != nil }.map { identity, package in
      var package = package
      package.places = (places[identity] ?? []).sorted()
      return (identity, package)
    }.sorted { left, right in
      let (one, other) = (left.1.stanza, right.1.stanza)
      if one.package != other.package { return one.package < other.package }
      switch DebianVersion.orderOfAny(one.versionBytes, other.versionBytes) {
      case .earlier: return true
      case .later: return false
      case .same:
        if one.architecture != other.architecture { return one.architecture < other.architecture }
        return left.0 < right.0
      }
    }.map(\.1)
  }
}
