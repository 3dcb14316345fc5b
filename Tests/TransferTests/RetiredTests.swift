import BundleFormat
import SafeIO
import Testing

@testable import Depot
@testable import Transfer

/// Which of the snapshots that an exporter has removed are told to people here.
@Suite struct RetiredTests {
  private func retired(_ snapshots: [Receipt.Snapshot], in depot: Depot) throws -> [String] {
    var next = manifest("mainland", 2)
    next.retired = snapshots
    return try Admission(
      manifest: next,
      digest: digest("two"),
      signers: [],
      depot: depot,
      now: day(2)
    ).retired()
  }

  private func record(_ name: String, _ content: String) throws -> SnapshotRecord {
    SnapshotRecord(
      name: name,
      list: try fileList(["a": content]),
      suites: [],
      created: day(0),
      origin: "bundle"
    )
  }

  private func named(_ record: SnapshotRecord) -> Receipt.Snapshot {
    Receipt.Snapshot(name: record.name, digest: record.digest)
  }

  @Test func `Only what the stream brought, and what is still here, counts`() throws {
    try withDepot { depot in
      let (brought, gone) = (try record("brought", "b"), try record("gone", "g"))
      let foreign = try record("foreign", "f")
      try depot.accept(1, "one", snapshots: [brought, gone])
      try depot.accept(1, "other", stream: "other", snapshots: [foreign])
      try depot.catalogue.insert(try record("own", "o"))
      try depot.catalogue.removeSnapshot("gone")
      let all = [brought, gone, foreign, try record("own", "o")].map(named)
      #expect(try retired(all, in: depot) == ["brought"])
      #expect(try retired([], in: depot).isEmpty)
    }
  }

  @Test func `A snapshot of the same name and other content is not meant`() throws {
    try withDepot { depot in
      let brought = try record("s", "one")
      try depot.accept(1, "one", snapshots: [brought])
      #expect(try retired([named(try record("s", "two"))], in: depot).isEmpty)
      try depot.catalogue.removeSnapshot("s")
      try depot.catalogue.insert(try record("s", "two"))
      #expect(try retired([named(brought)], in: depot).isEmpty)
      #expect(try retired([named(try record("s", "two"))], in: depot).isEmpty)
    }
  }
}
