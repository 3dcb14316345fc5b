import SafeIO
import Testing

@testable import Depot
@testable import Publishing

/// What clients in the middle of an update still find, wherever a vendor keeps its packages.
@Suite("Within the grace, packages of the generation before")
struct GraceTests {
  private let now: Int64 = 1_700_000_000
  private let index = "dists/stable/main/binary-amd64/Packages"

  private func expectClean(_ scratch: Scratch) throws {
    var report = try DepotCheck(scratch.depot).run()
    try PublicationCheck(scratch.depot).run(into: &report)
    #expect(report.findings == [])
  }

  @Test(
    "stay beside the indexes, where some vendors have them, and go in the end",
    arguments: [PublicationMode.verbatim, .both]
  )
  func besideIndexes(mode: PublicationMode) throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let key = try scratch.makeKey()
    let views = mode == .both ? ["", "vendor/"] : [""]
    let day: Int64 = 86_400
    let start = UTCTime.now().seconds - 10 * day
    for number in 1...4 {
      try scratch.freeze(
        "s\(number)",
        [
          index: "\(number)", "dists/stable/pool/a_\(number).deb": "\(number)",
          "pool/b_\(number).deb": "b",
        ]
      )
      // An hour after the first, half a day after the second, and after all grace.
      let times = [0, 3600, day / 2, 3 * day]
      _ = try scratch.publish("s\(number)", at: "debian", by: key, now: start + times[number - 1]) {
        $0.mode = mode
      }
      let all = try scratch.everything("debian")
      for view in views {
        let found = (1...4).filter { all[view + "dists/stable/pool/a_\($0).deb"] == "\($0)" }
        // Of the third the successor came just now; of the others long before.
        #expect(found == (number < 4 ? Array(1...number) : [3, 4]), "\(view) \(number)")
        #expect(all[view + "pool/b_\(max(1, number - 1)).deb"] == "b")
      }
      try expectClean(scratch)
    }
  }

  @Test("stay when another path has changed its content, and the pool is a new one")
  func otherContent() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", ["pool/a_1.deb": "a", "pool/b.deb": "1", "apool/x.deb": "x"])
    try scratch.freeze("two", ["pool/a_2.deb": "a", "pool/b.deb": "2"])
    try scratch.freeze("three", ["pool/a_3.deb": "a", "pool/b.deb": "2"])
    _ = try scratch.publish("one", at: "debian")
    let result = try scratch.publish("two", at: "debian")
    #expect(
      try scratch.tree("debian")
        == ["pool/a_1.deb": "a", "pool/a_2.deb": "a", "pool/b.deb": "2", "apool/x.deb": "x"]
    )
    #expect(try scratch.names("public/.publications/debian/pools") == ["1", "2"])
    let record = try Publications.show("debian", in: scratch.depot).current
    #expect(record.listing == result.listing && record.files == result.files)
    try expectClean(scratch)
    // As long as the second is kept, which lists it; then no longer.
    try scratch.freeze("four", ["pool/a_4.deb": "a", "pool/b.deb": "2"])
    for (name, later) in [("three", 200_000), ("four", 400_000)] {
      _ = try scratch.publish(name, at: "debian", now: now + Int64(later)) { $0.change.kept = 1 }
      #expect(try scratch.tree("debian")["pool/a_1.deb"] == (name == "three" ? "a" : nil))
    }
    #expect(try scratch.tree("debian")["pool/a_3.deb"] == "a")
    try expectClean(scratch)
  }

  @Test("stay when the files get another form")
  func otherForm() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", ["pool/a_1.deb": "a"])
    try scratch.freeze("two", ["pool/a_2.deb": "a"])
    _ = try scratch.publish("one", at: "debian")
    _ = try scratch.publish("two", at: "debian") { $0.change.form = .copies }
    #expect(try scratch.tree("debian") == ["pool/a_1.deb": "a", "pool/a_2.deb": "a"])
    try expectClean(scratch)
  }

  @Test("and of the current one are there when a directory becomes shared, or is shared no more")
  func sharedAndNot() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let key = try scratch.makeKey()
    let files = ["pool/b.deb": "b", "vendor/a.deb": "a"]
    try scratch.freeze("one", files)
    try scratch.freeze("two", ["pool/b.deb": "b", "vendor/a_2.deb": "a2"])
    let modes: [PublicationMode] = [.both, .resigned, .both, .resigned]
    for (step, mode) in modes.enumerated() {
      _ = try scratch.publish("one", at: "debian", by: key, now: now + Int64(step)) {
        $0.mode = mode
      }
      let tree = try scratch.tree("debian")
      for (path, content) in files { #expect(tree[path] == content, "\(mode) \(path)") }
      try expectClean(scratch)
    }
    _ = try scratch.publish("two", at: "debian", by: key, now: now + 4) { $0.mode = .both }
    #expect(try scratch.tree("debian")["vendor/a.deb"] == "a")
    #expect(try scratch.tree("debian")["vendor/vendor/a.deb"] == "a")
    #expect(try scratch.tree("debian")["vendor/vendor/a_2.deb"] == "a2")
    try expectClean(scratch)
  }

  @Test("do not stand in the way of a directory that has the name of a file of before")
  func fileAndDirectory() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", ["pool/a": "1", "pool/b.deb": "b"])
    try scratch.freeze("two", ["pool/a/a.deb": "2", "pool/c.deb": "c"])
    _ = try scratch.publish("one", at: "debian")
    _ = try scratch.publish("two", at: "debian")
    #expect(try scratch.tree("debian")["pool/a/a.deb"] == "2")
    try expectClean(scratch)
  }

  @Test("may be called as this program calls its own trials")
  func probe() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    for number in 1...2 {
      try scratch.freeze("s\(number)", [".probe/\(number).deb": "\(number)"])
      _ = try scratch.publish("s\(number)", at: "debian")
    }
    #expect(try scratch.tree("debian")[".probe/1.deb"] == "1")
    #expect(try scratch.tree("debian")[".probe/2.deb"] == "2")
  }
}
