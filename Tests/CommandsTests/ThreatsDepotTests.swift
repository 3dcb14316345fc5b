import Foundation
import SafeIO
import TestSupport
import Testing

/// Threats T014, T100, T117 and T121: the depot itself damaged, led astray, or in use.
@Suite struct ThreatsDepotTests {
  @Test func t014AnObjectThatRottedIsFoundByACheckAndNotByAccident() throws {
    try ThreatsSite.with { site in
      try site.lab.forge().write(to: site.medium)
      try site.expectImport()
      let digest = SHA256Digest.of(Array("the first package\n".utf8)).hex
      try Damage.flipBit(of: site.depot + "/objects/\(digest.prefix(2))/\(digest)", at: 3)
      let result = try site.site("depot", "check")
      #expect(result.refused(.integrity) || result.refused(.state), "\(result.everything)")
      #expect(result.text.contains(digest), "\(result.everything)")
      // The medium that brought it, unpacked, mends it.
      let tree = try site.scratch.directory("tree")
      try run(["tar", "-C", tree, "-xf", site.bundle + "/chunks/000001.tar"]).succeeded()
      try site.site("depot", "check", "--repair-from", tree).succeeded()
      try site.site("depot", "check").succeeded()
    }
  }

  @Test(arguments: ["repair", "resend", "full"])
  func t014AnIncrementThatReliesOnADamagedObjectIsRefusedUntilItIsMended(way: String) throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two")
      let depot = scratch.path("isolated")
      let path = ForgedSuite("stable", [:]).path(of: ForgedPackage("pier"), in: "main")
      let digest = SHA256Digest.of(try Disk.read(scratch.path("vendor/" + path))).hex
      try Damage.flipBit(of: depot + "/objects/\(digest.prefix(2))/\(digest)", at: 100)

      let refused = try lab.isolated("import", scratch.path("two"))
      #expect(refused.refused(.integrity), "\(refused.everything)")
      for text in ["E-INTEGRITY-DAMAGED-OBJECT", digest, "--repair-from", "receipt request"] {
        #expect(refused.errors.contains(text), "\(text): \(refused.everything)")
      }
      #expect(try lab.isolated("snapshot", "show", "second").refused(.usage))
      // What has it already is not published either.
      let publish = try lab.isolated("publish", "first", "--at", "debian")
      #expect(publish.refused(.integrity), "\(publish.everything)")
      #expect(publish.errors.contains(digest), "\(publish.everything)")
      #expect(publish.errors.contains("--repair-from"), "\(publish.everything)")
      #expect(!Disk.exists(depot + "/public/debian"))
      #expect(try lab.isolated("depot", "check").text.contains(digest))

