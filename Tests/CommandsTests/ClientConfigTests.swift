import Foundation
import SafeIO
import TestSupport
import Testing

/// `client-config`, its output given to a real apt exactly as it was written.
@Suite struct ClientConfigTests {
  static let hasYAML = (try? run(["python3", "-c", "import yaml"]).status) == 0

  /// A depot with a vendor's suite frozen as `first`.
  private func site(
    _ scratch: ScratchDirectory,
    _ suite: ForgedSuite = .small(),
    before freezing: (RepositoryForge) throws -> Void = { _ in }
  ) throws -> Crossing {
    let crossing = try Crossing(scratch)
    try crossing.forge.build(suite)
    try freezing(crossing.forge)
    try crossing.freeze("first", suite.name)
    return crossing
  }

  private func publish(_ crossing: Crossing, _ mode: String, at prefix: String = "debian") throws {
    try crossing.connected("publish", "first", "--at", prefix, "--mode", mode).succeeded()
  }

  private func url(_ crossing: Crossing, _ prefix: String?) -> String {
    "file:" + crossing.scratch.path("connected/public/" + (prefix ?? ""))
  }

  private func config(_ crossing: Crossing, _ words: String...) throws -> RunResult {
    try crossing.connected(
      ["client-config", words.first ?? "", "--url", url(crossing, words.first)] + words.dropFirst()
    )
  }

