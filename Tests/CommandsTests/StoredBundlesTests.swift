import Foundation
import SafeIO
import TestSupport
import Testing

/// Bundles and receipts in a real object store, by the commands and by `scripts/store-trial`.
@Suite(.waits, .enabled(if: ObjectStoreLab.found != nil, Comment(rawValue: ObjectStoreLab.reason)))
struct StoredBundlesTests {
  /// A crossing whose depots both know a target, and the island's key is pinned outside.
  private struct Lab {
    let crossing: Crossing
    let bucket: String
    let connected: AptFerry
    let isolated: AptFerry
    var place: String { "s3://\(bucket)/exchange" }
    var receipts: String { "s3://\(bucket)/receipts" }

    init(_ scratch: ScratchDirectory) throws {
      let lab = try #require(ObjectStoreLab.found)
      crossing = try Crossing(scratch)
      bucket = try ObjectStoreTests.newBucket()
      let suite = ForgedSuite.full()
      try crossing.forge.build(suite)
      try crossing.freeze("one", suite.name)
      func site(_ site: AptFerry) -> AptFerry {
        var site = site
        site.environment["AWS_ACCESS_KEY_ID"] = lab.accessKey
        site.environment["AWS_SECRET_ACCESS_KEY"] = lab.secretKey
        return site
      }
      (connected, isolated) = (site(crossing.connected), site(crossing.isolated))
      for site in [connected, isolated] {
        try site(
          ["target", "create", "ceph", "s3://\(bucket)", "--endpoint", lab.endpoint]
            + ["--region", lab.region]
        ).succeeded()
      }
      let key = scratch.path("island.asc")
      try isolated("key", "export", key).succeeded()
      let fingerprint = try Crossing.fingerprint(ofKeyIn: key, scratch)
      try connected(
        ["trust", "add", key, "--role", "site", "--name", "island", "--fingerprint", fingerprint]
      ).succeeded()
    }

    func ask(_ method: String, _ key: String, _ body: String = "") throws -> String {
      try ObjectStoreTests.ask(method, key, in: bucket, body)
    }
  }

