import BundleFormat
import SafeIO
import Testing

@testable import Depot
@testable import Transfer

/// What a bundle's snapshot lacks of the one that it takes the place of.
@Suite struct VanishedIndexesTests {
  private static let main = "dists/stable/main/binary-amd64/Packages"
  private static let all = [
    main: "1", "dists/stable/main/binary-arm64/Packages.xz": "2",
    "dists/stable/main/source/Sources.gz": "3", "dists/stable/contrib/binary-amd64/Packages": "4",
    "dists/stable/main/i18n/Translation-en": "5", "pool/main/p/pier.deb": "6",
  ]

  private func suite(
    _ name: String = "stable",
    by signers: [String] = [Exporter.first],
    date: UTCTime? = day(1)
  ) -> SuiteRecord {
    SuiteRecord(
      distribution: name,
      proof: signers.isEmpty ? .unsigned(vouchedBy: []) : .signed(by: signers),
      date: date
    )
  }

  private func claim(_ record: SuiteRecord) -> ClaimedSuite {
    ClaimedSuite(
      distribution: record.distribution,
      signedBy: record.signedBy,
      date: record.date
    )
  }

  /// Takes a snapshot in from a bundle.
  private func take(
    _ name: String,
    _ sequence: UInt64,
    _ files: [String: String],
    _ suites: [SuiteRecord],
    in depot: Depot
  ) throws {
    let record = try depot.freeze(name, files, suites: suites)
    try depot.accept(sequence, "\(sequence)", snapshots: [record])
  }

  /// A bundle with one snapshot, `new`.
  private func bundle(
    _ files: [String: String],
    _ suites: [SuiteRecord]
  ) throws -> (table: EntryTable, manifest: Manifest) {
    let list = try fileList(
      Dictionary(uniqueKeysWithValues: files.map { ("new/" + $0, $1) })
    )
    let snapshot = Manifest.Snapshot(
      name: "new",
      digest: try fileList(files).listDigest,
      files: UInt64(files.count),
      bytes: 1,
      isVerbatim: true,
      suites: suites.map(claim)
    )
    return (EntryTable(files: list, placements: []), manifest("mainland", 9, snapshots: [snapshot]))
  }

  private func check(
    _ bundle: (table: EntryTable, manifest: Manifest),
    in depot: Depot,
    allowsRemoval: Bool = false
  ) throws -> [Note] {
    var notes: [Note] = []
    for _ in 1...2 {
      // It runs twice, and says what it has to say once.
      try VanishedIndexes.check(
        bundle.table,
        of: bundle.manifest,
        depot: depot,
        allowsRemoval: allowsRemoval,
        suites: { $0.suites.map(VanishedIndexes.SignedSuite.init) },
        &notes
      )
    }
    return notes
  }

  @Test func `An architecture, the sources, a component or a suite that has gone is refused`()
    throws
  {
    try withDepot { depot in
      let suites = [suite(), suite("updates")]
      let before = VanishedIndexesTests.all.merging(
        ["dists/updates/main/binary-amd64/Packages": "7"],
        uniquingKeysWith: { $1 }
      )
      try take("old", 1, before, suites, in: depot)
      let bundle = try bundle([VanishedIndexesTests.main: "1"], [suite()])
      let refusal = failure { _ = try check(bundle, in: depot) }
      #expect(refusal?.code == "E-POLICY-VANISHED")
      #expect(
        refusal?.details == [
          "stable contrib binary-amd64", "stable main binary-arm64", "stable main source",
          "updates", "updates main binary-amd64",
        ]
      )
      let notes = try check(bundle, in: depot, allowsRemoval: true)
      #expect(notes.map(\.severity) == [.note])
    }
  }

  @Test func `Another form, new content, a Translation or a file of the pool is nothing gone`()
    throws
  {
    try withDepot { depot in
      try take("old", 1, VanishedIndexesTests.all, [suite()], in: depot)
      let after = [
        VanishedIndexesTests.main + ".gz": "a", "dists/stable/main/binary-arm64/Packages": "b",
        "dists/stable/main/source/Sources.xz": "c",
        "dists/stable/contrib/binary-amd64/Packages.bz2": "d",
        "dists/stable/contrib/source/Sources": "e",
      ]
      #expect(try check(bundle(after, [suite()]), in: depot).isEmpty)
    }
  }

  @Test func `Only the same suite of the same vendor, of the same stream, is compared`() throws {
    try withDepot { depot in
      let old = try depot.freeze("old", VanishedIndexesTests.all, suites: [suite()])
      let few = [VanishedIndexesTests.main: "1"]
      // Frozen here, and taken in by another stream.
      #expect(try check(bundle(few, [suite()]), in: depot).isEmpty)
      try depot.accept(1, "1", stream: "other", snapshots: [old])
      #expect(try check(bundle(few, [suite()]), in: depot).isEmpty)
      try depot.accept(1, "1", snapshots: [old])
      for other in [suite("testing"), suite(by: [Exporter.second]), suite(by: [])] {
        #expect(try check(bundle(few, [other]), in: depot).isEmpty)
      }
      let one = suite(by: [Exporter.second, Exporter.first])
      #expect(failure { _ = try check(bundle(few, [one]), in: depot) }?.kind == .policy)
      try depot.catalogue.removeSnapshot("old")
      #expect(try check(bundle(few, [suite()]), in: depot).isEmpty)
    }
  }

  @Test func `Of several snapshots the most alike counts, of these the newest`() throws {
    try withDepot { depot in
      let arm64 = ["dists/stable/main/binary-arm64/Packages": "1"]
      let amd64 = [VanishedIndexesTests.main: "1", "dists/stable/contrib/source/Sources": "2"]
      try take("arm-only", 1, arm64, [suite()], in: depot)
      try take("amd-only", 2, amd64, [suite()], in: depot)
      try take("amd-later", 3, [VanishedIndexesTests.main: "3"], [suite()], in: depot)
      #expect(try check(bundle([VanishedIndexesTests.main: "4"], [suite()]), in: depot).isEmpty)
      let arm = try bundle(arm64.mapValues { _ in "5" }, [suite()])
      #expect(try check(arm, in: depot).isEmpty)
      let sources = try bundle(["dists/stable/contrib/source/Sources": "6"], [suite()])
      #expect(
        failure { _ = try check(sources, in: depot) }?.details == ["stable main binary-amd64"]
      )
    }
  }

  @Test func `A state that says itself that it is older is refused before it is read`() throws {
    try withDepot { depot in
      let files = [VanishedIndexesTests.main: "1"]
      try take("old", 1, files, [suite(date: day(5))], in: depot)
      func claimed(_ suite: SuiteRecord) throws -> String? {
        let (table, manifest) = try bundle(files, [suite])
        return failure {
          try VanishedIndexes.checkClaimedDates(table, of: manifest, depot: depot)
        }?.code
      }
      #expect(try claimed(suite(date: day(4))) == "E-FRESHNESS-OLDER-SUITE")
      #expect(try claimed(suite(date: day(5))) == nil)
      #expect(try claimed(suite(date: day(6))) == nil)
      #expect(try claimed(suite(date: nil)) == nil)
      #expect(try claimed(suite(by: [Exporter.second], date: day(4))) == nil)
    }
  }
}