      switch way {
      case "repair":
        try lab.isolated("depot", "check", "--repair-from", scratch.path("vendor")).succeeded()
        try lab.bring("two")
      case "resend":
        let request = scratch.path("request")
        try lab.isolated("receipt", "request", scratch.path("two"), "--to", request).succeeded()
        let healing = try scratch.directory("healing")
        try lab.connected("export", "--resend", request, "--to", healing).succeeded()
        try lab.bring("healing")
      default:
        try lab.export("second", to: "three", "--full")
        try lab.bring("three")
      }
      try lab.isolated("depot", "check").succeeded()
      try lab.isolated("publish", "second", "--at", "debian").succeeded()
      let published = try Disk.read(depot + "/public/debian/" + path)
      #expect(SHA256Digest.of(published).hex == digest)
    }
  }

  @Test func t100ADirectoryOfTheDepotThatIsALinkIsRefused() throws {
    for name in ["objects", "incoming", "public"] {
      try ThreatsSite.with { site in
        try site.lab.forge().write(to: site.medium)
        if name == "public" { try site.expectImport() }
        let elsewhere = try site.scratch.directory("elsewhere")
        let path = site.depot + "/" + name
        try Disk.rename(path, to: site.scratch.path("old"))
        try Disk.symbolicLink(path, to: elsewhere)
        let result =
          name == "public"
          ? try site.site("publish", "first", "--at", "debian")
          : try site.site("import", site.medium)
        #expect([3, 14, 18].contains(result.status), "\(name): \(result.everything)")
        #expect(result.errors.contains("code: E-"), "\(name): \(result.everything)")
        #expect(try Disk.names(in: elsewhere).isEmpty, "\(name)")
      }
    }
  }

  @Test func t100ALinkInsideTheDepotIsNotFollowed() throws {
    try ThreatsSite.with { site in
      try site.lab.forge().write(to: site.medium)
      let elsewhere = try site.scratch.directory("elsewhere")
      let digest = SHA256Digest.of(Array("the first package\n".utf8)).hex
      // Where the object's directory would be made.
      try Disk.symbolicLink(site.depot + "/objects/" + digest.prefix(2), to: elsewhere)
      let result = try site.site("import", site.medium)
      #expect([14, 16, 18].contains(result.status), "\(result.everything)")
      #expect(try Disk.names(in: elsewhere).isEmpty, "\(result.everything)")
      #expect(try site.site("snapshot", "show", "first").status != 0)
    }
    try ThreatsSite.with { site in
      try site.lab.forge().write(to: site.medium)
      try site.expectImport()
      let elsewhere = try site.scratch.directory("elsewhere")
      try Disk.symbolicLink(site.depot + "/public/debian", to: elsewhere)
      let result = try site.site("publish", "first", "--at", "debian")
      #expect(result.refused(.state), "\(result.everything)")
      #expect(try Disk.names(in: elsewhere).isEmpty)
      let nested = try site.site("publish", "first", "--at", "debian/x")
      #expect([14, 16, 18].contains(nested.status), "\(nested.everything)")
      #expect(try Disk.names(in: elsewhere).isEmpty)
    }
  }

  @Test(arguments: [".", "objects", "incoming", "gnupg", "public"])
  func t100ADirectoryThatEverybodyMayWriteToIsRefused(name: String) throws {
    try ThreatsSite.with { site in
      try site.lab.forge().write(to: site.medium)
      try run(["chmod", "o+w", site.depot + "/" + name]).succeeded()
      try site.expectRefusal(.configuration, "CONFIG-WORLD-WRITABLE", naming: site.depot)
      try run(["chmod", "o-w", site.depot + "/" + name]).succeeded()
      try site.expectImport()
    }
  }

  @Test func t117OfManyImportsAtOnceOneWorksAndTheOthersNameIt() throws {
    try ThreatsSite.with(exported: true) { site in
      let here = site
      let results = Collected()
      try Threads.forEach(count: 6) { (_) throws(Failure) in
        try ours {
          results.add(try here.site("import", here.medium))
        }
      }
      let all = results.all
      #expect(all.contains { $0.status == 0 })
      for result in all where result.status != 0 {
        #expect(result.refused(.busy), "\(result.everything)")
        #expect(result.errors.contains("E-BUSY-LOCKED"), "\(result.everything)")
        #expect(
          result.errors.contains("import, process") || result.errors.contains("(starting)"),
          "\(result.everything)"
        )
      }
      try site.site("depot", "check").succeeded()
      // And with certainty, behind a lock that is held.
      try Disk.write("import, process 1 on pier, since then", to: site.depot + "/import.lock")
      let lock = ["flock", site.depot + "/import.lock"]
      let held = try site.site(["import", site.medium], under: lock)
      #expect(held.refused(.busy), "\(held.everything)")
      #expect(held.errors.contains("process 1 on pier"), "\(held.everything)")
    }
  }

  private final class Collected: @unchecked Sendable {
    private let lock = NSLock()
    private var results: [RunResult] = []
    func add(_ result: RunResult) { lock.withLock { results.append(result) } }
    var all: [RunResult] { lock.withLock { results } }
  }

  @Test func t121ATruncatedStateFileIsRefusedAndNeverMadeAnew() throws {
    try ThreatsSite.with { site in
      try site.lab.forge().write(to: site.medium)
      try site.expectImport()
      for name in ["catalogue.sqlite", "depot.conf"] {
        let path = site.depot + "/" + name
        let good = try Disk.read(path)
        let sizes = [0, 1, 15, 16, 50, 100, 4096, good.count / 2, good.count - 1]
        for size in sizes where size < good.count {
          try overwrite(path, with: Array(good[..<size]))
          for command in [["snapshot", "list"], ["import", site.medium], ["depot", "check"]] {
            let result = try site.site(command)
            #expect(result.refused(.state), "\(name) \(size) \(command): \(result.everything)")
            #expect(result.errors.contains("code: E-STATE-"), "\(result.everything)")
            #expect(result.errors.contains(name), "\(result.everything)")
          }
          #expect(try Disk.read(path).count == size, "\(name) \(size)")
        }
        // Garbage of the right length; and not there at all.
        try overwrite(path, with: [UInt8](repeating: 0x5a, count: good.count))
        #expect(try site.site("snapshot", "list").refused(.state), "\(name)")
        try Disk.rename(path, to: path + ".away")
        let result = try site.site("snapshot", "list")
        #expect(result.refused(.state), "\(name): \(result.everything)")
        #expect(!Disk.exists(path), "\(name)")
        try Disk.rename(path + ".away", to: path)
        try overwrite(path, with: good)
        try site.site("snapshot", "list").succeeded()
      }
    }
  }

  private func overwrite(_ path: String, with bytes: [UInt8]) throws {
    try Disk.write(bytes, to: path + ".new")
    try Disk.rename(path + ".new", to: path)
  }

  @Test func t121ADamagedSigningKeyIsNoExport() throws {
    try ThreatsSite.with { site in
      let lab = site.lab
      let connected = site.scratch.path("connected")
      // Tests share the lab: a lock of gpg's may be gone when cp comes to it.
      let copy = ["cp", "-a", "--no-target-directory", lab.path + "/connected", connected]
      if try run(copy).status != 0 { try run(copy).succeeded() }
      var exporter = try AptFerry(home: site.scratch.path("home"), depot: connected)
      exporter.environment = [:]
      let secrets = connected + "/gnupg/private-keys-v1.d"
      let name = try #require(try Disk.names(in: secrets).first { $0.hasSuffix(".key") })
      let good = try Disk.read(secrets + "/" + name)
      for size in [0, 10, good.count / 2, good.count - 3] {
        try run(["gpgconf", "--homedir", connected + "/gnupg", "--kill", "all"]).succeeded()
        try overwrite(secrets + "/" + name, with: Array(good[..<size]))
        let result = try exporter("export", "first", "--to", site.medium)
        #expect([10, 18].contains(result.status), "\(size): \(result.everything)")
        #expect(result.errors.contains("code: E-"), "\(size): \(result.everything)")
        for entry in try Disk.names(in: site.medium) {
          #expect(entry.hasSuffix(".partial"), "\(size): \(entry)")
        }
      }
      try run(["gpgconf", "--homedir", connected + "/gnupg", "--kill", "all"]).succeeded()
      try overwrite(secrets + "/" + name, with: good)
      try exporter("export", "first", "--to", site.medium).succeeded()
      try run(["gpgconf", "--homedir", connected + "/gnupg", "--kill", "all"]).succeeded()
    }
  }
}
