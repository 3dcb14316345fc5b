import Foundation
import Objects
import SafeIO
import Testing

@testable import Depot

@Suite("depot gc and what is not finished")
struct GarbageOfStagingsTests {
  private func digest(_ text: String) -> SHA256Digest { SHA256Digest.of(Array(text.utf8)) }

  private func collect(_ depot: Depot) throws -> GarbageCollection {
    let lock = try CollectionLock(depot, for: "depot gc")
    let collection = try GarbageCollection(of: depot)
    try collection.remove()
    withExtendedLifetime(lock) {}
    return collection
  }

  /// An import that needs "held" (which the depot has) and "coming", and was stopped.
  private func stopImport(in depot: Depot, arrived: [UInt64] = [1]) throws -> SHA256Digest {
    let manifest = digest("manifest")
    let staging = try depot.incoming.open(StagingNames.importing(manifest))
    var builder = FileList.Builder()
    for text in ["held", "coming"] {
      try builder.add(path: text, size: UInt64(text.utf8.count), digest: digest(text))
    }
    let listing = try staging.keep(list: try builder.finish())
    try staging.note(listing: listing)
    _ = try staging.keep(bytes: Array("coming".utf8))
    try staging.sync()
    try depot.catalogue.recordArrivals(arrived, of: manifest)
    _ = try depot.put([Array("held".utf8), Array("garbage".utf8)])
    return manifest
  }

  @Test("an unfinished import keeps what it found in the depot, until it is accepted")
  func unfinishedImport() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let manifest = try stopImport(in: depot)
    let name = StagingNames.importing(manifest)
    let first = try collect(depot)
    #expect(first.garbage.objects == 1 && first.unfinished.map(\.staging) == [name])
    // What lies in the staging is not missing.
    #expect(first.missing == 0)
    #expect(try depot.present() == [digest("held")])
    // Going on with it changes nothing, nor does noting the same again.
    let staging = try depot.incoming.open(name)
    #expect(try staging.contains(digest("coming"), size: 6))
    let listing = try #require(try depot.incoming.notedListings(in: name).first)
    try staging.note(listing: listing)
    #expect(try collect(depot).garbage.isEmpty)
    // Killed in the middle of admitting: the object is in the depot, the record is not.
    try staging.admit([digest("coming")])
    #expect(try collect(depot).garbage.isEmpty)
    #expect(try depot.present() == [digest("held"), digest("coming")])
    // Accepted, and killed before the staging went.
    try depot.catalogue.commitImport(
      snapshots: [],
      accepted: AcceptedBundle(
        exporter: "A",
        stream: "s",
        sequence: 1,
        manifest: manifest,
        created: UTCTime(seconds: 1),
        accepted: UTCTime(seconds: 2)
      )
    )
    let last = try collect(depot)
    #expect(last.garbage.leftovers == [name] && last.garbage.objects == 2)
    #expect(try depot.incoming.names().isEmpty)
    #expect(try depot.present().isEmpty)
  }

  @Test("an import of which no chunk has arrived relies on nothing yet")
  func nothingArrived() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    _ = try stopImport(in: depot, arrived: [])
    #expect(try collect(depot).garbage.objects == 2)
    #expect(try depot.present().isEmpty)
  }

  @Test("an unfinished import whose list is lost or damaged: refused, nothing goes")
  func lostNote() throws {
    for damage in [nil, Data("x".utf8), Data()] {
      let scratch = try Scratch()
      defer { scratch.remove() }
      let depot = try scratch.depot()
      let name = StagingNames.importing(try stopImport(in: depot))
      let listing = try #require(try depot.incoming.notedListings(in: name).first)
      let path = scratch.path + "/depot/incoming/\(name)/\(listing.hex).listing"
      try FileManager.default.removeItem(atPath: path)
      try damage?.write(to: URL(fileURLWithPath: path))
      let found = failure { _ = try collect(depot) }
      #expect(found?.code == "E-STATE-UNFINISHED", "\(String(describing: found))")
      #expect(try depot.present().count == 2)
      // The check goes on regardless.
      #expect(try DepotCheck(depot).run().isClean)
      // As the hint says.
      try FileManager.default.removeItem(atPath: scratch.path + "/depot/incoming/" + name)
      #expect(try collect(depot).garbage.objects == 2)
    }
  }

  @Test("a mirror update that was stopped keeps its staging, and what it had moved already")
  func mirrorUpdate() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let old = try depot.freeze("old", ["a": "old"])
    try depot.mirror("debian", listing: old.digest)
    let mirror = try depot.catalogue.mirror("debian")
    let staging = try depot.incoming.open(mirror.stagingName)
    var builder = FileList.Builder()
    try builder.add(path: "n", size: 3, digest: digest("new"))
    let listing = try staging.keep(list: try builder.finish())
    try staging.note(listing: listing)
    try staging.admit([try staging.keep(bytes: Array("new".utf8))])
    let collection = try collect(depot)
    #expect(
      collection.garbage.isEmpty && collection.unfinished.map(\.staging) == [mirror.stagingName]
    )
    #expect(try depot.objects.size(of: digest("new")) == 3)
    try depot.catalogue.removeMirror(mirror)
    #expect(try collect(depot).garbage.leftovers == [mirror.stagingName])
    #expect(try depot.objects.size(of: digest("new")) == nil)
  }

  @Test("what interrupted commands left goes, what nobody knows stays")
  func leftovers() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let listing = try depot.freeze("old", ["a": "old"]).digest
    try depot.mirror("debian", listing: listing)
    for name in ["freeze", "snapshot", "repair", "mirror-gone", "mirror-debian,dry-run"] {
      _ = try depot.incoming.open(name).keep(bytes: [1, 2, 3])
    }
    _ = try depot.incoming.open("import-strange").keep(bytes: [1])
    _ = try depot.incoming.open("other").keep(bytes: [1])
    let garbage = try collect(depot).garbage
    #expect(garbage.leftovers.count == 5 && garbage.leftoverBytes == 15)
    #expect(try depot.incoming.names() == ["import-strange", "other"])
  }

  @Test("a dry run never fills what another mirror's update goes on with")
  func dryRuns() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let listing = try depot.freeze("old", ["a": "old"]).digest
    for name in ["debian", "debian.dry-run"] { try depot.mirror(name, listing: listing) }
    let mirror = try depot.catalogue.mirror("debian")
    let other = try depot.catalogue.mirror("debian.dry-run")
    #expect(mirror.dryRunStagingName != other.stagingName)
  }
}
