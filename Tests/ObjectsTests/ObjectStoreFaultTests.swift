import Foundation
import Objects
import SafeIO
import TestSupport
import Testing

/// What every store must do when something fails on the way.
@Suite("A store of objects under faults")
struct ObjectStoreFaultTests {
  private let content = Content((0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

  @Test(
    "has nothing of content whose source failed at any piece",
    arguments: StoreUnderContract.allCases
  )
  func source(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      for failing in stride(from: UInt64(0), through: 10_000, by: 1000) {
        let source = content.source(step: 1000) { (offset) throws(Failure) in
          if offset == failing { throw FaultyObjects.fault }
        }
        let refused = failure {
          _ = try store.admit(content.digest, size: content.size, from: source)
        }
        #expect(refused == FaultyObjects.fault)
        #expect(try store.isEmpty())
      }
      #expect(try store.admit(content))
    }
  }

  @Test(
    "shows nothing of content that is half-way, to nobody",
    arguments: [StoreUnderContract.local, .memory]
  )
  func halfWay(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      var looks = 0
      let source = content.source(step: 1000) { (_) throws(Failure) in
        looks += 1
        // What another process would find if this one were killed here.
        do {
          #expect(try store.isEmpty())
          #expect(try store.size(of: content.digest) == nil)
        } catch {
          throw (error as? Failure ?? Failure(.internal, "test", "\(error)"))
        }
      }
      let isNew = try store.admit(content.digest, size: content.size, from: source)
      #expect(isNew)
      #expect(looks == 11)
    }
  }

  @Test("that fails at its n-th call goes on when it is asked again")
  func again() throws {
    let counting = FaultyObjects(MemoryObjects(), failingAt: 0)
    try work(on: counting)
    #expect(counting.count > 4)
    for call in 1...counting.count {
      let base = MemoryObjects()
      let faulty = FaultyObjects(base, failingAt: call)
      #expect(failure { try work(on: faulty) } == FaultyObjects.fault)
      for digest in try base.all() { #expect(try base.hash(digest).digest == digest) }
      try work(on: base)
      #expect(try base.all().count == 2)
    }
  }

  private func work(on store: any ObjectStore) throws {
    for text in ["one", "two", "three"] { try store.admit(Content(text)) }
    try store.sync()
    _ = try store.remove(Content("two").digest)
    try store.sync()
  }

  @Test("that is full says so, keeps what it has and nothing of the rest")
  func full() throws {
    let store = MemoryObjects(capacity: 12_000)
    try store.admit(content)
    let second = Content((0..<5000).map { UInt8(truncatingIfNeeded: $0) })
    #expect(failure { try store.admit(second) }?.kind == .resource)
    #expect(try store.all() == [content.digest])
    #expect(try store.hash(content.digest).digest == content.digest)
    _ = try store.remove(content.digest)
    #expect(try store.admit(second))
  }

  /// Whether this machine lets us mount a small file system.
  static let canMount =
    (try? run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]))?.status == 0

  @Test(
    "of files on a full disk too",
    .enabled(if: ObjectStoreFaultTests.canMount, "needs mounts")
  )
  func fullDisk() throws {
    try withScratchDirectory(onDisk: true) { scratch throws in
      let mount = try scratch.directory("small")
      try run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount]).succeeded()
      defer { _ = try? run(["umount", mount]) }
      let store = LocalObjects(try Directory(opening: mount))
      try store.admit(content)
      let large = Content([UInt8](repeating: 7, count: 100_000))
      #expect(failure { try store.admit(large) }?.kind == .resource)
      #expect(try store.all() == [content.digest])
      #expect(try store.strays().isEmpty)
      #expect(try store.hash(content.digest).digest == content.digest)
      // Its space came back with it.
      #expect(try store.admit(Content([UInt8](repeating: 8, count: 30_000))))
    }
  }

  @Test("replaces what was damaged", arguments: [[UInt8]("x".utf8), [UInt8]("hallo".utf8)])
  func damaged(_ bytes: [UInt8]) throws {
    try withScratchDirectory(onDisk: true) { scratch throws in
      let store = LocalObjects(try Directory(opening: scratch.path))
      let content = Content("hello")
      try store.admit(content)
      let path = scratch.path("\(content.digest.hex.prefix(2))/\(content.digest.hex)")
      try Disk.write(bytes, to: path + ".new")
      try Disk.rename(path + ".new", to: path)
      #expect(try !store.contains(content.digest, size: 5))
      #expect(try store.admit(content))
      #expect(try store.contains(content.digest, size: 5))
      #expect(try Disk.read(path) == content.bytes)
    }
  }

  @Test("leads nobody out by a link in place of a directory")
  func linkedDirectory() throws {
    try withScratchDirectory(onDisk: true) { scratch throws in
      let (inside, outside) = (try scratch.directory("objects"), try scratch.directory("outside"))
      let store = LocalObjects(try Directory(opening: inside))
      let content = Content("hello")
      try Disk.symbolicLink(inside + "/\(content.digest.hex.prefix(2))", to: outside)
      #expect(failure { try store.admit(content) }?.kind == .unsafe)
      #expect(try Disk.names(in: outside).isEmpty)
      #expect(try store.strays() == [String(content.digest.hex.prefix(2))])
    }
  }

  @Test("reads beyond four gigabytes")
  func large() throws {
    try withScratchDirectory(onDisk: true) { scratch throws in
      // Nobody hashes that much in a test: the file is put there, with a hole.
      let store = LocalObjects(try Directory(opening: scratch.path))
      let digest = Content("large").digest
      let directory = try Directory(opening: try scratch.directory(String(digest.hex.prefix(2))))
      let file = try directory.createFile(digest.hex)
      let size: UInt64 = (1 << 32) + 17
      try file.truncate(to: size)
      try file.seek(to: size - 3)
      try file.write([1, 2, 3])
      try file.close()
      #expect(try store.size(of: digest) == size)
      #expect(try store.bytes(of: digest, from: size - 4, limit: 100) == [0, 1, 2, 3])
      #expect(try store.bytes(of: digest, from: size, limit: 100) == [])
      let block = Block(capacity: 16)
      #expect(try store.read(digest, at: 1 << 32, limit: 16, into: block) == 16)
    }
  }
}
