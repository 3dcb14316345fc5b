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

  @Test("reads ranges, also at the end and behind it", arguments: StoreUnderContract.allCases)
  func ranges(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      let content = Content("0123456789")
      try store.admit(content)
      let cases: [(UInt64, Int, String)] = [
        (0, 10, "0123456789"), (0, 100, "0123456789"), (3, 4, "3456"), (9, 5, "9"), (0, 0, ""),
        (10, 5, ""), (11, 1, ""), (1 << 40, 1, ""),
      ]
      for (offset, limit, expected) in cases {
        let found = try store.bytes(of: content.digest, from: offset, limit: limit)
        #expect(found == Array(expected.utf8), "from \(offset), \(limit) bytes")
      }
    }
  }

  @Test("refuses to read what is not there", arguments: StoreUnderContract.allCases)
  func absent(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      let content = Content("hello")
      #expect(
        failure { _ = try store.bytes(of: content.digest, from: 0, limit: 1) }?.name
          == "missing-object"
      )
      #expect(failure { _ = try store.open(content.digest) }?.name == "missing-object")
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

  @Test("lists sorted, in pages of any length", arguments: StoreUnderContract.allCases)
  func lists(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      let contents = (0..<400).map { Content("\($0)") }
      let sizes = Dictionary(uniqueKeysWithValues: contents.map { ($0.digest, $0.size) })
      for content in contents { try store.admit(content) }
      let expected = contents.map(\.digest).sorted()
      #expect(try store.all() == expected)
      // The fullest one.
      let fullest = Dictionary(grouping: expected, by: \.firstByte).max {
        ($0.value.count, $1.key) < ($1.value.count, $0.key)
      }?.key
      let byte = try #require(fullest)
      let bucket = expected.filter { $0.firstByte == byte }
      for length in [1, 2, 1000] {
        var paged: [SHA256Digest] = []
        while true {
          let page = try store.list(bucket: byte, after: paged.last, limit: length)
          #expect(page.count <= length)
          if page.isEmpty { break }
          for object in page {
            #expect(object.size == nil || object.size == sizes[object.digest])
          }
          paged += page.map(\.digest)
        }
        #expect(paged == bucket)
      }
    }
  }

  @Test("has a census of what is there", arguments: StoreUnderContract.allCases)
  func census(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      let contents = (0..<500).map { Content("\($0)") }
      for content in contents { try store.admit(content) }
      var census = try ObjectCensus(store)
      #expect(census.count == 500)
      let marks = (census.mark(contents[7].digest), census.mark(Content("none").digest))
      #expect(marks == (true, false))
      #expect(census.marked == 1)
      #expect(census.buckets.flatMap(\.digests) == contents.map(\.digest).sorted())
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
