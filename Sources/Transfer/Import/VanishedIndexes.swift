internal import BundleFormat
internal import DebianRepository
internal import Depot
internal import SafeIO

/// Suites, components and architectures that the snapshot before had and the new one has not:
/// clients would lose them.
enum VanishedIndexes {
  /// One directory of indexes: `bookworm main binary-amd64`.
  private struct Place: Hashable, Comparable {
    let suite: String
    let component: String
    let kind: String

    var text: String { kind.isEmpty ? suite : "\(suite) \(component) \(kind)" }

    static func < (left: Place, right: Place) -> Bool {
      (left.suite, left.component, left.kind) < (right.suite, right.component, right.kind)
    }
  }

  /// Compares each new snapshot with the newest one of the stream that shares a suite with it.
  ///
  /// - Throws: `policy` when something has gone and that was not allowed.
  static func check(
    _ table: EntryTable,
    of manifest: Manifest,
    depot: Depot,
    allowsRemoval: Bool,
    _ notes: inout [String]
  ) throws(Failure) {
    let before = try depot.catalogue.acceptedSnapshots(of: manifest.stream).flatMap { $0 }
    for snapshot in manifest.snapshots {
      let suites = Set(snapshot.suites.map(\.distribution))
      guard let (known, record) = try predecessor(of: suites, among: before, depot) else {
        continue
      }
      var places = Set<Place>()
      for index in table.range(ofSnapshot: snapshot.name) {
        let path = table.files.pathBytes(at: index).dropFirst(snapshot.name.utf8.count + 1)
        if let place = place(of: path, suites) { places.insert(place) }
      }
      places.formUnion(suites.map { Place(suite: $0, component: "", kind: "") })
      let gone = try VanishedIndexes.places(of: record, depot).subtracting(places).sorted()
      guard !gone.isEmpty else { continue }
      let list = gone.map(\.text)
      guard allowsRemoval else {
        throw Failure(
          .policy,
          "vanished",
          "the snapshot \(snapshot.name) lacks what \(known) had: "
            + list.prefix(5).joined(separator: ", ") + (list.count > 5 ? ", …" : ""),
          subject: manifest.directory,
          hint: "ask the exporter whether that is meant; if it is: --allow-removal",
          details: list
        )
      }
      notes.append("gone, as allowed: \(list.joined(separator: ", "))")
    }
  }

  private static func predecessor(
    of suites: Set<String>,
    among before: [SnapshotReference],
    _ depot: Depot
  ) throws(Failure) -> (String, SnapshotRecord)? {
    for reference in before {
      guard let record = try depot.catalogue.findSnapshot(reference.name),
        record.digest == reference.digest,
        record.suites.contains(where: { suites.contains($0.distribution) })
      else { continue }
      return (record.name, record)
    }
    return nil
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

  /// The place that an index file belongs to: `dists/<suite>/<component>/<binary-… or source>/…`.
  private static func place(of path: ArraySlice<UInt8>, _ suites: Set<String>) -> Place? {
    guard path.starts(with: "dists/".utf8) else { return nil }
    let text = String(decoding: path.dropFirst(6), as: UTF8.self)
    let words = text.split(separator: "/")
    guard
      let kind = words.dropFirst(2).firstIndex(where: { $0.hasPrefix("binary-") || $0 == "source" }
      ),
      kind < words.count - 1
    else { return nil }
    // A suite may have slashes, and so may a component.
    for end in stride(from: kind - 1, through: 1, by: -1) {
      let suite = words[..<end].joined(separator: "/")
      if suites.contains(suite) {
        return Place(
          suite: suite,
          component: words[end..<kind].joined(separator: "/"),
          kind: String(words[kind])
        )
      }
    }
    return nil
  }
}
