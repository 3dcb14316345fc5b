internal import BundleFormat
internal import DebianRepository
internal import Depot
internal import Objects
internal import SafeIO

/// Suites, components and architectures that the snapshot before had and the new one has not:
/// clients would lose them.
enum VanishedIndexes {
  /// One directory of indexes: `bookworm main binary-amd64`.
  struct Place: Hashable, Comparable {
    let suite: String
    let component: String
    let kind: String

    var text: String { kind.isEmpty ? suite : "\(suite) \(component) \(kind)" }

    static func < (left: Place, right: Place) -> Bool {
      (left.suite, left.component, left.kind) < (right.suite, right.component, right.kind)
    }
  }

  /// A suite with who signed it, as it is claimed or as it was verified.
  struct SignedSuite: Hashable {
    let distribution: String
    let signers: [String]

    init(_ suite: ClaimedSuite) { (distribution, signers) = (suite.distribution, suite.signedBy) }

    init(_ suite: SuiteRecord) {
      (distribution, signers) = (suite.distribution, suite.namedSigners)
    }

    /// The same suite of the same vendor: the same name, signed by one key at least of the other's.
    func isSame(as other: SignedSuite) -> Bool {
      distribution == other.distribution
        && (signers.isEmpty && other.signers.isEmpty
          || signers.contains(where: other.signers.contains))
    }
  }

  /// Refuses, as a courtesy, a bundle that says itself that it has an older state of a suite than the
  /// snapshot of the stream that it takes the place of: nothing of it has to be read for that.
  ///
  /// A claim that is not true gets no further by it: `SuiteFreshness` looks at what was verified.
  static func checkClaimedDates(
    _ table: EntryTable,
    of manifest: Manifest,
    depot: Depot
  ) throws(Failure) {
    for snapshot in manifest.snapshots {
      let suites = snapshot.suites.map { ($0, SignedSuite($0)) }
      guard
        let known = try predecessor(
          of: snapshot,
          suites.map(\.1),
          in: table,
          stream: manifest.stream,
          depot
        )
      else { continue }
      // Flat repositories of a vendor are told apart by what their Release files say, not by `./`.
      for (suite, signed) in suites where !suite.isFlat {
        let before = known.record.suites.filter { SignedSuite($0).isSame(as: signed) }
          .compactMap(\.date).max()
        let now = manifest.snapshots.flatMap(\.suites)
          .filter { SignedSuite($0).isSame(as: signed) }.compactMap(\.date).max()
        guard let before, let now, now < before else { continue }
        throw SuiteFreshness.refusal(
          suite.distribution,
          of: now,
          SuiteFreshness.Newer(date: before, snapshot: known.record.name),
          "\(manifest.directory), \(snapshot.name)"
        )
      }
    }
  }

  /// Compares each new snapshot with the one of the stream that it takes the place of.
  ///
  /// It runs before anything is read, with the signers that MANIFEST claims, and again behind the
  /// vendor's chain with those that were verified.
  ///
  /// - Parameters:
  ///   - table: the entries of the bundle.
  ///   - manifest: its manifest.
  ///   - depot: the depot.
  ///   - allowsRemoval: whether something may have gone.
  ///   - suites: the suites of a snapshot with their signers.
  ///   - notes: takes what has gone as allowed.
  /// - Throws: `policy` when something has gone and that was not allowed.
  static func check(
    _ table: EntryTable,
    of manifest: Manifest,
    depot: Depot,
    allowsRemoval: Bool,
    suites: (Manifest.Snapshot) -> [SignedSuite],
    _ notes: inout [Note]
  ) throws(Failure) {
    for snapshot in manifest.snapshots {
      guard
        let known = try predecessor(
          of: snapshot,
          suites(snapshot),
          in: table,
          stream: manifest.stream,
          depot
        )
      else { continue }
      let list = vanished(from: known.places, in: snapshot, table)
      guard !list.isEmpty else { continue }
      guard allowsRemoval else {
        throw Failure(
          .policy,
          "vanished",
          "the snapshot \(snapshot.name) lacks what \(known.record.name) had: "
            + list.prefix(5).joined(separator: ", ") + (list.count > 5 ? ", …" : ""),
          subject: manifest.directory,
          hint: "ask the exporter whether that is meant; if it is: --allow-removal",
          details: list
        )
      }
      let note: Note = "gone, as allowed: \(list.joined(separator: ", "))"
      if !notes.contains(note) { notes.append(note) }
    }
  }