  @Test func aBundleGoesThereAndAReceiptComesBack() throws {
    try withScratchDirectory { scratch in
      let lab = try Lab(scratch)
      let (connected, isolated, place) = (lab.connected, lab.isolated, lab.place)
      let export = ["export", "one", "--to", place, "--site", "island", "--json"]
      let made = try connected(export + ["--chunk-size", "64KiB"]).succeeded()
      #expect(made.contains("\"place\": \"\(place)/mainland-000001\""))
      #expect(made.contains("\"readBack\": \"server\""))
      let status = try connected("hub", "status", "--json").succeeded()
      #expect(status.contains("\"mainland-000001\"") && status.contains("\"unsent\": []"))

      let keyring = ["--keyring", lab.crossing.exporterKey]
      try isolated(["verify", place, "--json"] + keyring).succeeded()
      try isolated("inspect", place + "/mainland-000001/", "--against-depot", "--json").succeeded()
      try isolated("import", place, "--dry-run", "--json").succeeded()
      let words = ["import", place, "--publish", "debian", "--receipt", lab.receipts, "--json"]
      let taken = try isolated(words).succeeded()
      #expect(taken.contains("\"imported\"") && taken.contains("\"debian\""))
      #expect(try isolated("import", place).succeeded().contains("already imported"))

      let waiting = try connected("hub", "status", "--receipts", lab.receipts).succeeded()
      #expect(waiting.contains("waiting:  a receipt of island, number 1"))
      let collected = try connected("hub", "collect", lab.receipts, "--json").succeeded()
      #expect(
        collected.contains("\"acknowledged\": [\n        \"mainland-000001\""),
        "\(collected)"
      )
      #expect(
        try connected("hub", "collect", lab.receipts).succeeded().contains("known:    island")
      )
      #expect(try connected(export).succeeded().contains("\"nothing\""))
      try connected("hub", "status", "--late", "1h", "--json").succeeded()
    }
  }

  @Test func nothingOfTheStoreIsBelieved() throws {
    try withScratchDirectory { scratch in
      let lab = try Lab(scratch)
      let place = lab.place
      try lab.connected("export", "one", "--to", place, "--chunk-size", "64KiB").succeeded()
      let name = try lab.crossing.chunkName(in: lab.connected)
      let key = "exchange/mainland-000001/chunks/" + name
      _ = try lab.ask("PUT", key, "not the chunk")
      let verified = try lab.isolated("verify", place)
      #expect(verified.refused(.integrity), "\(verified.everything)")
      #expect(verified.everything.contains("truncated: 13 of"), "\(verified.everything)")
      let taken = try lab.isolated("import", place)
      #expect(taken.refused(.integrity, "chunks-damaged"), "\(taken.everything)")
      _ = try lab.ask("DELETE", key)
      #expect(try lab.isolated("import", place).refused(.incomplete, "chunks-missing"))
      // The exporter puts back what is missing.
      try lab.connected("export", "--continue", "mainland-000001", "--again", "1", "--to", place)
        .succeeded()
      try lab.isolated("import", place).succeeded()
    }
  }

  @Test func whatSomebodyElsePutThereStays() throws {
    try withScratchDirectory { scratch in
      let lab = try Lab(scratch)
      _ = try lab.ask("PUT", "exchange/mainland-000001/README.txt", "of somebody else")
      let export = ["export", "one", "--to", lab.place]
      #expect(try lab.connected(export).refused(.state, "bundle-exists"))
      #expect(try lab.connected(export).refused(.state, "bundle-exists"))
      #expect(
        try lab.ask("GET", "exchange/mainland-000001/README.txt").contains("of somebody else")
      )
      #expect(try lab.isolated("import", lab.place).refused(.incomplete, "no-bundle"))
      // It goes elsewhere, or is given up.
      let late = try lab.connected("hub", "status").succeeded()
      #expect(late.contains("not sent: mainland-000001"))
      try lab.connected("ledger", "retract", "mainland-000001", "--reason", "name taken")
        .succeeded()
      try lab.connected(export).succeeded()
      try lab.isolated("import", lab.place + "/mainland-000002").succeeded()
    }
  }

  @Test func aReceiptThatIsRefusedHidesNoOther() throws {
    try withScratchDirectory { scratch in
      let lab = try Lab(scratch)
      try lab.connected("export", "one", "--to", lab.place).succeeded()
      try lab.isolated("import", lab.place).succeeded()
      let made = try lab.isolated("receipt", "create", "--to", lab.receipts, "--json").succeeded()
      #expect(made.contains("\"file\": \"\(lab.receipts)/island/"))
      _ = try lab.ask("PUT", "receipts/island/99991231T000000Z-9-0123456789ab.receipt", "mine")
      _ = try lab.ask("PUT", "receipts/notes.txt", "no receipt")
      // One that is longer than any receipt is not fetched.
      let long = "' + b'x' * (33 << 20) + b'"
      _ = try lab.ask("PUT", "receipts/island/99991231T000000Z-8-0123456789ab.receipt", long)
      let refused = try lab.connected("hub", "collect", lab.receipts)
      #expect(refused.status == FailureClass.trust.rawValue, "\(refused.everything)")
      #expect(refused.everything.contains("acknowledged mainland-000001"), "\(refused.everything)")
    }
  }

  @Test func anAddressThatNoTargetReachesIsRefused() throws {
    try withScratchDirectory { scratch in
      let lab = try Lab(scratch)
      let place = "s3://elsewhere/exchange"
      for words in [
        ["export", "one", "--to", place], ["import", place], ["hub", "collect", place],
        ["receipt", "create", "--to", place], ["inspect", place],
      ] {
        #expect(try lab.connected(words).refused(.configuration, "no-target-above"), "\(words)")
      }
      let many = try lab.connected("export", "one", "--to", lab.place, "--to", lab.crossing.medium)
      #expect(many.status == FailureClass.usage.rawValue)
      #expect(try lab.connected("hub", "status", "--late", "1h").succeeded().contains("island"))
    }
  }
}

extension Crossing {
  /// The name of the first chunk of the last bundle, as the exporter's lists have it.
  fileprivate func chunkName(in site: AptFerry) throws -> String {
    let lists = scratch.path("connected/exports/mainland-000001/SHA256SUMS")
    let line = try Disk.text(lists).split(separator: "\n")[0]
    return String(line.split(separator: "/").last ?? "")
  }
}
