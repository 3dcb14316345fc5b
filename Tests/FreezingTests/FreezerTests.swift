import DebianRepository
import Depot
import Freezing
import Objects
import OpenPGP
import SafeIO
import Synchronization
import TestSupport
import Testing

@Suite struct FreezerTests {
  @Test func `A suite becomes a snapshot with all that its Release reaches, and nothing else`()
    throws
  {
    try withScratchDirectory { scratch in
      let site = try FrozenTree(scratch, .full())
      try site.shell("echo stray > pool/stray.deb; echo stray > dists/stable/stray; mkdir private")
      let outcome = try site.freeze(try site.request())
      #expect(outcome.isNew)
      #expect(outcome.snapshot.suites.map(\.distribution) == ["stable"])
      #expect(outcome.snapshot.suites[0].signedBy == [try VendorKey.shared.get().fingerprint])

      let list = try site.checkedList()
      #expect(list.listDigest == outcome.snapshot.digest)
      let paths = FrozenTree.paths(list)
      let found = try run([
        "sh", "-c",
        "cd '\(site.tree)' && find . -type f ! -name 'stray*' | cut -c3- | LC_ALL=C sort",
      ]).succeeded().split(separator: "\n").map(String.init)
      #expect(paths == found)
      #expect(Set((0..<list.count).map { list.digest(at: $0) }).count == Int(outcome.newObjects))
      #expect(try site.depot.incoming.names().isEmpty)
    }
  }

