/// A stream of blocks from one thread to another, with a fixed set of blocks that go round.
///
/// The producer takes a free block, fills it and sends it; the consumer gives it back. When either
/// side stops, the other one's next call says so.
package final class BlockStream: Sendable {
  private let free: BoundedQueue<Block>
  private let full: BoundedQueue<Block>

  /// How many blocks go round where nothing speaks for another number: few, so that they stay in the
  /// processors' caches.
  package static let standardDepth = 8

  /// A stream with `depth` blocks of `capacity` bytes.
  package init(depth: Int = BlockStream.standardDepth, capacity: Int = Block.standardCapacity) {
    free = BoundedQueue(limit: depth)
    full = BoundedQueue(limit: depth)
    for _ in 0..<depth { _ = free.send(Block(capacity: capacity)) }
  }

  /// An empty block to fill; nil when the consumer has stopped.
  package func takeFree() -> Block? {
    let block = free.receive()
    block?.clear()
    return block
  }

  /// Hands a filled block over; false when the consumer has stopped.
  package func send(_ block: Block) -> Bool { full.send(block) }

  /// Says that no more blocks come.
  package func finish() { full.finish() }

  /// The next filled block; nil at the end of the stream.
  package func next() -> Block? { full.receive() }

  /// Gives a block back to the producer.
  package func giveBack(_ block: Block) { _ = free.send(block) }

  /// Ends the stream from either side.
  package func cancel() {
    free.cancel()
    full.cancel()
  }
}
