import Depot
import Objects
import SafeIO
import Testing

@testable import Transfer

/// What the receivers of a bundle are relied on to have.
@Suite struct HeldObjectsTests {
  private func receiver(
    _ site: String,
    _ snapshots: SnapshotRecord...,
    inventory: Set<String>? = nil
  ) -> HeldObjects.Receiver {
    let digests = inventory.map { Set($0.map(digest)) }
    return HeldObjects.Receiver(
      site: site,
      listings: snapshots.map(\.reference),
      inventory: digests.map { known in { known.contains($0) } }
    )
  }

  private func held(
    _ contents: [String],
    by receivers: HeldObjects.Receiver...,
    in depot: Depot
  ) throws -> HeldObjects {
    let files = Dictionary(uniqueKeysWithValues: contents.map { ("new/" + $0, $0) })
    return try HeldObjects(fileList(files), by: receivers, in: depot.objects)
  }

  @Test func `Without a receiver nothing is held`() throws {
    try withDepot { depot in
      let held = try held(["a"], in: depot)
      #expect(!held.contains(digest("a")))
      #expect(!held.holds(digest("a"), site: "island"))
      #expect(held.bases(of: [digest("a")]).isEmpty)
    }
  }

  @Test func `What every receiver holds is held, by whatever path`() throws {
    try withDepot { depot in
      let one = try depot.freeze("one", ["x": "a", "y": "b"])
      let two = try depot.freeze("two", ["z": "b", "w": "c"])
      let held = try held(
        ["a", "b", "c", "d"],
        by: receiver("island", one),
        receiver("peak", two),
        in: depot
      )
      #expect(
        ["a", "b", "c", "d"].map { held.contains(digest($0)) } == [false, true, false, false]
      )
      #expect(
        ["a", "b", "c"].map { held.holds(digest($0), site: "island") } == [true, true, false]
      )
      #expect(["a", "b", "c"].map { held.holds(digest($0), site: "peak") } == [false, true, true])
      #expect(!held.holds(digest("b"), site: "shore"))
    }
  }

  @Test func `What is no content of the bundle is not looked for`() throws {
    try withDepot { depot in
      let one = try depot.freeze("one", ["x": "a", "y": "b"])
      let held = try held(["a"], by: receiver("island", one), in: depot)
      #expect(held.contains(digest("a")) && !held.contains(digest("b")))
      #expect(held.bases(of: [digest("b")]).isEmpty)
    }
  }

  @Test func `A base is the first list that has a content, and no list that is not needed`() throws
  {
    try withDepot { depot in
      let newest = try depot.freeze("newest", ["x": "a"])
      let older = try depot.freeze("older", ["x": "a", "y": "b"])
      let oldest = try depot.freeze("oldest", ["x": "a", "y": "b", "z": "c"])
      let held = try held(
        ["a", "b"],
        by: receiver("island", newest, older, oldest),
        receiver("peak", oldest),
        in: depot
      )
      #expect(held.bases(of: [digest("a")]) == [newest.digest, oldest.digest].sorted())
      #expect(held.bases(of: [digest("b")]) == [older.digest, oldest.digest].sorted())
      #expect(held.bases(of: []).isEmpty)
    }
  }

  @Test func `An inventory holds what no list names, and is no base`() throws {
    try withDepot { depot in
      let one = try depot.freeze("one", ["x": "a"])
      let held = try held(
        ["a", "b", "c"],
        by: receiver("island", one, inventory: ["b"]),
        in: depot
      )
      #expect(["a", "b", "c"].map { held.contains(digest($0)) } == [true, true, false])
      #expect(held.bases(of: ["a", "b", "c"].map(digest)) == [one.digest])
    }
  }

  @Test func `A list that is not here any more holds nothing`() throws {
    try withDepot { depot in
      let one = try depot.freeze("one", ["x": "a"])
      var receiver = receiver("island", one)
      receiver.listings.insert(SnapshotReference(name: "gone", digest: digest("gone")), at: 0)
      let held = try held(["a", "b"], by: receiver, in: depot)
      #expect(held.contains(digest("a")) && !held.contains(digest("b")))
      #expect(held.bases(of: [digest("a")]) == [one.digest])
    }
  }

  @Test func `Contents are ordered by digest, each once`() throws {
    let files = try fileList(["1": "b", "2": "a", "3": "b", "4": "c", "5": "a"])
    let order = ContentOrder(files)
    let sorted = ["a", "b", "c"].map(digest).sorted()
    #expect((0..<order.count).map(order.digest(at:)) == sorted)
    #expect(sorted.map(order.index(of:)) == [0, 1, 2])
    #expect(order.index(of: digest("d")) == nil)
    #expect(sorted.map { sorted.sortedIndex(of: $0) } == [0, 1, 2])
    #expect(sorted.sortedIndex(of: digest("d")) == nil)
    #expect(ContentOrder(.empty).index(of: digest("a")) == nil)
  }
}
