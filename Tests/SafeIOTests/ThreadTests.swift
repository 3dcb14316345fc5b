import SafeIO
import Synchronization
import Testing

@Suite struct BoundedQueueTests {
  @Test(arguments: [1, 3, 64, 100])
  func `Elements come out in order and none is lost`(_ limit: Int) throws {
    let queue = BoundedQueue<Int>(limit: limit)
    var received: [Int] = []
    try Threads.beside { () throws(Failure) in
      for number in 0..<5000 { _ = queue.send(number) }
      queue.finish()
    } _: { () throws(Failure) in
      while let number = queue.receive() { received.append(number) }
    }
    #expect(received == Array(0..<5000))
    #expect(queue.receive() == nil)
  }

  @Test func `The sender waits for the receiver`() throws {
    let queue = BoundedQueue<Int>(limit: 2)
    let sent = Atomic<Int>(0)
    let counter = Counter(sent)
    try Threads.beside { () throws(Failure) in
      for number in 0..<100 {
        _ = queue.send(number)
        counter.value.add(1, ordering: .sequentiallyConsistent)
      }
      queue.finish()
    } _: { () throws(Failure) in
      var received = 0
      while queue.receive() != nil {
        received += 1
        // What was taken, what waits, and one that has passed send but not yet counted itself.
        #expect(counter.value.load(ordering: .sequentiallyConsistent) <= received + 2)
      }
    }
  }

  @Test func `Cancelling frees a sender and a receiver that wait`() throws {
    let full = BoundedQueue<Int>(limit: 1)
    let empty = BoundedQueue<Int>(limit: 1)
    #expect(full.send(1))
    try Threads.run([
      { #expect(!full.send(2)) },
      { #expect(empty.receive() == nil) },
      {
        full.cancel()
        empty.cancel()
      },
    ])
    #expect(full.receive() == nil)
    #expect(!empty.send(1))
  }

  @Test func `Several senders and receivers share one queue`() throws {
    let queue = BoundedQueue<Int>(limit: 4)
    let total = Counter(Atomic(0))
    let open = Counter(Atomic(3))
    let sender: @Sendable () throws(Failure) -> Void = {
      for number in 1...1000 { _ = queue.send(number) }
      if open.value.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 { queue.finish() }
    }
    let receiver: @Sendable () throws(Failure) -> Void = {
      while let number = queue.receive() { total.value.add(number, ordering: .relaxed) }
    }
    try Threads.run([sender, receiver, sender, receiver, sender])
    #expect(total.value.load(ordering: .relaxed) == 3 * 500_500)
  }

  private final class Counter: Sendable {
    let value: Atomic<Int>
    init(_ value: consuming Atomic<Int>) { self.value = value }
  }
}

@Suite struct BlockStreamTests {
  private func sum(_ bytes: RawSpan) -> Int {
    var sum = 0
    for index in 0..<bytes.byteCount {
      sum += Int(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
    }
    return sum
  }

  @Test func `Blocks go round and carry all bytes`() throws {
    let stream = BlockStream(depth: 3, capacity: 100)
    var count = 0
    var total = 0
    try Threads.beside { () throws(Failure) in
      for number in 0..<1000 {
        guard let block = stream.takeFree() else { return }
        #expect(block.count == 0)
        let bytes = [UInt8](repeating: UInt8(number % 7), count: 60)
        #expect(unsafe block.append(bytes.span.bytes) == 60)
        #expect(unsafe block.append(bytes.span.bytes) == 40)
        #expect(block.room == 0 && block.appendZeros(1) == 0)
        _ = stream.send(block)
      }
      stream.finish()
    } _: { () throws(Failure) in
      while let block = stream.next() {
        count += block.count
        total += sum(block.bytes)
        stream.giveBack(block)
      }
    }
    #expect(count == 100_000)
    #expect(total == (0..<1000).reduce(0) { $0 + $1 % 7 * 100 })
  }

  @Test func `A consumer that stops stops the producer`() throws {
    let stream = BlockStream(depth: 2, capacity: 10)
    try Threads.beside { () throws(Failure) in
      while let block = stream.takeFree() {
        guard stream.send(block) else { return }
      }
    } _: { () throws(Failure) in
      _ = stream.next()
      stream.cancel()
    }
    #expect(stream.next() == nil)
  }

  @Test func `A producer that fails stops the consumer`() throws {
    let stream = BlockStream(depth: 2, capacity: 10)
    #expect(throws: stop()) {
      try Threads.beside { () throws(Failure) in
        defer { stream.cancel() }
        throw stop()
      } _: { () throws(Failure) in
        while let block = stream.next() { stream.giveBack(block) }
      }
    }
  }
}

@Suite struct ThreadsTests {
  @Test func `Every job has run when run returns`() throws {
    let done = Mutex<Set<Int>>([])
    let box = Box(done)
    try Threads.run((0..<20).map { number in { box.value.withLock { _ = $0.insert(number) } } })
    #expect(box.value.withLock { $0.count } == 20)
  }

  @Test func `The first failure is thrown when all have ended`() throws {
    let box = Box(Mutex<Set<Int>>([]))
    #expect(throws: stop(number: 1)) {
      try Threads.run([
        fail1,
        { box.value.withLock { _ = $0.insert(1) } },
      ])
    }
    #expect(box.value.withLock { $0 } == [1])
  }

  @Test func `Each index is run once`() throws {
    let box = Box(Mutex<Set<Int>>([]))
    try Threads.forEach(count: 1000, width: 4) { (index) throws(Failure) in
      #expect(box.value.withLock { $0.insert(index).inserted })
    }
    #expect(box.value.withLock { $0.count } == 1000)
    try Threads.forEach(count: 0) { (_) throws(Failure) in throw stop() }
  }

  @Test func `After a failure no new index begins`() throws {
    let box = Box(Mutex<Set<Int>>([]))
    #expect(throws: stop(number: 5)) {
      try Threads.forEach(count: 1_000_000, width: 2) { (index) throws(Failure) in
        if index == 5 { throw stop(number: 5) }
        box.value.withLock { _ = $0.insert(index) }
      }
    }
    #expect(box.value.withLock { $0.count } < 1_000_000)
  }

