import BundleFormat
import Depot
import SafeIO
import Testing

@testable import Transfer

/// What the ledger has of one site.
@Suite struct SiteKnowledgeTests {
  private func knowledge(
    of site: String = "peak",
    in depot: Depot,
    assumesDelivered: Bool = false
  ) throws -> SiteKnowledge {
    try SiteKnowledge(
      of: site,
      stream: "mainland",
      in: depot,
      assumesDelivered: assumesDelivered
    )
  }

  private func snapshots(_ depot: Depot, _ names: String...) throws -> [SnapshotRecord] {
    try names.map { try depot.freeze($0, ["file": $0]) }
  }

  @Test func `Of a site that nobody knows nothing is known`() throws {
    try withDepot { depot in
      let known = try knowledge(in: depot)
      #expect(known.receipt == nil && known.snapshots.isEmpty && known.open.isEmpty)
      #expect(known.receiver().listings.isEmpty && known.receiver().inventory == nil)
    }
  }

  @Test func `Open is what was made for the site or any, and neither arrived nor was lost`() throws
  {
    try withDepot { depot in
      let all = try snapshots(depot, "a")
      try depot.export(1, all[0])
      try depot.export(2, all[0], to: [])
      try depot.export(3, all[0], to: ["shore"])
      try depot.export(4, all[0], to: ["shore", "peak"])
      try depot.export(5, all[0])
      try depot.export(6, all[0], stream: "other")
      try depot.vouch(for: 1)
      try depot.vouch(for: 4, site: "shore")
      try depot.catalogue.retract(stream: "mainland", sequence: 5, at: day(9), reason: "lost")
      #expect(try knowledge(in: depot).open.map(\.sequence) == [2, 4])
      #expect(try knowledge(of: "shore", in: depot).open.map(\.sequence) == [2, 3])
    }
  }

  @Test func `What somebody typed is held, the newest first and each once`() throws {
    try withDepot { depot in
      let all = try snapshots(depot, "a", "b", "c")
      try depot.export(1, all[0], all[1])
      try depot.export(2, all[2])
      try depot.export(3, all[1])
      try depot.vouch(for: 1, 3)
      let known = try knowledge(in: depot)
      #expect(known.snapshots.map(\.name) == ["b", "a"])
      #expect(Set(known.receiver().listings.map(\.name)) == ["a", "b"])
    }
  }

  @Test func `A receipt names what is held, and its word counts, not the bundle's`() throws {
    try withDepot { depot in
      let all = try snapshots(depot, "a", "b")
      try depot.export(1, all[0], all[1])
      let unknown = SnapshotReference(name: "own", digest: digest("own"))
      let renamed = SnapshotReference(name: "renamed", digest: all[1].digest)
      try depot.addReceipt([unknown, renamed], acknowledging: [1])
      let known = try knowledge(in: depot)
      #expect(known.receipt?.number == 1)
      // `a` was removed there; of `own` there is no list here.
      #expect(known.snapshots == [renamed])
      #expect(known.open.isEmpty)
      #expect(try knowledge(of: "shore", in: depot).receipt == nil)
    }
  }

  @Test func `An inventory speaks for the site, and few lists are read beside it`() throws {
    try withDepot { depot in
      let all = try (1...12).map { try depot.freeze("s\($0)", ["file": "\($0)"]) }
      for (index, one) in all.enumerated() { try depot.export(UInt64(index + 1), one) }
      try depot.addReceipt(all.map(\.reference))
      #expect(try knowledge(in: depot).receiver().listings.count == 12)
      #expect(try knowledge(in: depot).receiver().inventory == nil)
      try depot.addReceipt(all.map(\.reference), holding: ["x"])
      let receiver = try knowledge(in: depot).receiver()
      #expect(receiver.inventory?(digest("x")) == true)
      // What was exported last comes first.
      #expect(receiver.listings.map(\.name) == (5...12).reversed().map { "s\($0)" })
      #expect(try knowledge(in: depot).snapshots.count == 12)
    }
  }

  @Test func `What is assumed to be delivered is held, but nothing that may rely on what is lost`()
    throws
  {
    try withDepot { depot in
      let all = try snapshots(depot, "a", "b", "c", "d", "e")
      try depot.export(1, all[0])
      try depot.export(2, all[1], relied: 3)
      try depot.export(3, all[2], relied: 3)
      try depot.export(4, all[3])
      try depot.export(5, all[4], relied: 3)
      #expect(try knowledge(in: depot).snapshots.isEmpty)
      #expect(
        try knowledge(in: depot, assumesDelivered: true).snapshots.map(\.name)
          == ["e", "d", "c", "b", "a"]
      )
      try depot.catalogue.retract(stream: "mainland", sequence: 2, at: day(9), reason: "lost")
      #expect(
        try knowledge(in: depot, assumesDelivered: true).snapshots.map(\.name) == ["d", "a"]
      )
      // One that is known to have arrived has what it relies on.
      try depot.vouch(for: 5)
      #expect(
        try knowledge(in: depot, assumesDelivered: true).snapshots.map(\.name) == ["e", "d", "a"]
      )
    }
  }
}
