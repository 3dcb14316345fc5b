import Foundation
import SafeIO
import TestSupport
import Testing

/// Publications in a real object store, by the commands and by `scripts/store-trial`.
@Suite(.waits, .enabled(if: ObjectStoreLab.found != nil, Comment(rawValue: ObjectStoreLab.reason)))
struct ObjectStoreTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  private static var settings: String {
    ProcessInfo.processInfo.environment["APTFERRY_S3"] ?? ""
  }

  private static var place: String { (settings as NSString).deletingLastPathComponent }

  static func newBucket() throws -> String {
    try python("print(Store(place).bucket)").filter { !$0.isNewline }
  }

  /// One signed request for what the program itself never does.
  static func ask(
    _ method: String,
    _ key: String,
    in bucket: String,
    _ body: String = ""
  ) throws -> String {
    let words = "'\(method)', '/\(bucket)/\(key)', body=b'\(body)'"
    return try python("sys.stdout.buffer.write(Store(place, '\(bucket)').ask(\(words)))")
  }

  private static func python(_ line: String) throws -> String {
    let text = """
      import sys
      sys.path.insert(0, "\(root)/scripts")
      sys.dont_write_bytecode = True
      from store_trial.world import Store
      place = "\(place)"
      \(line)
      """
    return try run(["python3", "-c", text]).succeeded()
  }

  @Test func commandsKeepTheirShape() throws {
    let lab = try #require(ObjectStoreLab.found)
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      let suite = ForgedSuite.full()
      try crossing.forge.build(suite)
      try crossing.freeze("one", suite.name)
      var site = crossing.connected
      let bucket = try Self.newBucket()
      let words = [
        "target", "create", "ceph", "s3://\(bucket)/site", "--endpoint", lab.endpoint, "--region",
        lab.region, "--json",
      ]
      let nowhere = words.map { $0.replacing(bucket, with: "nothing-is-here") }
      #expect(try site(words).refused(.configuration, "no-credentials"))
      site.environment["AWS_ACCESS_KEY_ID"] = lab.accessKey
      site.environment["AWS_SECRET_ACCESS_KEY"] = lab.secretKey
      #expect(try site(nowhere).refused(.configuration, "no-bucket"))
      #expect(try site(words).succeeded().contains("\"atomic\": true"))
      #expect(try site(words).refused(.state, "target-exists"))
      #expect(try site("target", "update", "nowhere").refused(.usage, "no-target"))

      let publish = [
        "publish", "one", "--at", "debian", "--mode", "both", "--target", "ceph", "--json",
      ]
      #expect(try site(publish).succeeded().contains("\"number\": 1"))
      let again = try site("target", "update", "ceph", "--json").succeeded()
      #expect(again.contains("\"unchanged\": true") && again.contains("\"requests\": 2"))
      #expect(try site("target", "list", "--json").succeeded().contains("\"behind\": false"))
      #expect(
        try site("target", "show", "ceph").succeeded().contains("of several writers one wins")
      )
      #expect(try site("target", "show", "ceph", "--json").succeeded().contains("\"debian\""))
      let checked = try site("target", "check", "ceph", "--whole", "--json").succeeded()
      #expect(checked.contains("\"findings\": []") && checked.contains("\"leftovers\": []"))
      let sources = try site("client-config", "debian", "--target", "ceph").succeeded()
      #expect(sources.contains("URIs: \(lab.endpoint)/\(bucket)/site/debian\n"))
      #expect(
        try site("publication", "rollback", "debian", "--json").refused(.usage, "no-generation")
      )
      try site("publication", "edit", "debian", "--label", "Plant", "--json").succeeded()
      #expect(try site("target", "show", "ceph").succeeded().contains("as number 2"))
      // Nothing in the store goes by it, so nobody is asked.
      site.isConfirming = false
      try site("target", "remove", "ceph", "--publication", "debian", "--json").succeeded()
      try site("target", "remove", "ceph", "--json").succeeded()
    }
  }

  /// Short forms of what is run in full by hand.
  @Test(arguments: [
    ["care"], ["kill", "--steps", "7"], ["faults", "--steps", "19"], ["race", "--rounds", "2"],
    ["served", "--clients", "3", "--publishes", "4"], ["carry", "--steps", "9"],
  ])
  func trials(words: [String]) throws {
    try withScratchDirectory { scratch in
      let trial = try run(
        [
          Self.root + "/scripts/store-trial", "--store", Self.place,
          "--program", try AptFerry(home: scratch.path("home")).program,
        ] + words,
        limit: 900
      )
      #expect(trial.status == 0, "\(trial.everything)")
      #expect(trial.text.contains(", 0 troubles") || trial.text.contains(": 0 troubles"))
    }
  }
}