  /// What a snapshot lacks of what the one before it had, sorted.
  static func vanished(
    from places: Set<Place>,
    in snapshot: Manifest.Snapshot,
    _ table: EntryTable
  ) -> [String] {
    places.subtracting(self.places(of: snapshot, in: table)).sorted().map(\.text)
  }

  /// How many snapshots are looked at for the one that a new one takes the place of.
  private static let mostCandidates = 20

  /// The snapshot of the stream here that a new one takes the place of: of those that share a
  /// suite the one with the most indexes in common, of these the newest.
  static func predecessor(
    of snapshot: Manifest.Snapshot,
    _ suites: [SignedSuite],
    in table: EntryTable,
    stream: String,
    _ depot: Depot
  ) throws(Failure) -> (record: SnapshotRecord, places: Set<Place>)? {
    let wanted = places(of: snapshot, in: table)
    var best: (record: SnapshotRecord, places: Set<Place>, common: Int)?
    var seen: Set<SHA256Digest> = []
    for reference in try depot.catalogue.acceptedSnapshots(of: stream).joined() {
      guard seen.count < mostCandidates,
        let record = try depot.catalogue.findSnapshot(reference.name),
        record.digest == reference.digest, !seen.contains(record.digest),
        record.suites.map(SignedSuite.init).contains(where: { old in
          suites.contains { $0.isSame(as: old) }
        })
      else { continue }
      seen.insert(record.digest)
      let known = try places(of: record, depot)
      let common = known.intersection(wanted).count
      if common > best?.common ?? -1 { best = (record, known, common) }
    }
    return best.map { ($0.record, $0.places) }
  }

  private static func places(of snapshot: Manifest.Snapshot, in table: EntryTable) -> Set<Place> {
    let suites = Set(snapshot.suites.map(\.distribution))
    var places = Set(suites.map { Place(suite: $0, component: "", kind: "") })
    for index in table.range(ofSnapshot: snapshot.name) {
      let path = table.files.pathBytes(at: index).dropFirst(snapshot.name.utf8.count + 1)
      if let place = place(of: path, suites) { places.insert(place) }
    }
    return places
  }

  private static func places(
    of record: SnapshotRecord,
    _ depot: Depot
  ) throws(Failure) -> Set<Place> {
    let suites = Set(record.suites.map(\.distribution))
    var places = Set(suites.map { Place(suite: $0, component: "", kind: "") })
    try depot.objects.forEachFile(ofListing: record.digest, snapshot: record.name) {
      (path, _, _) throws(Failure) in
      guard path.count > 6, path[0] == 0x64 else { return }
      if let place = place(of: Array(copying: path)[...], suites) { places.insert(place) }
    }
    return places
  }

  /// The place that an index file belongs to; nil for any other file.
  private static func place(of path: ArraySlice<UInt8>, _ suites: Set<String>) -> Place? {
    guard path.starts(with: "dists/".utf8) else { return nil }
    let text = String(decoding: path.dropFirst(6), as: UTF8.self)
    let words = text.split(separator: "/")
    // A suite may have slashes, and so may a component.
    for end in stride(from: words.count - 1, through: 1, by: -1) {
      let suite = words[..<end].joined(separator: "/")
      guard suites.contains(suite) else { continue }
      guard let index = IndexPath(words[end...].joined(separator: "/")),
        let component = index.component
      else { return nil }
      switch index.kind {
      case .packages, .udebs:
        let kind = "binary-" + (index.architecture ?? "")
        return Place(suite: suite, component: component, kind: kind)
      case .sources: return Place(suite: suite, component: component, kind: "source")
      default: return nil
      }
    }
    return nil
  }
}
