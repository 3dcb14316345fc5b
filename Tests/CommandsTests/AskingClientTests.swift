import Foundation
import SafeIO
import TestSupport
import Testing

/// Clients that ask for more than packages, with the file of `client-config` and without it; the
/// real apt-get judges.
@Suite struct AskingClientTests {
  /// A depot with a vendor's suite, of which `lost` is listed and not there, published at `debian`.
  private func site(
    _ scratch: ScratchDirectory,
    lost: [String],
    files: [String: String] = AskingClient.files,
    _ suite: ForgedSuite = AskingClient.suite()
  ) throws -> Crossing {
    let crossing = try Crossing(scratch)
    try crossing.forge.build(suite)
    try crossing.forge.list(files, in: suite)
    for path in lost { crossing.forge.lose(path, of: suite) }
    try crossing.freeze("first", suite.name)
    return crossing
  }

  private func config(_ crossing: Crossing, _ more: String...) throws -> String {
    let url = "file:" + crossing.scratch.path("connected/public/debian")
    return try crossing.connected(["client-config", "debian", "--url", url] + more).succeeded()
  }

  /// A machine with this text as its sources.
  private func client(
    _ scratch: ScratchDirectory,
    _ name: String,
    _ asking: AskingClient,
    _ sources: String
  ) throws -> AptClient {
    let client = try AptClient(root: scratch.path(name))
    try asking.configure(client)
    try Disk.write(sources, to: client.root + "/etc/apt/sources.list.d/x.sources")
    return client
  }

  private func lists(_ client: AptClient) throws -> [String] {
    try Disk.names(in: client.root + "/var/lib/apt/lists")
  }

