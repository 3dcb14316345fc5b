import Depot
import Operations
import SafeIO
import Synchronization
import TestSupport
import Testing
import Transfer

/// What may be done at a depot while media are read: an import has hours of work, an emergency none.
@Suite struct ImportBesideTests {
  /// Two depots and a medium with a bundle of several chunks.
  private struct Place {
    let scratch: ScratchDirectory
    let forge: RepositoryForge
    var medium: String { scratch.path("medium") }

    init(_ scratch: ScratchDirectory) throws {
      self.scratch = scratch
      forge = try RepositoryForge(at: scratch.path("vendor"))
      _ = try session("out").createDepot(NewDepot(site: "out"))
      _ = try session("in").createDepot(NewDepot(site: "in"))
      for depot in ["out", "in"] { try pin(.upstream, "vendor", forge.key.armored, in: depot) }
      let key = try run([
        "gpg", "--homedir", session("out").depot().gnupgPath, "--batch", "--armor", "--export",
      ]).succeeded()
      try pin(.exporter, "out", key, in: "in")
      try freeze("first", "1.0-1", in: "out")
      try freeze("base", "0.9-1", in: "in")
      try Disk.makeDirectory(medium)
      var order = ExportOrder(["first"], to: medium)
      order.chunkSize = 64 << 10
      _ = try session("out").exportBundle(order)
    }

    func session(
      _ depot: String,
      patience: Double = 0,
      progress: ProgressSink? = nil
    ) -> Session {
      Session(
        at: scratch.path(depot),
        program: "test 1",
        interruption: Interruption(),
        patience: patience,
        progress: progress
      )
    }

    func pin(_ role: TrustRecord.Role, _ name: String, _ key: String, in depot: String) throws {
      var order = PinOrder(role, name: name, file: .content(Array(key.utf8), name: name))
      order.takesAll = true
      _ = try session(depot).pinKeys(order) { _ in }
    }

    private func freeze(_ name: String, _ version: String, in depot: String) throws {
      try forge.build(
        ForgedSuite("stable", ["main": [ForgedPackage("quay", version: version, payload: 200_000)]])
      )
      _ = try session(depot).createSnapshot(
        SnapshotOrder(
          name,
          from: .tree(forge.root, upstream: nil, allowUnsigned: false, isLinking: false),
          suites: ["stable"]
        )
      )
    }

    /// Takes the medium in, and does something once in the middle of it.
    func takeIn(_ meanwhile: @escaping @Sendable () -> Void) throws -> ImportOutcome {
      let isDone = Once()
      return try session(
        "in",
        progress: { report in
          if report.phase == "importing chunks", isDone.first() { meanwhile() }
        }
      ).importBundles(ImportOrder([medium]))
    }
  }

  private final class Once: Sendable {
    private let isDone = Atomic(false)
    func first() -> Bool { !isDone.exchange(true, ordering: .relaxed) }
  }

  private final class Codes: Sendable {
    private let codes = Mutex<[String]>([])
    func add(_ body: () throws(Failure) -> Void) {
      do throws(Failure) {
        try body()
        codes.withLock { $0.append("done") }
      } catch {
        codes.withLock { $0.append(error.code) }
      }
    }
    var all: [String] { codes.withLock { $0 } }
  }

  @Test func `Publish, roll back and freeze go on while media are read; gc and imports wait`()
    throws
  {
    try withScratchDirectory { scratch in
      let place = try Place(scratch)
      let codes = Codes()
      let outcome = try place.takeIn {
        codes.add { () throws(Failure) in
          _ = try place.session("in").publish(PublishOrder(["base"], at: "now"))
        }
        codes.add { () throws(Failure) in
          _ = try place.session("in").collectGarbage()
        }
        codes.add { () throws(Failure) in
          _ = try place.session("in", patience: 0.3).collectGarbage()
        }
        codes.add { () throws(Failure) in
          _ = try place.session("in").importBundles(ImportOrder([place.medium]))
        }
        codes.add { () throws(Failure) in
          var order = ImportOrder([place.medium])
          order.isDryRun = true
          _ = try place.session("in").importBundles(order)
        }
      }
      let busy = "E-BUSY-LOCKED"
      #expect(codes.all == ["done", busy, busy, busy, "done"])
      #expect(outcome.bundles.map(\.outcome) == [.imported])
      #expect(try place.session("in").checkDepot().isClean)
      #expect(try place.session("in").auditLog().verify([]).isWhole)
      _ = try place.session("in").collectGarbage()
      #expect(try place.session("in").checkDepot().isClean)
    }
  }

  @Test func `Trust that is changed meanwhile is not passed over`() throws {
    try withScratchDirectory { scratch in
      let place = try Place(scratch)
      let exporter = try #require(
        try place.session("in").depot().catalogue.trust(role: .exporter).first
      )
      let codes = Codes()
      #expect(throws: Failure(.state, "trust-changed", "")) {
        try place.takeIn {
          codes.add { () throws(Failure) in
            _ = try place.session("in").depot().catalogue.removeTrust(
              fingerprint: exporter.fingerprint
            )
          }
        }
      }
      #expect(codes.all == ["done"])
      #expect(try place.session("in").depot().catalogue.findSnapshot("first") == nil)
      // What arrived is kept, and counts when the key is pinned again.
      try place.session("in").depot().catalogue.add(exporter)
      let again = try place.session("in").importBundles(ImportOrder([place.medium]))
      #expect(again.bundles.map(\.outcome) == [.imported])
    }
  }

  @Test func `A short lock is waited for, and a long one as long as was asked`() throws {
    try withScratchDirectory { scratch in
      let place = try Place(scratch)
      let depot = try place.session("in").depot()
      let codes = Codes()
      try Threads.beside { () throws(Failure) in
        try depot.locked(for: "publish") { () throws(Failure) in
          codes.add { () throws(Failure) in
            _ = try place.session("in", patience: 0.2).publish(PublishOrder(["base"], at: "now"))
          }
          // The import waits for its moment, whatever its patience.
          while try depot.catalogue.arrivals(of: manifest(place)).isEmpty {
            try Interruption.check()
          }
        }
      } _: { () throws(Failure) in
        codes.add { () throws(Failure) in
          _ = try place.session("in").importBundles(ImportOrder([place.medium]))
        }
      }
      #expect(codes.all.sorted() == ["E-BUSY-LOCKED", "done"])
    }
  }

  private func manifest(_ place: Place) throws(Failure) -> SHA256Digest {
    try ours { SHA256Digest.of(try Disk.read(place.medium + "/out-000001/MANIFEST")) }
  }
}