  private func files(_ crossing: Crossing, _ words: String...) throws -> [String: String] {
    let text = try crossing.connected(
      ["client-config", words.first ?? "", "--url", url(crossing, words.first), "--json"]
        + words.dropFirst()
    ).succeeded()
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    )
    var found: [String: String] = [:]
    for file in try #require(json["files"] as? [[String: String]]) {
      found[try #require(file["path"])] = file["text"]
    }
    return found
  }

  private func client(
    _ scratch: ScratchDirectory,
    _ name: String = "client",
    architectures: [String] = ["amd64"]
  ) throws -> AptClient {
    try AptClient(root: scratch.path(name), architectures: architectures)
  }

  /// A client with exactly this sources file.
  private func client(
    _ scratch: ScratchDirectory,
    _ name: String = "client",
    sources: String,
    architectures: [String] = ["amd64"]
  ) throws -> AptClient {
    let client = try client(scratch, name, architectures: architectures)
    try Disk.write(sources, to: client.root + "/etc/apt/sources.list.d/x.sources")
    return client
  }

  private func expectWorks(_ client: AptClient, packages: Int) throws {
    let update = try client.update()
    #expect(update.status == 0, "\(update.everything)")
    #expect(try client.downloadAll().count == packages)
  }

  @Test func aptTakesASourcesFileWithTheVendorsKey() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(crossing, "verbatim")
      let text = try config(crossing, "debian").succeeded()
      #expect(text.contains("\nSuites: stable\nComponents: main\nArchitectures: amd64\n"))
      // An empty line would end the stanza.
      #expect(text.contains("BLOCK-----\n .\n ") && !text.contains("\n\n"))
      try expectWorks(try client(scratch, sources: text), packages: 2)
      #expect(try config(crossing, "debian", "--mode", "resigned").refused(.usage))
      // Where clients reach it may be known already.
      let unknown = try crossing.connected("client-config", "debian")
      #expect(unknown.refused(.usage) && unknown.errors.contains("--url"), "\(unknown.everything)")
      try crossing.connected("publish", "first", "--at", "debian", "--url", url(crossing, "debian"))
        .succeeded()
      #expect(try crossing.connected("client-config", "debian").succeeded() == text)
      #expect(try config(crossing, "nowhere").refused(.usage))
      #expect(try config(crossing, "debian", "--format", "xml").refused(.usage))
    }
  }

  @Test func aptTakesASourcesFileWithTheKeyOfThisSite() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(crossing, "resigned")
      let text = try config(crossing, "debian").succeeded()
      #expect(text.contains("# The key of this site: "))
      try expectWorks(try client(scratch, sources: text), packages: 2)
      #expect(try config(crossing, "debian", "--mode", "verbatim").refused(.usage))
    }
  }

  @Test func ofTwoViewsEachHasItsOwnAddressAndKey() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(crossing, "both")
      let resigned = try config(crossing, "debian").succeeded()
      let verbatim = try config(crossing, "debian", "--mode", "verbatim").succeeded()
      #expect(verbatim.contains("/public/debian/vendor\n") && !resigned.contains("/debian/vendor"))
      #expect(try config(crossing, "debian", "--mode", "resigned").succeeded() == resigned)
      try expectWorks(try client(scratch, "site", sources: resigned), packages: 2)
      try expectWorks(try client(scratch, "vendor", sources: verbatim), packages: 2)
    }
  }

  @Test func theKeysOfBothViewsLieInTheTree() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(crossing, "both")
      let tree = scratch.path("connected/public/debian")
      for (view, address) in [("site", tree), ("vendor", tree + "/vendor")] {
        for form in ["gpg", "asc"] {
          let sources = """
            Types: deb
            URIs: file:\(address)
            Suites: stable
            Components: main
            Signed-By: \(tree)/keys/\(view).\(form)

            """
          try expectWorks(try client(scratch, view + form, sources: sources), packages: 2)
          let wrong = sources.replacing(
            "keys/\(view)",
            with: view == "site" ? "keys/vendor" : "keys/site"
          )
          let refused = try client(scratch, "not-" + view + form, sources: wrong).update()
          #expect(refused.status != 0 && refused.everything.contains("NO_PUBKEY"))
        }
      }
      try crossing.connected("depot", "check").succeeded()
      // Published again without the vendor's view, its key is no longer there.
      try publish(crossing, "resigned", at: "other")
      #expect(!Disk.exists(scratch.path("connected/public/other/keys/vendor.asc")))
      #expect(Disk.exists(scratch.path("connected/public/other/keys/site.asc")))
    }
  }

  @Test func whatHasEndedBehindTheGapIsTakenByThatSourceOnly() throws {
    try withScratchDirectory { scratch in
      var suite = ForgedSuite.small()
      suite.date = "Sun, 01 Nov 2020 08:00:00 +0000"
      suite.fields["Valid-Until"] = "Sun, 08 Nov 2020 08:00:00 +0000"
      let crossing = try site(scratch, suite)
      try publish(crossing, "verbatim")
      let result = try config(crossing, "debian")
      let text = try result.succeeded()
      #expect(
        result.errors.contains("the vendor's Release ended at 2020-11-08"),
        "\(result.errors)"
      )
      #expect(
        text.contains("\n# The vendor's Release file of 2020-11-01T08:00:00Z was valid until")
      )
      try expectWorks(try client(scratch, sources: text), packages: 2)
      // That line it was.
      let without = text.split(separator: "\n", omittingEmptySubsequences: false)
        .filter { !$0.hasPrefix("Valid-Until-Min: ") }.joined(separator: "\n")
      let refused = try client(scratch, "without", sources: without).update()
      #expect(refused.status != 0 && refused.errors.contains("is expired"), "\(refused.everything)")
      // The other view needs nothing of the kind.
      try publish(crossing, "both")
      let site = try config(crossing, "debian").succeeded()
      #expect(!site.contains("Valid-Until"))
      try expectWorks(try client(scratch, "site", sources: site), packages: 2)
    }
  }

  @Test func aPinnedClientStaysWithItsSnapshot() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(crossing, "both")
      var suite = ForgedSuite.small()
      suite.components["main"]?[0].version = "2.0-1"
      try crossing.forge.build(suite)
      try crossing.freeze("second", "stable")
      try crossing.connected("publish", "second", "--at", "debian").succeeded()
      for (mode, place) in [
        ("resigned", "snapshots/first"), ("verbatim", "snapshots/first/vendor"),
      ] {
        let pinned = try config(crossing, "debian", "--snapshot", "first", "--mode", mode)
          .succeeded()
        #expect(pinned.contains("/public/debian/\(place)\n"), "\(pinned)")
        let client = try client(scratch, mode, sources: pinned)
        #expect(try client.update().status == 0)
        #expect(try client.available().contains("pier:amd64=1.0-1"))
      }
      #expect(try config(crossing, "debian", "--snapshot", "third").refused(.usage))
    }
  }

  @Test func aPinnedClientIsNotRefusedWhenNobodyRenewsItsRelease() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try crossing.connected(
        ["publish", "first", "--at", "debian", "--mode", "resigned", "--valid-for", "1s"]
      ).succeeded()
      try run(["sleep", "2"]).succeeded()
      let pinned = try config(crossing, "debian", "--snapshot", "first").succeeded()
      try expectWorks(try client(scratch, sources: pinned), packages: 2)
      let others = try config(crossing, "debian").succeeded()
      let late = try client(scratch, "late", sources: others).update()
      #expect(late.status != 0 && late.errors.contains("is expired"), "\(late.everything)")
    }
  }

  @Test func indexesAreAskedForByTheirHashAlsoWhereTheVendorDoesNotOfferIt() throws {
    try withScratchDirectory { scratch in
      var suite = ForgedSuite.small()
      suite.hasByHash = false
      let crossing = try site(scratch, suite)
      try publish(crossing, "both")
      let text = try config(crossing, "debian", "--mode", "verbatim").succeeded()
      #expect(try !config(crossing, "debian").succeeded().contains("By-Hash"))
      let list = try config(crossing, "debian", "--mode", "verbatim", "--format", "list")
      #expect(try list.succeeded().contains(" by-hash=force]"))
      // As for who has read InRelease before a switch: other indexes are there by these names.
      let directory = "connected/public/debian/vendor/dists/stable/main/binary-amd64"
      for name in try Disk.names(in: scratch.path(directory)) where name.hasPrefix("Packages") {
        Disk.remove(scratch.path(directory + "/" + name))
        try Disk.write("something else", to: scratch.path(directory + "/" + name))
      }
      try expectWorks(try client(scratch, sources: text), packages: 2)
      let without = text.replacingOccurrences(of: "By-Hash: force\n", with: "")
      let refused = try client(scratch, "without", sources: without).update()
      #expect(refused.status != 0, "\(refused.everything)")
    }
  }

  @Test func architecturesThatTheTreeDoesNotHaveAreNotAskedFor() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch, .full()) { forge in
        for component in ["main", "contrib"] {
          Disk.remove(forge.root + "/dists/stable/\(component)/binary-arm64")
        }
        Disk.remove(forge.root + "/dists/stable/contrib/source")
      }
      try publish(crossing, "verbatim")
      let text = try config(crossing, "debian").succeeded()
      #expect(text.contains("\nArchitectures: amd64\n"), "\(text)")
      let both = ["amd64", "arm64"]
      try expectWorks(try client(scratch, sources: text, architectures: both), packages: 6)
      // Without the line, apt on such a machine asks in vain.
      let without = text.replacingOccurrences(of: "Architectures: amd64\n", with: "")
      let refused = try client(scratch, "without", sources: without, architectures: both).update()
      #expect(refused.status != 0, "\(refused.everything)")
      let sources = try config(crossing, "debian", "--with-sources").succeeded()
      #expect(sources.contains("Types: deb deb-src\n") && sources.contains("Types: deb\n"))
      let developer = try client(scratch, "developer", sources: sources, architectures: both)
      #expect(try developer.update().status == 0)
      let source = try developer.aptGet("source", "--download-only", "libcrate1")
      #expect(source.status == 0, "\(source.everything)")
    }
  }

  @Test func aFlatRepositoryHasNoComponents() throws {
    try withScratchDirectory { scratch in
      let packages = ForgedSuite.small().components["main"] ?? []
      let crossing = try site(scratch, .flat("flat", packages))
      try publish(crossing, "verbatim")
      let text = try config(crossing, "debian").succeeded()
      #expect(text.contains("\nSuites: flat/\n") && !text.contains("Components"))
      try expectWorks(try client(scratch, sources: text), packages: 2)
    }
  }

  @Test func aListFileNamesItsKeyFiles() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch, .full())
      try publish(crossing, "both")
      for mode in ["resigned", "verbatim"] {
        let client = try client(scratch, mode, architectures: ["amd64", "arm64"])
        let files = try files(crossing, "debian", "--mode", mode, "--format", "list")
        #expect(files.keys.sorted().map { ($0 as NSString).pathExtension } == ["asc", "list"])
        for (path, text) in files {
          try Disk.write(
            text.replacingOccurrences(of: "/etc/apt/", with: client.root + "/etc/apt/"),
            to: client.root + path
          )
        }
        try expectWorks(client, packages: 10)
      }
    }
  }

  @Test func theBuildStageWritesItsFilesAndUpdates() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(crossing, "verbatim")
      let text = try config(crossing, "debian", "--format", "dockerfile").succeeded()
      // As the builder reads it: no comments, continued lines joined.
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        .filter { !$0.drop { $0 == " " }.hasPrefix("#") }.joined(separator: "\n")
        .replacingOccurrences(of: "\\\n", with: "").split(separator: "\n")
      #expect(lines.map { $0.prefix { $0 != " " } } == ["ARG", "FROM", "RUN"], "\(text)")
      let client = try client(scratch)
      try Disk.write(
        "deb http://127.0.0.1:1/ nowhere main\n",
        to: client.root + "/etc/apt/sources.list.d/default.list"
      )
      let command = try #require(lines.last).dropFirst("RUN ".count)
        .replacingOccurrences(of: "/etc/apt/", with: client.root + "/etc/apt/")
      try run(["sh", "-c", command], environment: ["APT_CONFIG": client.root + "/apt.conf"])
        .succeeded()
      #expect(
        try Disk.names(in: client.root + "/etc/apt/sources.list.d") == ["aptferry-debian.sources"]
      )
      #expect(try client.downloadAll().count == 2)
      // A server that is away is no success; apt-get alone says that it is.
      let away = command.replacingOccurrences(
        of: url(crossing, "debian"),
        with: "http://127.0.0.1:1"
      )
      let failed = try run(
        ["sh", "-c", away],
        environment: ["APT_CONFIG": client.root + "/apt.conf"]
      )
      #expect(failed.status != 0, "\(failed.everything)")
      #expect(
        try config(crossing, "debian", "--format", "dockerfile").errors.contains("take http:")
      )
    }
  }

  @Test(.enabled(if: hasYAML, "python3 has no yaml here"))
  func cloudInitAndAnsibleAreYAMLWithTheSameFile() throws {
    try withScratchDirectory { scratch in
      var suite = ForgedSuite.small()
      suite.date = "Sun, 01 Nov 2020 08:00:00 +0000"
      suite.fields["Valid-Until"] = "Sun, 08 Nov 2020 08:00:00 +0000"
      let crossing = try site(scratch, suite)
      try publish(crossing, "verbatim", at: "production/debian")
      let sources = try config(crossing, "production/debian").succeeded()
      let path = "/etc/apt/sources.list.d/aptferry-production_debian.sources"
      let judge = """
        import json, sys, yaml
        print(json.dumps(yaml.safe_load(sys.stdin)))
        """
      func read(_ format: String) throws -> Any {
        let text = try config(crossing, "production/debian", "--format", format).succeeded()
        if format == "cloud-init" { #expect(text.hasPrefix("#cloud-config\n")) }
        let json = try run(["python3", "-c", judge], input: Array(text.utf8)).succeeded()
        return try JSONSerialization.jsonObject(with: Data(json.utf8))
      }
      let cloud = try #require(try read("cloud-init") as? [String: Any])
      let file = try #require((cloud["write_files"] as? [[String: String]])?.first)
      #expect(file["path"] == path && file["content"] == sources && file["permissions"] == "0644")
      #expect(cloud["package_update"] as? Bool == true)
      let tasks = try #require(try read("ansible") as? [[String: Any]])
      let copy = try #require(tasks.first?["ansible.builtin.copy"] as? [String: String])
      #expect(copy["dest"] == path && copy["content"] == sources && copy["mode"] == "0644")
      #expect(tasks.count == 2)
      #expect(
        tasks[1]["when"] as? String == (tasks[0]["register"] as? String).map { $0 + " is changed" }
      )
    }
  }

  @Test func whatAptCouldNotCheckIsRefused() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(crossing, "both")
      try crossing.connected("trust", "remove", crossing.forge.key.fingerprint).succeeded()
      let unknown = try config(crossing, "debian", "--mode", "verbatim")
      #expect(unknown.refused(.trust), "\(unknown.everything)")
      #expect(unknown.errors.contains(" trust add "))
      try config(crossing, "debian").succeeded()
    }
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      var suite = ForgedSuite.small()
      suite.hasInRelease = false
      suite.hasDetachedSignature = false
      try crossing.forge.build(suite)
      try crossing.connected(
        "snapshot",
        "create",
        "first",
        "--tree",
        crossing.forge.root,
        "--suite",
        "stable",
        "--allow-unsigned"
      ).succeeded()
      try publish(crossing, "verbatim")
      let refusal = try config(crossing, "debian")
      #expect(refusal.refused(.trust) && refusal.errors.contains("--mode resigned"))
      try publish(crossing, "resigned")
      try expectWorks(
        try client(scratch, sources: try config(crossing, "debian").succeeded()),
        packages: 2
      )
    }
  }
}
