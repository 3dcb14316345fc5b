import Foundation
import SafeIO
import Testing

@testable import Depot
@testable import Publishing

@Suite("Publishing without links")
struct PlainTreeTests {
  private func files(_ number: Int) -> [String: String] {
    [
      "dists/stable/main/binary-amd64/Packages": "index \(number)", "pool/\(number)": "\(number)",
      "pool/same": "same",
    ]
  }

  private func publish(_ scratch: Scratch, _ number: Int, now: Int64 = 1_700_000_000) throws {
    _ = try scratch.publish("s\(number)", at: "a/debian", now: now) {
      $0.change.hasLinks = false
      $0.change.grace = 10
      $0.change.kept = 2
    }
  }

  private func isClean(_ scratch: Scratch) throws -> Bool {
    var report = try DepotCheck(scratch.depot).run()
    try PublicationCheck(scratch.depot).run(into: &report)
    return report.findings == []
  }

  @Test("shows real directories and files that share nothing, whatever goes by")
  func plain() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    for number in 1...4 { try scratch.freeze("s\(number)", files(number)) }
    try publish(scratch, 1)
    try publish(scratch, 2)
    // Packages of the generation before are there for the grace, in the tree itself.
    #expect(try scratch.tree("a/debian")["pool/1"] == "1")
    try publish(scratch, 3, now: 1_700_000_100)
    try publish(scratch, 4, now: 1_700_000_200)
    let root = scratch.path + "/depot/public/a/debian"
    for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
      let status = try #require(try Directory(opening: root).status(name))
      #expect(status.kind != .symbolicLink, "\(name)")
      if status.kind == .directory {
        #expect(status.mode == 0o755, "\(name)")
      } else {
        #expect(status.links == 1, "\(name)")
        #expect(status.mode == 0o644, "\(name)")
      }
    }
    #expect(
      try scratch.tree("a/debian").filter { $0.key != ".generation" }
        == [
          "dists/stable/main/binary-amd64/Packages": "index 4", "pool/4": "4", "pool/3": "3",
          "pool/same": "same",
        ]
    )
    #expect(try scratch.names("public/.publications/a%2Fdebian/generations") == ["000003"])
    #expect(try isClean(scratch))
    #expect(try Publications.show("a/debian", in: scratch.depot).kept.map(\.number) == [3])
    let rolled = try scratch.publisher.rollBack(
      PublicationChange(prefix: "a/debian", now: UTCTime(seconds: 1_700_000_300)),
      to: nil
    )
    #expect(rolled.generation == 5)
    #expect(try scratch.tree("a/debian")["dists/stable/main/binary-amd64/Packages"] == "index 3")
    #expect(try isClean(scratch))
    #expect(
      failure { _ = try scratch.publish("s4", at: "a/debian") { $0.change.hasLinks = true } }?.code
        == "E-STATE-OTHER-LINKS"
    )
    let change = PublicationChange(prefix: "a/debian", now: UTCTime(seconds: 1_700_000_400))
    #expect(try scratch.publisher.remove(change) == 2)
    #expect(try scratch.names("public") == [".publications"])
  }

  @Test("finds its way after a kill between the two steps of a switch")
  func kill() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("s1", files(1))
    try scratch.freeze("s2", files(2))
    try publish(scratch, 1)
    try publish(scratch, 2)
    let generations = scratch.path + "/depot/public/.publications/a%2Fdebian/generations/"
    // The trees have changed places, and the old one has not its number again.
    try FileManager.default.moveItem(
      atPath: generations + "000001",
      toPath: generations + "000002"
    )
    try Publisher.recover(scratch.depot, facts: AuditFacts())
    #expect(try scratch.names("public/.publications/a%2Fdebian/generations") == ["000001"])
    #expect(try isClean(scratch))
    // Taken away and not forgotten: it is shown again.
    try FileManager.default.moveItem(
      atPath: scratch.path + "/depot/public/a/debian",
      toPath: generations + "000002"
    )
    try Publisher.recover(scratch.depot, facts: AuditFacts())
    #expect(try isClean(scratch))
    #expect(try scratch.tree("a/debian")["pool/2"] == "2")
  }

  @Test("leaves a foreign directory at the prefix alone")
  func foreign() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("s1", files(1))
    let root = scratch.path + "/depot/public/a/debian"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    #expect(failure { try publish(scratch, 1) }?.code == "E-STATE-FOREIGN-FILE")
  }

  @Test("or with files of its own has modes as clients want them", arguments: FileForm.allCases)
  func forms(form: FileForm) throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("s1", files(1))
    try scratch.freeze("s2", files(2))
    _ = try scratch.publish("s1", at: "debian") { $0.change.form = .links }
    _ = try scratch.publish("s2", at: "debian") { $0.change.form = form }
    let status = try Directory(opening: scratch.path + "/depot/public/debian/pool").status("same")
    #expect(status?.mode == (form == .links ? 0o444 : 0o644))
    #expect(try isClean(scratch))
  }
}
