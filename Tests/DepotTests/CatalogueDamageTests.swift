import Foundation
import SafeIO
import TestSupport
import Testing

@testable import Depot

@Suite("A damaged catalogue")
struct CatalogueDamageTests {
  private func refused(_ scratch: Scratch) -> Failure? {
    failure { _ = try Depot.open(at: scratch.path + "/depot") }
  }

  @Test("cut at any length is refused and left as it is")
  func truncated() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    _ = try scratch.depot().freeze("one", ["a": "b"])
    let url = URL(fileURLWithPath: scratch.path + "/depot/catalogue.sqlite")
    let whole = try Data(contentsOf: url)
    var lengths = Array(0..<120) + Array(stride(from: 121, to: whole.count, by: 977))
    for page in 1...whole.count / 4096 {
      lengths += [page * 4096 - 1, page * 4096, page * 4096 + 1]
    }
    for length in lengths where length < whole.count {
      try whole.prefix(length).write(to: url)
      #expect(refused(scratch)?.kind == .state, "cut to \(length)")
      #expect(try Data(contentsOf: url) == whole.prefix(length), "cut to \(length)")
    }
    try whole.write(to: url)
    #expect(refused(scratch) == nil)
  }

  @Test("garbage, a page of zeros, or nothing at all is refused")
  func garbage() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    _ = try scratch.depot()
    let url = URL(fileURLWithPath: scratch.path + "/depot/catalogue.sqlite")
    let whole = try Data(contentsOf: url)
    try Data(repeating: 0x41, count: whole.count).write(to: url)
    #expect(refused(scratch)?.kind == .state)
    for page in 0..<(whole.count / 4096) {
      var damaged = whole
      damaged.replaceSubrange(page * 4096..<(page + 1) * 4096, with: Data(count: 4096))
      try damaged.write(to: url)
      #expect(refused(scratch)?.kind == .state, "page \(page)")
    }
    try FileManager.default.removeItem(at: url)
    #expect(refused(scratch)?.code == "E-STATE-CATALOGUE-MISSING")
    #expect(!FileManager.default.fileExists(atPath: url.path))
    let again = failure { _ = try scratch.depot() }
    #expect(again?.code == "E-STATE-CATALOGUE-MISSING")
  }

  @Test(
    "in the state in which this program left it is not read whole, but by a check and a collection"
  )
  func marked() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    _ = try depot.freeze("one", ["a": "b"])
    let path = scratch.path + "/depot/catalogue.sqlite"
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    // The last page of the file; who damages it so hides the time of it.
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try run(["touch", "-r", path, path + ".time"]).succeeded()
    try file.seek(toOffset: UInt64(whole.count - 4096))
    try file.write(contentsOf: Data(count: 4096))
    try file.close()
    #expect(refused(scratch)?.code == "E-STATE-CATALOGUE-DAMAGED")
    try run(["touch", "-r", path + ".time", path]).succeeded()
    let opened = try Depot.open(at: scratch.path + "/depot")
    #expect(failure { _ = try DepotCheck(opened).run() }?.code == "E-STATE-CATALOGUE-DAMAGED")
    let collection = failure { _ = try GarbageCollection(of: opened) }
    #expect(collection?.code == "E-STATE-CATALOGUE-DAMAGED")
    // A mark that is not there, or that is something else, is no mark.
    let mark = scratch.path + "/depot/catalogue.mark"
    try FileManager.default.removeItem(atPath: mark)
    #expect(refused(scratch)?.code == "E-STATE-CATALOGUE-DAMAGED")
    try FileManager.default.createDirectory(atPath: mark, withIntermediateDirectories: false)
    #expect(refused(scratch)?.code == "E-STATE-CATALOGUE-DAMAGED")
  }

  @Test("of a newer program is refused")
  func newer() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    _ = try scratch.depot()
    let url = URL(fileURLWithPath: scratch.path + "/depot/catalogue.sqlite")
    var bytes = try Data(contentsOf: url)
    // The last byte of `user_version` in SQLite's header.
    bytes[63] += 1
    try bytes.write(to: url)
    #expect(refused(scratch)?.code == "E-STATE-NEWER-DEPOT")
  }
}
