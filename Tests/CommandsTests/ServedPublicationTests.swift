import Foundation
import SafeIO
import TestSupport
import Testing

/// `publication check` asks what apt asks; the real apt-get says whether it is right.
@Suite struct ServedPublicationTests {
  private func site(
    _ scratch: ScratchDirectory,
    lost: [String] = [],
    mode: String = "verbatim",
    _ suite: ForgedSuite = AskingClient.suite()
  ) throws -> Crossing {
    let crossing = try Crossing(scratch)
    try crossing.forge.build(suite)
    try crossing.forge.list(AskingClient.files, in: suite)
    for path in lost { crossing.forge.lose(path, of: suite) }
    try crossing.freeze("first", "stable")
    try crossing.connected("publish", "first", "--at", "debian", "--mode", mode).succeeded()
    return crossing
  }

  private func check(_ crossing: Crossing, _ more: String...) throws -> RunResult {
    try crossing.connected(["publication", "check", "debian"] + more)
  }

  /// Whether apt-get takes the published tree, with all clients in one.
  private func aptTakes(_ crossing: Crossing, _ name: String) throws -> Bool {
    for asking in AskingClient.allCases {
      let client = try AptClient(root: crossing.scratch.path("\(name)-\(asking)"))
      try asking.configure(client)
      try client.addSource(
        tree: crossing.scratch.path("connected/public/debian"),
        suite: "stable",
        components: ["main"],
        armoredKey: crossing.forge.key.armored
      )
      if try client.update().status != 0 { return false }
    }
    return true
  }

  @Test func whatIsThereAnswersAll() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      let result = try check(crossing)
      #expect(try result.succeeded().contains("clients get all that they ask for"))
      #expect(result.text.contains("DEP-11-icons"), "\(result.text)")
      #expect(try aptTakes(crossing, "all"))
      #expect(try crossing.connected("publication", "check", "nowhere").refused(.usage))
    }
  }

  @Test(arguments: AskingClient.allCases)
  func whatIsListedAndAbsentIsNamed(asking: AskingClient) throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch, lost: [asking.asked])
      #expect(try !aptTakes(crossing, "lost"))
      let result = try check(crossing)
      #expect(result.refused(.incomplete), "\(result.everything)")
      #expect(result.text.contains("stable, verbatim: \(asking.asked)"), "\(result.text)")
      // Clients with the file do not ask.
      try check(crossing, "--configured").succeeded()
      // This site's own Release lists what is there.
      try crossing.connected("publish", "first", "--at", "debian", "--mode", "resigned").succeeded()
      try check(crossing).succeeded()
    }
  }

  @Test func filesOfTheTreeAreReadAsClientsReadThem() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      let directory = scratch.path("connected/public/debian/dists/stable/main/")
      let index = directory + "binary-amd64/Packages"
      // As long as any form is there, and right.
      Disk.remove(index + ".xz")
      try check(crossing).succeeded()
      let bytes = try Disk.read(index + ".gz")
      Disk.remove(index + ".gz")
      try Disk.write("something else", to: index + ".gz")
      let damaged = try check(crossing, "--configured")
      #expect(damaged.refused(.integrity) && damaged.text.contains("Packages.gz"))
      Disk.remove(index + ".gz")
      Disk.remove(index)
      Disk.remove(directory + "binary-amd64/by-hash")
      let absent = try check(crossing, "--configured")
      #expect(absent.refused(.incomplete), "\(absent.everything)")
      #expect(absent.text.contains("ABSENT:     stable, verbatim: main/binary-amd64/Packages"))
      try Disk.write(bytes, to: index + ".gz")
      try check(crossing).succeeded()
      // Another signature than the clients' key makes.
      let release = scratch.path("connected/public/debian/dists/stable/InRelease")
      let text = try Disk.text(release)
      Disk.remove(release)
      try Disk.write(text.replacing("Origin: Test", with: "Origin: Text"), to: release)
      let altered = try check(crossing)
      #expect(altered.refused(.integrity) && altered.text.contains("REFUSED:"), "\(altered.text)")
    }
  }

  @Test func keysThatAreNotPinnedAreNotDamage() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      let fingerprint = crossing.forge.key.fingerprint
      try crossing.connected("trust", "remove", fingerprint).succeeded()
      let result = try check(crossing)
      #expect(result.refused(.trust), "\(result.everything)")
      #expect(result.text.contains("REFUSED:    stable, verbatim:"), "\(result.text)")
      #expect(result.errors.contains("trust add"), "\(result.errors)")
    }
  }

  @Test func theDocumentHasEveryQuestion() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch, lost: ["main/i18n/Translation-de"], mode: "both")
      let result = try check(crossing, "--json")
      #expect(result.status == 12, "\(result.everything)")
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any]
      )
      #expect(json["good"] as? Bool == false)
      let answers = try #require(json["answers"] as? [[String: Any]])
      let lost = answers.filter { $0["outcome"] as? String == "absent" }
      #expect(lost.count == 1 && lost[0]["language"] as? String == "de")
      #expect(lost[0]["mode"] as? String == "verbatim" && lost[0]["asked"] as? Bool == false)
      #expect(Set(answers.compactMap { $0["mode"] as? String }) == ["verbatim", "resigned"])
      try check(crossing, "--mode", "resigned").succeeded()
    }
  }
}