  @Test func `The same tree again changes nothing, and under another name copies nothing`() throws {
    try withScratchDirectory { scratch in
      let site = try FrozenTree(scratch, .small())
      let first = try site.freeze(try site.request())
      let again = try site.freeze(try site.request())
      #expect(!again.isNew)
      #expect(again.snapshot == first.snapshot)
      let other = try site.freeze(try site.request("s2"))
      #expect(other.isNew && other.newObjects == 0 && other.newBytes == 0)
      #expect(other.snapshot.digest == first.snapshot.digest)

      try site.forge.build(
        ForgedSuite(
          "stable",
          ["main": [ForgedPackage("pier", version: "2"), ForgedPackage("quay")]]
        )
      )
      #expect(
        failure { try site.freeze(try site.request()) }?.code == "E-STATE-SNAPSHOT-EXISTS"
      )
      #expect(try site.depot.catalogue.snapshot("s1") == first.snapshot)
    }
  }

  @Test func `Every damaged and every missing package is named, and nothing enters`() throws {
    try withScratchDirectory { scratch in
      let site = try FrozenTree(scratch, .full())
      let pool = try site.pool().filter { $0.hasSuffix("deb") }
      try site.shell(
        """
        printf X | dd of=\(pool[0]) bs=1 seek=70 conv=notrunc 2>&1
        printf X >> \(pool[1])
        rm \(pool[2])
        rm \(pool[3])
        """
      )
      let found = failure { try site.freeze(try site.request()) }
      #expect(found?.kind == .integrity)
      for path in pool[0..<4] {
        #expect(found?.details.contains { $0.contains(path) } == true, "\(path)")
      }
      #expect(found?.details.count == 4)
      #expect(try site.isEmpty())

      try site.shell("cp \(pool[4]) \(pool[0])")
      try site.forge.build(.full())
      try site.shell("rm \(pool[2]) \(pool[3])")
      let missing = failure { try site.freeze(try site.request()) }
      #expect(missing?.kind == .incomplete)
      #expect(missing?.details.count == 2)
    }
  }

  @Test func `A damaged index is refused, also under a by-hash name`() throws {
    try withScratchDirectory { scratch in
      let site = try FrozenTree(scratch, .small())
      try site.shell(
        """
        f=$(find dists -path '*by-hash/SHA256/*' | head -n 1)
        cp "$f" x; printf X | dd of=x bs=1 conv=notrunc 2>&1; rm "$f"; mv x "$f"
        """
      )
      let found = failure { try site.freeze(try site.request()) }
      #expect(found?.kind == .integrity)
      #expect(found?.subject?.contains("by-hash/SHA256") == true)
      #expect(try site.isEmpty())
    }
  }

  @Test func `A flat repository and two suites of one tree`() throws {
    try withScratchDirectory { scratch in
      let flat = ForgedSuite.flat("packages", [ForgedPackage("buoy"), ForgedPackage("anchor")])
      let site = try FrozenTree(scratch, .small(), .small("testing"), flat)
      try site.freeze(try site.request(suites: ["stable", "testing"]))
      let paths = FrozenTree.paths(try site.checkedList())
      #expect(paths.contains("dists/testing/InRelease") && paths.contains("dists/stable/InRelease"))
      #expect(!paths.contains { $0.hasPrefix("packages/") })
      try site.freeze(try site.request("flat", suites: ["packages/"]))
      let flatPaths = FrozenTree.paths(try site.checkedList("flat"))
      #expect(flatPaths.allSatisfy { $0.hasPrefix("packages/") })
      #expect(flatPaths.contains { $0.hasSuffix(".deb") })
    }
  }

  @Test func `Unsigned, and signed by somebody else, are refused unless it is said out loud`()
    throws
  {
    try withScratchDirectory { scratch in
      var suite = ForgedSuite.small()
      suite.hasInRelease = false
      suite.hasDetachedSignature = false
      let site = try FrozenTree(scratch, suite)
      var request = try site.request()
      #expect(failure { try site.freeze(request) }?.code == "E-TRUST-UNSIGNED")
      #expect(try site.isEmpty())
      request.allowUnsigned = true
      let outcome = try site.freeze(request)
      #expect(outcome.snapshot.suites[0].isUnsigned)
      #expect(outcome.notes.contains { $0.text.contains("without a signature") })
    }
    try withScratchDirectory { scratch in
      let site = try FrozenTree(scratch, .small())
      var request = try site.request()
      request.upstreamKeys = []
      request.allowUnsigned = true
      #expect(failure { try site.freeze(request) }?.kind == .trust)
    }
  }

  @Test func `A tree that changes meanwhile is refused as changed (T155)`() throws {
    try withScratchDirectory { scratch in
      let site = try FrozenTree(scratch, .small())
      let path = site.tree + "/dists/stable/InRelease"
      let file = try Directory(opening: site.tree + "/dists/stable")
      let isDone = Atomic(false)
      let found = failure {
        try site.freeze(try site.request()) { report in
          guard !isDone.exchange(true, ordering: .relaxed) else { return }
          let opened = try? file.openOrCreateFile("InRelease", mode: 0o644)
          guard let status = try? opened?.status() else { return }
          try? opened?.truncate(to: status.size - 1)
        }
      }
      #expect(found?.name == "changed", "\(String(describing: found))")
      #expect(found?.subject == path)
      #expect(try site.isEmpty())
    }
  }

  @Test func `Progress never goes back and ends with all of it`() throws {
    try withScratchDirectory { scratch in
      let site = try FrozenTree(scratch, .full())
      let reports = Mutex<[ProgressReport]>([])
      try site.freeze(try site.request()) { report in reports.withLock { $0.append(report) } }
      let seen = reports.withLock { $0 }
      for (before, after) in zip(seen, seen.dropFirst()) {
        #expect(before.filesDone <= after.filesDone && before.bytesDone <= after.bytesDone)
      }
      #expect(seen.last?.filesDone == seen.last?.filesTotal)
      #expect(seen.last?.bytesDone == seen.last?.bytesTotal)
    }
  }

  @Test func `Links share the file, copies do not, and the snapshot is the same`() throws {
    try withScratchDirectory { scratch in
      let site = try FrozenTree(scratch, .small())
      let copied = try site.freeze(try site.request())
      let other = try Depot.create(
        at: scratch.path("other"),
        configuration: try DepotConfiguration(site: "beta")
      )
      var request = try site.request()
      request.ingestion = .link
      let linked = try Freezer.freeze(request, depot: other)
      #expect(linked.snapshot.digest == copied.snapshot.digest)
      let deb = try #require(try site.pool().first { $0.hasSuffix(".deb") })
      let tree = try Directory(opening: site.tree)
      let status = try #require(try tree.status(deb))
      #expect(status.links == 2)
      #expect(status.mode == 0o444)
    }
  }

  @Test func `Bad names, a missing tree and a depot at work are refused`() throws {
    try withScratchDirectory { scratch in
      let site = try FrozenTree(scratch, .small())
      for name in ["", "a/b", "../x", "-x", "a b"] {
        #expect(
          failure { try site.freeze(try site.request(name)) }?.code == "E-USAGE-SNAPSHOT-NAME"
        )
      }
      #expect(
        failure { try site.freeze(try site.request(tree: "/nowhere")) }?.code
          == "E-USAGE-NO-DIRECTORY"
      )
      #expect(
        failure { try site.freeze(try site.request(suites: ["nothing"])) }?.code
          == "E-INCOMPLETE-NO-RELEASE"
      )
      do {
        let lock = try site.depot.lock(for: "test")
        #expect(failure { try site.freeze(try site.request()) }?.kind == .busy)
        _ = consume lock
      }
      #expect(try site.isEmpty())
    }
  }

  @Test func `What a killed freeze left is dropped by the next one`() throws {
    try withScratchDirectory { scratch in
      let site = try FrozenTree(scratch, .small())
      let left = try site.depot.incoming.open("freeze")
      let digest = try left.keep(bytes: Array("left over".utf8))
      try site.freeze(try site.request())
      #expect(try site.depot.objects.size(of: digest) == nil)
      #expect(try site.depot.incoming.names().isEmpty)
      _ = try site.checkedList()
    }
  }
}