  @Test(arguments: AskingClient.allCases)
  func nothingIsAskedForThatIsListedAndAbsent(asking: AskingClient) throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch, lost: [asking.asked])
      let publish = try crossing.connected("publish", "first", "--at", "debian")
      #expect(try !publish.succeeded().isEmpty)
      let name = asking == .german ? "Translation-de" : asking.asked
      #expect(publish.errors.contains(name), "\(publish.errors)")
      let text = try config(crossing)
      let update = try client(scratch, "told", asking, text).update()
      #expect(update.status == 0, "\(update.everything)\(text)")
      // These lines it was.
      let plain = text.split(separator: "\n", omittingEmptySubsequences: false)
        .filter { !$0.hasPrefix("Targets") && !$0.hasPrefix("Languages") }.joined(separator: "\n")
      let refused = try client(scratch, "plain", asking, plain).update()
      #expect(refused.status != 0, "\(refused.everything)")
    }
  }

  @Test(arguments: AskingClient.allCases)
  func whatIsThereIsGivenAsBefore(asking: AskingClient) throws {
    // All of it, and a part.
    for lost in [[], AskingClient.files.keys.filter { $0 != asking.asked }] {
      try withScratchDirectory { scratch in
        let crossing = try site(scratch, lost: lost)
        try crossing.connected("publish", "first", "--at", "debian").succeeded()
        let client = try client(scratch, "client", asking, try config(crossing))
        let update = try client.update()
        #expect(update.status == 0, "\(update.everything)")
        #expect(try lists(client).contains { $0.contains(asking.listName) }, "\(lost)")
      }
    }
  }

  @Test func aListAndABuildStageSayTheSame() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch, lost: Array(AskingClient.files.keys))
      try crossing.connected("publish", "first", "--at", "debian").succeeded()
      let list = try config(crossing, "--format", "list")
      #expect(list.contains(" target=Packages,Translations lang=en "), "\(list)")
      for asking in AskingClient.allCases {
        let client = try AptClient(root: scratch.path("list-\(asking)"))
        try asking.configure(client)
        let key = scratch.path("vendor.asc")
        let lines = list.replacing("/etc/apt/keyrings/aptferry-debian.asc", with: key)
        try Disk.write(lines, to: client.root + "/etc/apt/sources.list.d/x.list")
        let update = try client.update()
        #expect(update.status == 0, "\(update.everything)\(lines)")
      }
      for format in ["dockerfile", "cloud-init", "ansible"] {
        let text = try config(crossing, "--format", format)
        #expect(text.contains("Targets: Packages Translations"), "\(text)")
        #expect(text.contains("Languages: en"), "\(text)")
      }
    }
  }

  @Test func contentsAtTheTopAreAnotherTarget() throws {
    try withScratchDirectory { scratch in
      let files = ["Contents-amd64": "usr/bin/x misc/pier\n", "main/cnf/Commands-amd64": "x\n"]
      let crossing = try site(scratch, lost: ["Contents-amd64"], files: files)
      try crossing.connected("publish", "first", "--at", "debian").succeeded()
      let update = try client(scratch, "client", .aptFile, try config(crossing)).update()
      #expect(update.status == 0, "\(update.everything)")
    }
    try withScratchDirectory { scratch in
      let files = ["Contents-amd64": "usr/bin/x misc/pier\n", "main/cnf/Commands-amd64": "x\n"]
      let crossing = try site(scratch, lost: ["main/cnf/Commands-amd64"], files: files)
      try crossing.connected("publish", "first", "--at", "debian").succeeded()
      let client = try client(scratch, "client", .aptFile, try config(crossing))
      #expect(try client.update().status == 0)
      #expect(try lists(client).contains { $0.contains("stable_Contents-amd64") })
    }
  }

  @Test func aFlatRepositoryIsAskedForContentsAndLanguagesToo() throws {
    try withScratchDirectory { scratch in
      var suite = ForgedSuite.flat("flat", ForgedSuite.small().components["main"] ?? [])
      suite.keepsPlainIndexes = true
      suite.hasByHash = false
      suite.fields["Architectures"] = "amd64 all"
      let files = ["Contents-amd64": "usr/bin/x misc/pier\n", "de": "Package: pier\n\n"]
      let crossing = try site(scratch, lost: ["Contents-amd64", "de"], files: files, suite)
      try crossing.connected("publish", "first", "--at", "debian").succeeded()
      let text = try config(crossing)
      for asking in [AskingClient.aptFile, .german] {
        let update = try client(scratch, "\(asking)", asking, text).update()
        #expect(update.status == 0, "\(update.everything)\(text)")
      }
    }
  }

  @Test func severalPublicationsGoIntoOneFile() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch, lost: ["main/Contents-amd64"])
      let packages = [ForgedPackage("crane"), ForgedPackage("winch")]
      try crossing.forge.build(.flat("tools", packages))
      try crossing.freeze("tools", "tools/")
      for (snapshot, prefix, mode) in [
        ("first", "debian", "verbatim"), ("tools", "acme/tools", "verbatim"),
        ("first", "site", "resigned"),
      ] {
        try crossing.connected("publish", snapshot, "--at", prefix, "--mode", mode).succeeded()
      }
      let base = "file:" + scratch.path("connected/public")
      func config(_ more: String...) throws -> RunResult {
        try crossing.connected(["client-config"] + more)
      }
      let text = try config("debian", "acme/tools", "--base-url", base).succeeded()
      let client = try client(scratch, "both", .aptFile, text)
      let update = try client.update()
      #expect(update.status == 0, "\(update.everything)")
      #expect(try client.available().count == 4)
      let three = try config("debian", "acme/tools", "site", "--base-url", base, "--format", "list")
        .succeeded()
      // The vendor's key and the key of this site.
      #expect(
        Set(three.split { " ]".contains($0) }.filter { $0.hasPrefix("signed-by=") }).count == 2
      )
      let docker = try config(
        "debian",
        "acme/tools",
        "--url",
        "http://a.example/x",
        "--url",
        "http://b.example/y",
        "--format",
        "dockerfile"
      ).succeeded()
      #expect(docker.contains("'URIs: http://a.example/x'"), "\(docker)")
      #expect(docker.contains("'URIs: http://b.example/y'"), "\(docker)")
      #expect(try config("debian", "site", "--url", base).refused(.usage))
      #expect(try config("debian", "debian", "--base-url", base).refused(.usage))
    }
  }

  @Test func aReleaseThatEndsLaterStaysValidToo() throws {
    try withScratchDirectory { scratch in
      var suite = AskingClient.suite()
      suite.fields["Valid-Until"] = "Sat, 08 Nov 2098 08:00:00 UTC"
      let crossing = try site(scratch, lost: [], suite)
      let publish = try crossing.connected("publish", "first", "--at", "debian")
      #expect(publish.errors.contains("--mode both"), "\(publish.errors)")
      #expect(try config(crossing).contains("\nValid-Until-Min: "))
      let text = try config(crossing, "--valid-until-min", "180d")
      #expect(text.contains("\nValid-Until-Min: \(180 * 86_400)\n"))
      #expect(try client(scratch, "client", .german, text).update().status == 0)
    }
  }
}
