#if Network
import ObjectStoreClient
import Publishing
import SafeIO
import Testing

@testable import PublicationTargets

/// Which files of a publication never change, and in which order the others are written.
@Suite struct TargetLayoutTests {
  @Test(arguments: [
    ("dists/stable/InRelease", TargetLayout.Kind.switching), ("InRelease", .switching),
    ("vendor/dists/stable/InRelease", .switching),
    ("dists/stable/Release", .release), ("dists/stable/updates/Release.gpg", .release),
    ("Release", .release),
    ("dists/stable/main/binary-amd64/Packages.xz", .changing), ("Packages.gz", .changing),
    ("dists/stable/main/binary-amd64/Release", .release), ("keys/site.gpg", .changing),
    ("dists/stable/main/i18n/Translation-en.xz", .changing), ("Contents-amd64.gz", .changing),
    ("dists/stable/main/binary-amd64/by-hash/SHA256/00", .lasting),
    ("by-hash/SHA256/00", .lasting), ("dists/stable/by-hash", .changing),
    ("pool/main/a/a/a_1_all.deb", .lasting), ("a_1_all.deb", .lasting),
    ("dists/stable/main/binary-all/a_1_all.udeb", .lasting),
    ("pool/main/a/a/a_1.orig.tar.xz", .lasting), ("vendor/pool/x.dsc", .lasting),
    ("pool/main/a/a/a_1.changelog", .lasting),
  ])
  func kinds(path: String, kind: TargetLayout.Kind) {
    #expect(TargetLayout.kind(Array(path.utf8)[...]) == kind)
  }

  @Test func keys() throws {
    let address = try BucketAddress("s3://packages/site")
    let layout = TargetLayout(address, try PublicationPrefix("a/debian"))
    #expect(layout.key("pool/x") == "site/a/debian/pool/x")
    #expect(layout.plan(7) == "site/a/debian/.aptferry/generations/7/plan.json")
    let root = TargetLayout(try BucketAddress("s3://packages"), try PublicationPrefix("_root"))
    #expect(root.key("dists/x") == "dists/x" && root.current == ".aptferry/current.json")
  }
}

/// What is written is the difference to what is there, as far as that can be relied on.
@Suite struct ShippingPlanTests {
  private func list(_ files: [String: String]) throws -> FileList {
    var builder = FileList.Builder()
    for (path, content) in files {
      let bytes = Array(content.utf8)
      try builder.add(path: path, size: UInt64(bytes.count), digest: SHA256Digest.of(bytes))
    }
    return try builder.finish()
  }

  private static let old = [
    "dists/s/InRelease": "1", "dists/s/Packages.xz": "p1", "dists/s/by-hash/SHA256/p1": "p1",
    "pool/a.deb": "a", "pool/b.deb": "b",
  ]
  private static let new = [
    "dists/s/InRelease": "2", "dists/s/Packages.xz": "p2", "dists/s/by-hash/SHA256/p1": "p1",
    "dists/s/by-hash/SHA256/p2": "p2", "dists/s/Translation": "t", "pool/a.deb": "a",
    "pool/c.deb": "c",
  ]

  private func paths(_ plan: ShippingPlan, _ list: FileList) -> [[String]] {
    plan.positions.map { $0.map { list.path(at: $0) } }
  }

  @Test func first() throws {
    let list = try list(Self.new)
    let plan = try ShippingPlan(list, current: nil, kept: [], isCertain: true)
    #expect(plan.files == 7)
    #expect(paths(plan, list)[3] == ["dists/s/InRelease"])
  }

  @Test func difference() throws {
    let list = try list(Self.new)
    let plan = try ShippingPlan(list, current: try self.list(Self.old), kept: [], isCertain: true)
    #expect(
      paths(plan, list) == [
        ["dists/s/by-hash/SHA256/p2", "pool/c.deb"],
        ["dists/s/Packages.xz", "dists/s/Translation"], [], ["dists/s/InRelease"],
      ]
    )
    #expect(plan.files == 5 && plan.bytes == 7)
  }

  @Test func nothing() throws {
    let list = try list(Self.old)
    #expect(try ShippingPlan(list, current: list, kept: [], isCertain: true).files == 0)
  }

  /// Somebody who did not come to an end may have replaced what changes.
  @Test func uncertain() throws {
    let list = try list(Self.old)
    let plan = try ShippingPlan(list, current: list, kept: [], isCertain: false)
    #expect(
      paths(plan, list) == [[], ["dists/s/Packages.xz"], [], ["dists/s/InRelease"]]
    )
  }

  @Test func keptPackagesAreThere() throws {
    let list = try list(Self.new)
    let kept = try self.list(["pool/c.deb": "c", "dists/s/Translation": "t"])
    let plan = try ShippingPlan(
      list,
      current: try self.list(Self.old),
      kept: [kept],
      isCertain: true
    )
    #expect(paths(plan, list)[0] == ["dists/s/by-hash/SHA256/p2"])
    #expect(paths(plan, list)[1] == ["dists/s/Packages.xz", "dists/s/Translation"])
  }

  @Test(arguments: [true, false])
  func conflict(isKept: Bool) throws {
    let list = try list(Self.new)
    let other = try self.list(["pool/c.deb": "other"])
    #expect(throws: Failure(.state, "target-conflict", "")) {
      try ShippingPlan(
        list,
        current: isKept ? try self.list(Self.old) : other,
        kept: isKept ? [other] : [],
        isCertain: true
      )
    }
  }
}
#endif