  @Test func `What the worker throws comes before what the body throws`() throws {
    #expect(throws: stop(number: 1)) {
      try Threads.beside(
        fail1,
        fail2
      )
    }
    #expect(throws: stop(number: 1)) {
      try Threads.beside(fail1, {})
    }
    #expect(try Threads.beside({}, { 7 }) == 7)
  }

  private final class Box: Sendable {
    let value: Mutex<Set<Int>>
    init(_ value: consuming Mutex<Set<Int>>) { self.value = value }
  }
}

@Suite struct InterruptionTests {
  @Test func `A request stops its own work, on every thread, and nothing else`() throws {
    let (stopped, other) = (Interruption(), Interruption())
    stopped.request(.terminated)
    stopped.request(.interrupted)
    let outcomes = Outcomes()
    let ask: @Sendable () -> Void = {
      do throws(Failure) {
        try Interruption.check()
        outcomes.all.withLock { $0.append(nil) }
      } catch {
        outcomes.all.withLock { $0.append(error.kind) }
      }
    }
    try stopped.govern {
      ask()
      try Threads.forEach(count: 2, width: 1) { _ in ask() }
      other.govern { ask() }
    }
    ask()
    #expect(outcomes.all.withLock { $0 } == [.terminated, .terminated, .terminated, nil, nil])
  }

  private final class Outcomes: Sendable {
    let all = Mutex<[FailureClass?]>([])
  }
}

/// A failure that says which job it is of.
private func stop(number: Int = 0) -> Failure {
  Failure(.internal, .init(stringLiteral: "stop-\(number)"), "")
}

@Sendable private func fail1() throws(Failure) { throw stop(number: 1) }

@Sendable private func fail2() throws(Failure) { throw stop(number: 2) }
