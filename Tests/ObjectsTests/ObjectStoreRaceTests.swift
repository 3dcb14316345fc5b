import Objects
import SafeIO
import Synchronization
import TestSupport
import Testing

/// What every store must do when several threads use it.
@Suite("A store of objects with many users")
struct ObjectStoreRaceTests {
  @Test("takes one content from eight at a time, once", arguments: StoreUnderContract.allCases)
  func sameContent(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      for round in 0..<20 {
        let content = Content((0..<3000).map { UInt8(truncatingIfNeeded: $0 &+ round) })
        let counter = Counter()
        try Threads.forEach(count: 8, width: 8) { (_) throws(Failure) in
          try ours {
            let isNew = try store.admit(
              content.digest,
              size: content.size,
              from: content.source(step: 100)
            )
            if isNew { counter.value.wrappingAdd(1, ordering: .relaxed) }
          }
        }
        #expect(counter.value.load(ordering: .relaxed) == 1)
        #expect(try store.hash(content.digest).digest == content.digest)
      }
      #expect(try store.all().count == 20)
      #expect(try store.strays().isEmpty)
    }
  }

  @Test("shows each object whole or not at all", arguments: StoreUnderContract.allCases)
  func readers(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      let contents = (0..<100).map { number in
        Content((0..<(1000 + number)).map { UInt8(truncatingIfNeeded: $0 &* number) })
      }
      try Threads.forEach(count: 400, width: 8) { (index) throws(Failure) in
        try ours {
          let content = contents[index % 100]
          switch index / 100 {
          case 0: try store.admit(content)
          case 1, 2:
            guard try store.contains(content.digest, size: content.size) else { return }
            #expect(try store.hash(content.digest).digest == content.digest)
          default:
            let listed = try store.list(bucket: content.digest.firstByte, after: nil, limit: 1000)
            for object in listed {
              #expect(try store.hash(object.digest).digest == object.digest)
            }
          }
        }
      }
      #expect(try store.all() == contents.map(\.digest).sorted())
    }
  }

  @Test("is used by two who remove and admit", arguments: StoreUnderContract.allCases)
  func removal(_ kind: StoreUnderContract) throws {
    try kind.with { store throws in
      let content = Content("contested")
      try Threads.forEach(count: 2000, width: 4) { (index) throws(Failure) in
        try ours {
          if index % 2 == 0 {
            try store.admit(content)
          } else {
            _ = try store.remove(content.digest)
          }
        }
      }
      try store.admit(content)
      #expect(try store.hash(content.digest).digest == content.digest)
      #expect(try store.strays().isEmpty)
    }
  }

  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
  }
}
