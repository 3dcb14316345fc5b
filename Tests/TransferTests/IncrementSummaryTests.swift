import BundleFormat
import Depot
import SafeIO
import Testing

@testable import Transfer

/// What an increment leaves out, and for whom.
@Suite struct IncrementSummaryTests {
  /// The summary of an export of these snapshots, all read from the ledger.
  private func summary(
    _ snapshots: [String: [String: String]],
    to sites: [String],
    base: ExportBase = .acknowledged,
    in depot: Depot
  ) throws -> IncrementSummary {
    var files: [String: String] = [:]
    for (name, list) in snapshots {
      for (path, text) in list { files["\(name)/\(path)"] = text }
    }
    let list = try fileList(files)
    let (held, knowledge) = try base.held(list, by: sites, stream: "mainland", in: depot)
    return try IncrementSummary(
      plan: BundlePlan(
        entries: list,
        chunkSize: BundleLimits.smallestChunkSize,
        held: held.contains
      ),
      held: held,
      knowledge: knowledge,
      base: base,
      snapshots: snapshots.map {
        SnapshotReference(name: $0, digest: try fileList($1).listDigest)
      },
      objects: depot.objects
    )
  }

  /// `peak 2 5 1`: the site, the contents that it lacks, their bytes, the snapshots it holds.
  private func sites(_ summary: IncrementSummary) -> [String] {
    summary.sites.map { "\($0.site) \($0.files) \($0.bytes) \($0.snapshots)" }
  }

  /// `mainland-000001 peak 5`.
  private func repeated(_ summary: IncrementSummary) -> [String] {
    summary.repeated.map { "\($0.bundle) \($0.site) \($0.bytes)" }
  }

  @Test func `A complete bundle for nobody relies on nothing`() throws {
    try withDepot { depot in
      let found = try summary(["new": ["x": "aa"]], to: [], in: depot)
      #expect(found.relied == 0 && found.bases.isEmpty && found.sites.isEmpty)
      #expect(found.repeated.isEmpty && found.notes.isEmpty)
    }
  }

  @Test func `Files that every site holds are relied on, contents are counted once`() throws {
    try withDepot { depot in
      let old = try depot.freeze("old", ["x": "aa"])
      try depot.export(1, old)
      try depot.vouch(for: 1)
      let new = ["x": "aa", "also": "aa", "y": "bbb", "too": "bbb", "z": "c"]
      let found = try summary(["new": new], to: ["peak"], in: depot)
      #expect(found.relied == 2)
      #expect(found.bases == [old.digest])
      #expect(sites(found) == ["peak 2 4 1"])
      #expect(found.repeated.isEmpty && found.notes.isEmpty)
    }
  }

  @Test func `For two sites the bundle has what either lacks, and each is told its own part`()
    throws
  {
    try withDepot { depot in
      let old = try depot.freeze("old", ["x": "aa", "y": "bbb"])
      let part = try depot.freeze("part", ["x": "aa"])
      try depot.export(1, old, to: ["peak", "shore"])
      try depot.export(2, part, to: ["peak", "shore"])
      try depot.vouch(for: 1, site: "peak")
      try depot.vouch(for: 2, site: "shore")
      let new = ["new": ["x": "aa", "y": "bbb", "z": "cccc"]]
      let found = try summary(new, to: ["peak", "shore"], in: depot)
      #expect(found.relied == 1)
      #expect(found.bases == [old.digest, part.digest].sorted())
      #expect(sites(found) == ["peak 1 4 1", "shore 2 7 1"])
      // What shore lacks was carried to it with the first bundle.
      #expect(repeated(found) == ["mainland-000001 shore 3"])
    }
  }

  @Test func `What is carried again counts for the first bundle that had it`() throws {
    try withDepot { depot in
      try depot.export(1, depot.freeze("one", ["x": "aa"]))
      try depot.export(2, depot.freeze("two", ["x": "aa", "y": "bbb"]))
      try depot.export(3, depot.freeze("three", ["x": "aa"]))
      let new = ["new": ["x": "aa", "y": "bbb", "z": "cccc"]]
      let found = try summary(new, to: ["peak"], in: depot)
      #expect(repeated(found) == ["mainland-000001 peak 2", "mainland-000002 peak 3"])
      #expect(sites(found) == ["peak 3 9 0"])
      // A complete bundle carries everything again anyway.
      #expect(try summary(new, to: ["peak"], base: .full, in: depot).repeated.isEmpty)
      // Now all of it counts as delivered.
      let delivered = try summary(new, to: ["peak"], base: .delivered, in: depot)
      #expect(delivered.repeated.isEmpty && delivered.relied == 2)
    }
  }

  @Test func `A site that has another snapshot of the name will refuse, and that is noted`() throws
  {
    try withDepot { depot in
      let same = try depot.freeze("same", ["x": "aa"])
      let other = SnapshotReference(name: "new", digest: digest("other"))
      try depot.addReceipt([same.reference, other], holding: ["aa"])
      let export = ["new": ["y": "b"], "same": ["x": "aa"]]
      #expect(try summary(export, to: ["peak"], in: depot).notes.map(\.severity) == [.note])
      #expect(try summary(["same": ["x": "aa"]], to: ["peak"], in: depot).notes.isEmpty)
    }
  }

  @Test func `To assume delivery without a site is noted when nothing was left out`() throws {
    try withDepot { depot in
      let new = ["new": ["x": "aa"]]
      #expect(try summary(new, to: [], base: .delivered, in: depot).notes.count == 1)
      try depot.export(1, depot.freeze("old", ["x": "aa"]), to: [])
      let found = try summary(new, to: [], base: .delivered, in: depot)
      #expect(found.notes.isEmpty && found.relied == 1)
    }
  }
}
