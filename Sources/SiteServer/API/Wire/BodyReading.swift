#if Network
private import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import SafeIO

/// Reads the body of one request into memory, of which all bodies together have so much only.
struct BodyReading {
  /// The longest body: the keys of some 200 000 packages.
  static let longest = 64 << 20
  /// The longest one of somebody whom this server does not know.
  static let longestOfNobody = 64 << 10

  private let memory: BodyMemory
  private let limit: Int
  private var taken = 0

  init(_ site: Site, for caller: Caller) {
    // Where there are no users, all rights are those of the server's own account.
    let isNobody = caller.name == nil && (site.access.knowsUsers || caller.rights != .all)
    memory = isNobody ? site.bodiesOfNobody : site.bodies
    limit = isNobody ? BodyReading.longestOfNobody : BodyReading.longest
  }

  /// All of the body, as far as it came.
  mutating func bytes(of request: Request) async throws -> [UInt8] {
    let announced = request.headers[.contentLength].flatMap { Int($0) } ?? 0
    guard announced <= limit else { throw tooLong }
    var bytes: [UInt8] = []
    for try await part in request.body {
      try take(part.readableBytes)
      bytes += part.readableBytesView
    }
    return bytes
  }

  /// Gives back what it took: the request is answered.
  mutating func end() {
    memory.give(taken)
    taken = 0
  }

  private mutating func take(_ count: Int) throws(APIRefusal) {
    guard count <= limit - taken else { throw tooLong }
    guard memory.take(count) else {
      throw APIRefusal(503, "too many long bodies come at the same time; try again soon")
    }
    taken += count
  }

  private var tooLong: APIRefusal {
    APIRefusal(413, "the body is longer than \(ByteSize.text(UInt64(limit)))")
  }
}
#endif
