import Depot
import Operations
import SafeIO
import Synchronization
import TestSupport
import Testing

/// Sessions in one process: nothing of one may be seen in another.
@Suite struct SessionTests {
  /// A depot that two sessions may use, with a tree to freeze.
  private struct Place {
    let scratch: ScratchDirectory
    let forge: RepositoryForge

    init(_ scratch: ScratchDirectory) throws {
      self.scratch = scratch
      forge = try RepositoryForge(at: scratch.path("vendor"))
      try forge.build(ForgedSuite("stable", ["main": [ForgedPackage("quay", version: "1.0-1")]]))
    }

    func session(
      _ depot: String,
      as program: String = "test 1",
      interruption: Interruption = Interruption(),
      tell: @escaping @Sendable (Note) -> Void = { _ in }
    ) -> Session {
      Session(
        at: scratch.path(depot),
        program: program,
        interruption: interruption,
        tell: tell
      )
    }

    func create(_ depot: String) throws {
      _ = try session(depot).createDepot(NewDepot(site: depot))
    }

    func freeze(_ name: String, in session: Session) throws(Failure) {
      _ = try session.createSnapshot(
        SnapshotOrder(
          name,
          from: .tree(
            scratch.path("vendor"),
            upstream: nil,
            allowUnsigned: false,
            isLinking: false
          ),
          suites: ["stable"]
        )
      )
    }

    func pinVendor(in depot: String) throws {
      var order = PinOrder(
        .upstream,
        name: "vendor",
        file: .content(Array(forge.key.armored.utf8), name: "vendor.asc")
      )
      order.takesAll = true
      _ = try session(depot).pinKeys(order) { _ in }
    }

    /// The programs and kinds of the records of a depot, in order.
    func records(_ depot: String) throws -> [String] {
      var records: [String] = []
      try session(depot).auditLog().forEachRecord(since: nil, until: nil) {
        (record) throws(Failure) in
        let program = record.content?.program ?? "?"
        records.append("\(program) \(record.chain?.kind.rawValue ?? "?")")
      }
      return records
    }
  }

  private static func with(_ body: (Place) throws -> Void) throws {
    try withScratchDirectory { try body(Place($0)) }
  }

  @Test func `Two sessions over two depots keep their records and interruptions apart`() throws {
    try SessionTests.with { place in
      for depot in ["one", "two"] {
        try place.create(depot)
        try place.pinVendor(in: depot)
      }
      let stopped = Interruption()
      stopped.request(.terminated)
      let refusal = Mutex<Failure?>(nil)
      let box = Holder(refusal)
      try Threads.forEach(count: 2, width: 2) { (job) throws(Failure) in
        if job == 0 { return try place.freeze("here", in: place.session("one", as: "first 1")) }
        do throws(Failure) {
          try place.freeze(
            "there",
            in: place.session("two", as: "second 1", interruption: stopped)
          )
        } catch {
          box.value.withLock { $0 = error }
        }
      }
      #expect(box.value.withLock { $0?.kind } == .terminated)
      #expect(try place.session("one").depot().catalogue.findSnapshot("here") != nil)
      #expect(try place.session("two").depot().catalogue.findSnapshot("there") == nil)
      #expect(try place.records("one").suffix(2) == ["first 1 begun", "first 1 done"])
      #expect(try place.records("two").suffix(2) == ["second 1 begun", "second 1 interrupted"])
      #expect(try place.session("one").auditLog().verify([]).isWhole)
      #expect(try place.session("two").auditLog().verify([]).isWhole)
    }
  }

  @Test func `Writers of one depot refuse or follow each other, and readers go on beside them`()
    throws
  {
    try SessionTests.with { place in
      try place.create("one")
      try place.pinVendor(in: "one")
      let (writers, rounds) = (3, 4)
      let outcomes = Holder(Mutex<[String]>([]))
      let isDone = Atomic<Bool>(false)
      let done = Flag(isDone)
      try Threads.beside { () throws(Failure) in
        defer { done.value.store(true, ordering: .sequentiallyConsistent) }
        try Threads.forEach(count: writers, width: writers) { (writer) throws(Failure) in
          for round in 0..<rounds {
            do throws(Failure) {
              try place.freeze(
                "s-\(writer)-\(round)",
                in: place.session("one", as: "writer \(writer)")
              )
              outcomes.value.withLock { $0.append("done") }
            } catch {
              // Another session has the depot: the only refusal there may be.
              outcomes.value.withLock { $0.append(error.code) }
            }
          }
        }
      } _: { () throws(Failure) in
        while !done.value.load(ordering: .sequentiallyConsistent) {
          let depot = try place.session("one").depot()
          for snapshot in try depot.catalogue.snapshots() {
            #expect(try depot.catalogue.fileList(of: snapshot).count > 0)
          }
        }
      }
      let all = outcomes.value.withLock { $0 }
      let made = all.filter { $0 == "done" }.count
      #expect(all.count == writers * rounds)
      #expect(made > 0 && all.allSatisfy { $0 == "done" || $0 == "E-BUSY-LOCKED" }, "\(all)")
      #expect(try place.session("one").depot().catalogue.snapshots().count == made)
      #expect(try place.session("one").checkDepot().isClean)
      let report = try place.session("one").auditLog().verify([])
      #expect(report.isWhole && report.interrupted == 0)
    }
  }

  @Test func `A failed job is recorded as refused, and what it was to do is not done`() throws {
    try SessionTests.with { place in
      try place.create("one")
      #expect(throws: Failure.self) { try place.freeze("x", in: place.session("one")) }
      #expect(try place.records("one").suffix(2) == ["test 1 begun", "test 1 refused"])
      #expect(try place.session("one").depot().catalogue.snapshots().isEmpty)
    }
  }

  @Test func `A result that is no success is told, and recorded as refused`() throws {
    try SessionTests.with { place in
      try place.create("one")
      try place.pinVendor(in: "one")
      try place.freeze("x", in: place.session("one"))
      let list = try place.session("one").depot().catalogue.snapshot("x").digest
      let path =
        place.scratch.path("one/objects/\(list.hex.prefix(2))/\(list.hex)")
      var bytes = try Disk.read(path)
      try run(["chmod", "u+w", path]).succeeded()
      bytes[0] ^= 1
      try Disk.write(bytes, to: path)
      let report = try place.session("one").checkDepot(
        repairingFrom: [place.scratch.path("vendor")]
      )
      #expect(!report.isClean)
      #expect(try place.records("one").last == "test 1 refused")
    }
  }

  private final class Holder<Value: Sendable>: Sendable {
    let value: Mutex<Value>
    init(_ value: consuming Mutex<Value>) { self.value = value }
  }

  private final class Flag: Sendable {
    let value: Atomic<Bool>
    init(_ value: consuming Atomic<Bool>) { self.value = value }
  }
}
