import Objects
import SafeIO
import TestSupport
import Testing

@testable import Depot
@testable import Publishing

@Suite("A depot whose objects are no files of this machine")
struct StoreWithoutFilesTests {
  @Test("is published by copies, checked, and loses what nothing needs")
  func copies() throws {
    let scratch = try Scratch(over: MemoryObjects())
    defer { scratch.remove() }
    try scratch.freeze("one", ["pool/a.deb": "package", "dists/stable/main/x": "index"])
    try scratch.freeze("two", ["pool/b.deb": "other"], suite: "testing")
    _ = try scratch.publish("one", at: "debian") { $0.change.form = .copies }
    let tree = scratch.path + "/depot/public/debian"
    #expect(try Disk.text(tree + "/pool/a.deb") == "package")
    #expect(try Disk.names(in: scratch.path + "/depot/objects").isEmpty)
    #expect(try Disk.names(in: scratch.path + "/depot/incoming").isEmpty)

    var report = try DepotCheck(scratch.depot).run()
    try PublicationCheck(scratch.depot).run(into: &report)
    #expect(report.isClean)
    try scratch.depot.catalogue.removeSnapshot("two")
    let collection = try GarbageCollection(of: scratch.depot)
    #expect(collection.garbage.objects == 3)
    #expect(collection.garbage.shared == 0)
    try collection.remove()
    #expect(try scratch.depot.objects.size(of: SHA256Digest.of(Array("other".utf8))) == nil)
    #expect(try DepotCheck(scratch.depot).run().isClean)
    #expect(
      try DepotStatus(of: scratch.depot).objects
        == UInt64(ObjectCensus(scratch.depot.objects).count)
    )
  }

  @Test("is not published by links, and nothing is written")
  func links() throws {
    let scratch = try Scratch(over: MemoryObjects())
    defer { scratch.remove() }
    try scratch.freeze("one", ["pool/a.deb": "package"])
    let before = try ObjectCensus(scratch.depot.objects).count
    let refused = failure { _ = try scratch.publish("one", at: "debian") }
    #expect(refused?.code == "E-STATE-NO-LINKS")
    #expect(refused?.hint == "publish with --files copies")
    #expect(try Disk.names(in: scratch.path + "/depot/public").isEmpty)
    #expect(try ObjectCensus(scratch.depot.objects).count == before)
    #expect(try scratch.depot.catalogue.generations().isEmpty)
  }

  @Test("has a damaged object found, and put right from elsewhere")
  func repair() throws {
    let store = MemoryObjects()
    let scratch = try Scratch(over: store)
    defer { scratch.remove() }
    try scratch.freeze("one", ["pool/a.deb": "package"])
    let digest = SHA256Digest.of(Array("package".utf8))
    store.damage(digest, with: Array("pockage".utf8))
    #expect(try DepotCheck(scratch.depot).run().findings == [.corruptObject(digest)])
    try Disk.write("package", to: scratch.path + "/good/a.deb")
    let source = try RepairSource(try Directory(opening: scratch.path + "/good"))
    let report = try DepotCheck(scratch.depot).run(repairingFrom: source)
    #expect(report.repaired == [digest])
    #expect(try DepotCheck(scratch.depot).run().isClean)
  }

  @Test("keeps what is staged until the store has it, whichever call fails")
  func failingStore() throws {
    var call = 0
    while true {
      call += 1
      let store = MemoryObjects()
      let scratch = try Scratch(over: FaultyObjects(store, failingAt: call))
      defer { scratch.remove() }
      let staging = try scratch.depot.incoming.open("test")
      let digests = [
        try staging.keep(bytes: Array("one".utf8)), try staging.keep(bytes: Array("two".utf8)),
      ]
      do {
        try staging.admitAll()
        break
      } catch {
        #expect(error == FaultyObjects.fault)
      }
      // Nothing goes before the store has said that it has all of it for good.
      #expect(try staging.list() == digests.sorted())
      try staging.admitAll()
      #expect(try staging.list().isEmpty)
      for digest in digests { #expect(try store.contains(digest, size: 3)) }
    }
    #expect(call > 4)
  }
}
