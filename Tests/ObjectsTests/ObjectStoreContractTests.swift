import Objects
import SafeIO
import Synchronization
import TestSupport
import Testing

/// What every store of objects must do, whatever it is made of.
@Suite("A store of objects")
struct ObjectStoreContractTests {
  @Test("has what was admitted, under its digest and size", arguments: StoreUnderContract.allCases)
  func admits(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      let content = Content("hello")
      #expect(try store.size(of: content.digest) == nil)
      #expect(try !store.contains(content.digest, size: 5))
      #expect(try store.admit(content))
      #expect(try store.size(of: content.digest) == 5)
      #expect(try store.contains(content.digest, size: 5))
      #expect(try !store.contains(content.digest, size: 4))
      #expect(try store.bytes(of: content.digest, from: 0, limit: 100) == content.bytes)
      try store.sync()
    }
  }

  @Test("is read as whatever has objects is", arguments: StoreUnderContract.allCases)
  func isRead(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      for content in ReadingContract.contents { try store.admit(Content(content)) }
      try ReadingContract.check(store)
    }
  }

  @Test("takes content twice and keeps it once", arguments: StoreUnderContract.allCases)
  func admitsTwice(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      let content = Content("hello")
      #expect(try store.admit(content))
      #expect(try !store.admit(content))
      #expect(try store.all() == [content.digest])
    }
  }

  @Test("takes empty content", arguments: StoreUnderContract.allCases)
  func empty(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      let content = Content([])
      #expect(try store.admit(content))
      #expect(try store.size(of: content.digest) == 0)
      #expect(try store.bytes(of: content.digest, from: 0, limit: 10) == [])
    }
  }

  @Test("takes what comes in small pieces", arguments: StoreUnderContract.allCases)
  func pieces(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      let content = Content((0..<5000).map { UInt8($0 & 0xff) })
      #expect(try store.admit(content.digest, size: 5000, from: content.source(step: 7)))
      #expect(try store.hash(content.digest) == ContentHash(digest: content.digest, size: 5000))
    }
  }

  @Test(
    "refuses content that is not what its digest and size say, and keeps nothing of it",
    arguments: StoreUnderContract.allCases
  )
  func refuses(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      let (content, other) = (Content("hello"), Content("hallo"))
      // Other bytes; too few; too many.
      for (size, source) in [(5, other), (6, content), (4, content)] as [(UInt64, Content)] {
        let refused = failure {
          _ = try store.admit(content.digest, size: size, from: source.source())
        }
        #expect(refused == Failure(.integrity, "object-content", ""))
        #expect(try store.isEmpty())
        #expect(try store.size(of: content.digest) == nil)
      }
      #expect(try store.admit(content))
    }
  }

  @Test("stops to read content that is too long", arguments: StoreUnderContract.allCases)
  func endless(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      var asked = 0
      let refused = failure {
        _ = try store.admit(Content("a").digest, size: 1) { (_, block) throws(Failure) in
          asked += 1
          return block.appendZeros(1)
        }
      }
      #expect(refused?.name == "object-content")
      #expect(asked == 2)
    }
  }

  @Test("gives a file of an object, and a file of damaged content never silently")
  func files() throws {
    let store = MemoryObjects()
    let content = Content((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    try store.admit(content)
    #expect(try store.open(content.digest).readAll(limit: 1 << 22) == content.bytes)
    store.damage(content.digest, with: Array("short".utf8))
    #expect(failure { _ = try store.open(content.digest) }?.name == "damaged-object")
    try withScratchDirectory(onDisk: true) { scratch throws in
      let local = LocalObjects(try Directory(opening: scratch.path))
      try local.admit(content)
      #expect(try local.open(content.digest).readAll(limit: 1 << 22) == content.bytes)
    }
  }

  @Test("removes, and says whether there was anything", arguments: StoreUnderContract.allCases)
  func removes(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      let content = Content("hello")
      #expect(try !store.remove(content.digest))
      try store.admit(content)
      try store.admit(Content("other"))
      #expect(try store.remove(content.digest))
      #expect(try !store.remove(content.digest))
      #expect(try store.size(of: content.digest) == nil)
      #expect(try store.all() == [Content("other").digest])
      #expect(try store.admit(content))
    }
  }

  @Test("has its capabilities or says that it has none", arguments: StoreUnderContract.allCases)
  func capabilities(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      guard kind != .local else {
        #expect(store.links != nil && store.marks != nil)
        let space = try #require(store.space)
        #expect(try space.freeSpace().bytes > 0)
        return
      }
      let refused = failure { _ = try store.requireLinks() }
      #expect(refused?.code == "E-STATE-NO-LINKS")
      #expect(refused?.hint?.contains("--files copies") == true)
      #expect(store.marks == nil && store.space == nil)
    }
  }
}
