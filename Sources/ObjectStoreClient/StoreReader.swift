#if Network
package import SafeIO
private import Synchronization

/// An object that is read piece by piece, the further ahead the longer it is read in order.
package final class StoreReader: Sendable {
  private let client: StoreClient
  private let key: String
  private let size: UInt64
  private let ahead = Mutex(Ahead())

  private struct Ahead {
    /// Where what was fetched begins, and its pieces, each `StoreReader.piece` long but for the last.
    var start: UInt64 = 0
    var pieces: [[UInt8]] = []
    var length = 0
    /// How much is fetched next, if that goes on where this ended.
    var next = StoreReader.first

    var end: UInt64 { start + UInt64(length) }
  }

  /// What is fetched at first, and what one request asks for at most, in bytes.
  private static let first = 1 << 20
  private static let piece = 8 << 20
  /// How many requests go on at a time.
  private static let width = 4

  /// Reads an object of a size that was listed.
  package init(_ client: StoreClient, _ key: String, size: UInt64) {
    (self.client, self.key, self.size) = (client, key, size)
  }

  /// Reads at a byte offset, at most `limit`, into the block's free part; 0 at the end.
  ///
  /// - Throws: `io` when the object has gone, or is not as long as it was listed.
  package func read(
    into block: Block,
    at offset: UInt64,
    limit: Int = .max
  ) throws(Failure) -> Int {
    guard offset < size, limit > 0, block.room > 0 else { return 0 }
    // One reader at a time: others would fetch the same once more.
    let (bytes, failure) = ahead.withLock { ahead -> ([UInt8], Failure?) in
      do throws(Failure) {
        if !(ahead.start..<ahead.end).contains(offset) { try fetch(from: offset, &ahead) }
        let place = Int(offset - ahead.start)
        let piece = ahead.pieces[place / StoreReader.piece]
        let rest = piece[(place % StoreReader.piece)...]
        return (Array(rest.prefix(min(limit, block.room))), nil)
      } catch {
        return ([], error)
      }
    }
    if let failure { throw failure }
    return unsafe block.append(bytes.span.bytes)
  }

  private func fetch(from offset: UInt64, _ ahead: inout Ahead) throws(Failure) {
    let most = StoreReader.piece * StoreReader.width
    let wanted = offset == ahead.end && ahead.length > 0 ? ahead.next : StoreReader.first
    let length = Int(min(UInt64(wanted), size - offset))
    let count = (length + StoreReader.piece - 1) / StoreReader.piece
    let found = Pieces(count)
    ahead = Ahead()
    try Threads.forEach(count: count, width: StoreReader.width) {
      [client, key] (index) throws(Failure) in
      let start = index * StoreReader.piece
      let size = min(StoreReader.piece, length - start)
      found.set(try StoreReader.get(client, key, offset + UInt64(start), size), at: index)
    }
    ahead.start = offset
    ahead.pieces = found.all
    ahead.length = length
    ahead.next = min(most, length * 4)
  }

  private static func get(
    _ client: StoreClient,
    _ key: String,
    _ offset: UInt64,
    _ count: Int
  ) throws(Failure) -> [UInt8] {
    let subject = "s3://\(client.settings.address.bucket)/\(key)"
    guard let answer = try client.get(key, from: offset, count: count) else {
      throw Failure(.io, .notFound, "it was listed and has gone from the store", subject: subject)
    }
    guard answer.body.count == count else {
      throw Failure(
        .io,
        "store-range",
        "the object store gave \(answer.body.count) bytes of this object instead of \(count)",
        subject: subject,
        hint: "run the same command again; somebody may have replaced the object meanwhile"
      )
    }
    return answer.body
  }

  /// What was fetched by several threads.
  private final class Pieces: Sendable {
    private let state: Mutex<[[UInt8]]>

    init(_ count: Int) { state = Mutex(Array(repeating: [], count: count)) }

    var all: [[UInt8]] { state.withLock { $0 } }

    func set(_ bytes: [UInt8], at index: Int) { state.withLock { $0[index] = bytes } }
  }
}
#endif
