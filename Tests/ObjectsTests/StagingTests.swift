import Foundation
import SafeIO
import TestSupport
import Testing

@testable import Objects

@Suite("Objects on their way in")
struct StagingTests {
  @Test("are read-only objects once admitted, and admitted again changes nothing")
  func admit() throws {
    let scratch = try LocalStore()
    defer { scratch.remove() }
    let staging = try scratch.stagings.open("one")
    let digest = try staging.keep(bytes: [1, 2, 3])
    #expect(try staging.contains(digest, size: 3))
    #expect(try !scratch.objects.contains(digest, size: 3))
    try staging.admit([digest])
    try staging.admit([digest])
    #expect(try scratch.objects.contains(digest, size: 3))
    #expect(try !scratch.objects.contains(digest, size: 4))
    #expect(try scratch.objects.open(digest).readAll(limit: 10) == [1, 2, 3])
    #expect(
      try scratch.mode("objects/" + digest.hex.prefix(2) + "/" + digest.hex) == 0o444
    )
    try staging.discard()
    #expect(try scratch.stagings.names().isEmpty)
  }

  @Test("are admitted all at once, and what is no object of theirs stays")
  func admitAll() throws {
    let scratch = try LocalStore()
    defer { scratch.remove() }
    let staging = try scratch.stagings.open("one")
    var digests: [SHA256Digest] = []
    for number in 0..<3000 {
      digests.append(try staging.keep(bytes: Array("\(number)".utf8)))
    }
    _ = try staging.openSplit(SHA256Digest.of([1]))
    // There already: as good as admitted.
    _ = try scratch.put([Array("7".utf8)])
    try staging.admitAll()
    #expect(try staging.list().isEmpty)
    for digest in digests { #expect(try scratch.objects.size(of: digest) != nil) }
    try staging.admitAll()
    let left = try FileManager.default.contentsOfDirectory(
      atPath: scratch.path + "/incoming/one"
    )
    #expect(left == [SHA256Digest.of([1]).hex + ".split"])
    try staging.discard()
  }

  @Test("that are not wanted any more go, the wanted ones stay")
  func keepOnly() throws {
    let scratch = try LocalStore()
    defer { scratch.remove() }
    let staging = try scratch.stagings.open("one")
    var digests: [SHA256Digest] = []
    for number in 0..<3000 {
      digests.append(try staging.keep(bytes: Array("\(number)".utf8)))
    }
    let wanted = digests.prefix(10)
    try staging.keepOnly(Set(wanted))
    #expect(try staging.list() == wanted.sorted())
  }

  @Test("that were never kept cannot be admitted")
  func absent() throws {
    let scratch = try LocalStore()
    defer { scratch.remove() }
    let staging = try scratch.stagings.open("one")
    #expect(failure { try staging.admit([SHA256Digest.of([9])]) }?.name == "not-found")
  }

  @Test("give way to a whole object and replace one of another size")
  func present() throws {
    let scratch = try LocalStore()
    defer { scratch.remove() }
    let digest = try scratch.put([[1, 2, 3]])[0]
    let path =
      scratch.path + "/objects/" + digest.hex.prefix(2) + "/" + digest.hex
    let before = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber]
    _ = try scratch.put([[1, 2, 3]])
    let after = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber]
    #expect(before as? NSNumber == after as? NSNumber)
    try FileManager.default.removeItem(atPath: path)
    try Data([1]).write(to: URL(fileURLWithPath: path))
    _ = try scratch.put([[1, 2, 3]])
    #expect(try scratch.objects.contains(digest, size: 3))
  }

  @Test("are there again after an interruption, halves are not")
  func reopened() throws {
    let scratch = try LocalStore()
    defer { scratch.remove() }
    let digest = try scratch.stagings.open("one").keep(bytes: [7])
    let half = try scratch.stagings.open("one").create(SHA256Digest.of([8]))
    try half.write([8])
    let staging = try scratch.stagings.open("one")
    #expect(try staging.list() == [digest])
    let names = try FileManager.default.contentsOfDirectory(
      atPath: scratch.path + "/incoming/one"
    )
    #expect(names == [digest.hex])
    #expect(try staging.check(digest, size: 1))
    let path = scratch.path + "/incoming/one/" + digest.hex
    try FileManager.default.removeItem(atPath: path)
    try Data([6]).write(to: URL(fileURLWithPath: path))
    #expect(try !staging.check(digest, size: 1))
    #expect(try staging.list().isEmpty)
  }

  @Test("come from files by copy or by another name, hashed as they are kept")
  func ingest() throws {
    let scratch = try LocalStore()
    defer { scratch.remove() }
    try Data("hello".utf8).write(to: URL(fileURLWithPath: scratch.path + "/source"))
    let directory = try Directory(opening: scratch.path)
    let staging = try scratch.stagings.open("one")
    let expected = ContentHash(digest: SHA256Digest.of(Array("hello".utf8)), size: 5)
    let copied = try staging.ingest(try directory.file("source"))
    #expect(copied == expected)
    #expect(try directory.status("source")?.links == 1)
    let linked = try staging.ingest(try directory.file("source"), by: .link, expecting: expected)
    #expect(linked == expected)
    #expect(try directory.status("source")?.links == 2)
    #expect(try directory.status("source")?.mode == 0o444)
    let wrong = ContentHash(digest: SHA256Digest.of([1]), size: 5)
    #expect(try staging.ingest(try directory.file("source"), expecting: wrong) == nil)
    #expect(try staging.list() == [expected.digest])
  }

  @Test("twenty thousand small ones, by several threads")
  func many() throws {
    let scratch = try LocalStore()
    defer { scratch.remove() }
    let staging = try scratch.stagings.open("many")
    try Threads.forEach(count: 20_000) { (index) throws(Failure) in
      try ours {
        _ = try staging.keep(bytes: Array("\(index)".utf8))
      }
    }
    let digests = (0..<20_000).map { SHA256Digest.of(Array("\($0)".utf8)) }
    try staging.admit(digests)
    for (index, digest) in digests.enumerated() {
      guard try scratch.objects.contains(digest, size: UInt64("\(index)".utf8.count)) else {
        Issue.record("object \(index) is missing")
        return
      }
    }
    try staging.discard()
  }
}
