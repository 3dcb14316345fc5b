import DebianRepository
import Foundation
import Objects
import SafeIO
import Testing

@testable import Depot

@Suite("depot gc")
struct GarbageCollectionTests {
  private let time = UTCTime(seconds: 1_700_000_000)

  private func digest(_ text: String) -> SHA256Digest { SHA256Digest.of(Array(text.utf8)) }

  private func collect(_ depot: Depot) throws -> GarbageCollection.Garbage {
    let lock = try CollectionLock(depot, for: "depot gc")
    let collection = try GarbageCollection(of: depot)
    try collection.remove()
    withExtendedLifetime(lock) {}
    return collection.garbage
  }

  private func path(_ scratch: Scratch, _ digest: SHA256Digest) -> String {
    scratch.path + "/depot/objects/\(digest.hex.prefix(2))/\(digest.hex)"
  }

  @Test("removes what nothing needs, tells how much before, and leaves what is shared")
  func removes() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let one = try depot.freeze("one", ["a": "shared", "b": "only one has this"])
    let two = try depot.freeze("two", ["a": "shared", "c": "2"])
    #expect(try GarbageCollection(of: depot).garbage.isEmpty)
    try depot.catalogue.removeSnapshot("one")
    let before = try depot.present()
    let found = try GarbageCollection(of: depot)
    #expect(found.garbage.objects == 2)
    #expect(found.garbage.bytes == 17 + UInt64(try depot.listingLength(of: one)))
    #expect(found.needed == 3 && found.missing == 0 && found.unfinished.isEmpty)
    // Looking is not touching.
    #expect(try depot.present() == before)
    _ = try collect(depot)
    #expect(try depot.present() == [digest("shared"), digest("2"), two.digest])
    #expect(try DepotCheck(depot).run().isClean)
    #expect(try collect(depot).isEmpty)
  }

  @Test("counts as freed only what has no other name")
  func otherNames() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let object = try depot.put([[1, 2, 3], [4]])[0]
    try FileManager.default.linkItem(
      atPath: path(scratch, object),
      toPath: scratch.path + "/elsewhere"
    )
    let garbage = try collect(depot)
    #expect(garbage.objects == 2 && garbage.bytes == 1 && garbage.shared == 3)
    #expect(FileManager.default.fileExists(atPath: scratch.path + "/elsewhere"))
  }

  @Test("leaves what a mirror, a generation in any state, or an interrupted export needs")
  func roots() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let mirrored = try depot.freeze("mirrored", ["m": "mirror"])
    try depot.mirror("debian", listing: mirrored.digest)
    let published = try depot.freeze("published", [:])
    for (name, number) in [("kept", 1), ("current", 2), ("prepared", 3)] {
      // The listing of a tree, which is not its snapshot's.
      let tree = try depot.freeze(name, ["g": name])
      try depot.catalogue.prepare(generation(tree, UInt64(number), of: published))
      if number < 3 { try depot.catalogue.makeCurrent(UInt64(number), at: "debian") }
      try depot.catalogue.removeSnapshot(name)
    }
    let exported = try depot.freeze("exported", ["e": "export"])
    try depot.catalogue.intend(
      ExportRecord(
        stream: "alpha",
        sequence: 1,
        manifest: digest("manifest"),
        created: time,
        snapshots: [SnapshotReference(name: "exported", digest: exported.digest)],
        bytes: 1
      ),
      in: "/media"
    )
    try depot.catalogue.removeSnapshot("mirrored")
    try depot.catalogue.removeSnapshot("exported")
    let before = try depot.present()
    #expect(before.count == 11)
    #expect(try collect(depot).isEmpty)
    #expect(try depot.present() == before)
    try depot.catalogue.dropExportIntent(of: "alpha")
    #expect(try collect(depot).objects == 2)
    try depot.catalogue.removeMirror(try depot.catalogue.mirror("debian"))
    #expect(try collect(depot).objects == 2)
    for number: UInt64 in [3, 1, 2] {
      try depot.catalogue.removeGeneration(number, at: "debian")
      #expect(try collect(depot).objects == 2)
    }
    try depot.catalogue.removeSnapshot("published")
    #expect(try collect(depot).objects == 1)
    #expect(try depot.present().isEmpty)
  }

  private func generation(
    _ tree: SnapshotRecord,
    _ number: UInt64,
    of snapshot: SnapshotRecord
  ) -> GenerationRecord {
    GenerationRecord(
      prefix: "debian",
      number: number,
      state: .prepared,
      listing: tree.digest,
      files: tree.files,
      bytes: tree.bytes,
      made: time,
      snapshots: [SnapshotReference(name: snapshot.name, digest: snapshot.digest)]
    )
  }

  @Test("refuses and removes nothing when a listing is missing or damaged")
  func unusableListing() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let one = try depot.freeze("one", ["a": "1", "b": "2"])
    _ = try depot.freeze("two", ["a": "3"])
    _ = try depot.put([[9]])
    let listing = path(scratch, one.digest)
    let whole = try Data(contentsOf: URL(fileURLWithPath: listing))
    let before = try depot.present()
    var damages: [Data?] = [nil, Data()]
    // One line less, one digit other, one byte more: all of them listings that could be read.
    damages.append(whole.prefix(upTo: (whole.firstIndex(of: 0x0a) ?? 0) + 1))
    var flipped = whole
    flipped[0] = flipped[0] == 0x30 ? 0x31 : 0x30
    damages += [flipped, whole + Data([0x0a]), whole.dropLast()]
    for damage in damages {
      try FileManager.default.removeItem(atPath: listing)
      try damage?.write(to: URL(fileURLWithPath: listing))
      let found = failure { _ = try collect(depot) }
      #expect(found?.code == "E-INTEGRITY-LISTING", "\(String(describing: damage))")
      #expect(found?.reason.contains("snapshot one") == true)
      let left = try depot.present()
      #expect(left == (damage == nil ? before.subtracting([one.digest]) : before))
      if damage == nil { try Data().write(to: URL(fileURLWithPath: listing)) }
    }
  }

  @Test("says when something needed is missing, and goes on with what is sure")
  func missing() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    _ = try depot.freeze("one", ["a": "1", "b": "2"])
    _ = try depot.put([[9]])
    try FileManager.default.removeItem(atPath: path(scratch, digest("2")))
    #expect(try GarbageCollection(of: depot).missing == 1)
    #expect(try collect(depot).objects == 1)
  }

  @Test("leaves alone what is no object, and does not follow links")
  func strangers() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let manager = FileManager.default
    let objects = scratch.path + "/depot/objects/"
    let stray = digest("elsewhere").hex
    try manager.createDirectory(atPath: objects + "00", withIntermediateDirectories: true)
    // The name of an object in the wrong place, a directory of such a name, a plain stray.
    let wrong = stray.hasPrefix("00") ? "01" : "00"
    try manager.createDirectory(atPath: objects + wrong, withIntermediateDirectories: true)
    try Data().write(to: URL(fileURLWithPath: objects + wrong + "/" + stray))
    try manager.createDirectory(
      atPath: objects + "00/" + String(repeating: "0", count: 64),
      withIntermediateDirectories: true
    )
    try Data().write(to: URL(fileURLWithPath: objects + "notes"))
    #expect(try collect(depot).isEmpty)
    #expect(manager.fileExists(atPath: objects + wrong + "/" + stray))
    try manager.createSymbolicLink(atPath: objects + "ff", withDestinationPath: "/")
    #expect(failure { _ = try collect(depot) } != nil)
  }

  @Test("waits for nobody: with the depot or a mirror in use it refuses, and says who it is")
  func busy() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let listing = try depot.freeze("one", ["a": "1"]).digest
    try depot.mirror("debian", listing: listing)
    let mirror = try depot.catalogue.mirror("debian")
    let lock = try depot.lock(mirror: mirror, for: "mirror update debian")
    let found = failure { _ = try collect(depot) }
    #expect(found?.kind == .busy && found?.reason.contains("mirror update debian") == true)
    _ = consume lock
    let collecting = try CollectionLock(depot, for: "depot gc")
    #expect(failure { _ = try depot.lock(mirror: mirror, for: "x") }?.kind == .busy)
    #expect(failure { _ = try depot.lock(for: "x") }?.kind == .busy)
    withExtendedLifetime(collecting) {}
  }

  @Test("what a reader has open stays readable")
  func reader() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let object = try depot.put([[1, 2, 3]])[0]
    let file = try depot.objects.open(object)
    #expect(try collect(depot).objects == 1)
    #expect(try file.readAll(limit: 10) == [1, 2, 3])
  }
}
