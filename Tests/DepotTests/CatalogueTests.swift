import DebianRepository
import Foundation
import SafeIO
import Testing

@testable import Depot

@Suite("The catalogue")
struct CatalogueTests {
  private let digest = SHA256Digest.of([1])
  private let other = SHA256Digest.of([2])
  private let time = UTCTime(seconds: 1_700_000_000)

  private func record(_ name: String, _ digest: SHA256Digest) -> SnapshotRecord {
    SnapshotRecord(
      name: name,
      digest: digest,
      suites: [
        SuiteRecord(
          distribution: "bookworm",
          proof: .signed(by: [String(repeating: "A", count: 40)]),
          date: time
        ), SuiteRecord(distribution: "./", proof: .unsigned(vouchedBy: []), date: nil),
      ],
      files: 3,
      bytes: 1 << 40,
      created: time,
      origin: "bundle debian-000001"
    )
  }

  @Test("gives back a snapshot as it was, and refuses another of its name")
  func snapshots() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    try depot.catalogue.insert(record("one", digest))
    try depot.catalogue.insert(record("one", digest))
    let again = try Depot.open(at: scratch.path + "/depot").catalogue
    #expect(try again.snapshots() == [record("one", digest)])
    #expect(
      failure { try again.insert(record("one", other)) }?.code == "E-STATE-SNAPSHOT-EXISTS"
    )
    for name in ["", "../x", "a/b", ".a", "a\u{202e}", "-a", String(repeating: "a", count: 101)] {
      #expect(failure { try again.insert(record(name, digest)) }?.kind == .usage)
    }
    try again.removeSnapshot("one")
    #expect(try again.snapshots().isEmpty)
    #expect(failure { try again.removeSnapshot("one") }?.code == "E-USAGE-NO-SNAPSHOT")
  }

  @Test("refuses numbers that SQLite cannot hold")
  func hostileNumbers() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let catalogue = try scratch.depot().catalogue
    let huge = SnapshotRecord(
      name: "huge",
      digest: digest,
      suites: [],
      files: .max,
      bytes: .max,
      created: time,
      origin: ""
    )
    #expect(failure { try catalogue.insert(huge) }?.kind == .unsafe)
    #expect(failure { try catalogue.recordArrivals([.max], of: digest) }?.kind == .unsafe)
    #expect(failure { try catalogue.recordArrivals([0], of: digest) }?.kind == .state)
  }

  @Test("refuses a row that is not what the schema says instead of trapping")
  func hostileRows() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.depot().catalogue.insert(record("one", digest))
    let url = URL(fileURLWithPath: scratch.path + "/depot/catalogue.sqlite")
    var bytes = try Data(contentsOf: url)
    let place = try #require(bytes.range(of: Data("bookworm signed".utf8)))
    bytes.replaceSubrange(place, with: Data("bookworm singed".utf8))
    try bytes.write(to: url)
    let catalogue = try Depot.open(at: scratch.path + "/depot").catalogue
    #expect(failure { _ = try catalogue.snapshots() }?.code == "E-STATE-CATALOGUE-DAMAGED")
  }

  @Test("takes a bundle in whole or not at all")
  func commitImport() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let catalogue = try scratch.depot().catalogue
    try catalogue.recordArrivals([1, 2, 2], of: digest)
    #expect(try catalogue.arrivals(of: digest) == [1, 2])
    func bundle(_ sequence: UInt64, _ manifest: SHA256Digest) -> AcceptedBundle {
      AcceptedBundle(
        exporter: "F",
        stream: "debian",
        sequence: sequence,
        manifest: manifest,
        created: time,
        accepted: time.adding(seconds: 60)
      )
    }
    try catalogue.commitImport(
      snapshots: [record("one", digest)],
      accepted: bundle(1, digest)
    )
    #expect(try catalogue.arrivals(of: digest).isEmpty)
    #expect(try catalogue.newestSignedTime() == time)
    #expect(try catalogue.accepted(exporter: "F", stream: "debian").last == bundle(1, digest))
    #expect(try catalogue.accepted(exporter: "G", stream: "debian").isEmpty)
    // The snapshot of the failing one must not stay.
    let twice = failure {
      try catalogue.commitImport(
        snapshots: [record("two", other)],
        accepted: bundle(1, other)
      )
    }
    #expect(twice?.code == "E-FRESHNESS-TWO-MANIFESTS")
    #expect(try catalogue.snapshots().map(\.name) == ["one"])
    try catalogue.commitImport(snapshots: [record("one", digest)], accepted: bundle(1, digest))
    try catalogue.raiseClockFloor(to: UTCTime(seconds: 5))
    #expect(try catalogue.newestSignedTime() == time)
  }

  @Test("gives a sequence away only for a completed bundle")
  func exports() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let catalogue = try scratch.depot().catalogue
    #expect(try catalogue.nextSequence(of: "debian") == 1)
    #expect(try catalogue.nextSequence(of: "debian") == 1)
    func export(_ sequence: UInt64, _ manifest: SHA256Digest) -> ExportRecord {
      ExportRecord(
        stream: "debian",
        sequence: sequence,
        manifest: manifest,
        created: time,
        snapshots: [SnapshotReference(name: "one", digest: digest)],
        bytes: 5
      )
    }
    try catalogue.record(export(1, digest))
    try catalogue.record(export(1, digest))
    #expect(try catalogue.exports() == [export(1, digest)])
    #expect(try catalogue.nextSequence(of: "debian") == 2)
    #expect(try catalogue.nextSequence(of: "other") == 1)
    #expect(
      failure { try catalogue.record(export(1, other)) }?.code == "E-STATE-SEQUENCE-USED"
    )
  }

  @Test("pins keys by role and name")
  func trust() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let catalogue = try scratch.depot().catalogue
    func key(_ letter: String, _ role: TrustRecord.Role, _ name: String) -> TrustRecord {
      TrustRecord(
        fingerprint: String(repeating: letter, count: 40),
        role: role,
        name: name,
        userIDs: "A <a@example.org>\nB",
        material: [0, 1, 255],
        added: time
      )
    }
    let keys = [key("A", .exporter, ""), key("A", .upstream, "debian"), key("B", .upstream, "x")]
    try catalogue.add(keys)
    try catalogue.add(keys[0])
    #expect(try catalogue.trust() == keys)
    #expect(try catalogue.trust(role: .upstream, name: "debian") == [keys[1]])
    #expect(try catalogue.trust(role: .exporter, name: "any") == [keys[0]])
    #expect(try catalogue.removeTrust(fingerprint: keys[0].fingerprint, role: .exporter) == 1)
    #expect(try catalogue.removeTrust(fingerprint: keys[0].fingerprint) == 1)
    #expect(try catalogue.trust() == [keys[2]])
  }

  @Test("hashes a listing again when it is read")
  func listing() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let record = try depot.freeze("one", ["a": "1", "b/c": "2"])
    #expect(try depot.catalogue.fileList(of: record).path(at: 1) == "b/c")
    let hex = record.digest.hex
    let path = scratch.path + "/depot/objects/\(hex.prefix(2))/\(hex)"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[0] ^= 1
    try FileManager.default.removeItem(atPath: path)
    try bytes.write(to: URL(fileURLWithPath: path))
    #expect(
      failure { _ = try depot.catalogue.fileList(of: record) }?.code
        == "E-INTEGRITY-DAMAGED-OBJECT"
    )
    try FileManager.default.removeItem(atPath: path)
    #expect(
      failure { _ = try depot.catalogue.fileList(of: record) }?.code == "E-STATE-MISSING-OBJECT"
    )
  }
}
