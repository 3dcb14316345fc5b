private import Glibc
internal import Publishing
package import SafeIO

/// Who fetched what of a publication, as the server's access log says.
package struct ServedClients: Sendable {
  /// One machine, or one user of it, at one generation.
  package struct Use: Hashable, Sendable {
    /// Where the requests came from.
    package let address: String
    /// Whose they were; `-` for nobody's.
    package let user: String
    package let generation: UInt64
    /// When the last one came.
    package let lastSeen: UTCTime
    /// How many there were.
    package let requests: UInt64
    /// The generation of the last request of this client.
    package let latest: UInt64
  }

  /// By generation, then by when they were seen last; the newest first.
  package let uses: [Use]
  /// How many lines are no lines of a server's log.
  package let strangeLines: UInt64
  /// Whether there were more clients than can be kept.
  package let isIncomplete: Bool
}

extension Session {
  /// Who fetched what of a publication, by lines of access logs; `-` is standard input.
  package func servedClients(
    _ prefix: String,
    generation: UInt64?,
    logs: [String]
  ) throws(Failure) -> ServedClients {
    let prefix = try PublicationPrefix(prefix).text
    var count = ServedClientsCount(prefix)
    for log in logs {
      let (parent, name) = NamedPath.split(log)
      let file: OpenFile
      if log == "-" {
        file = OpenFile(owning: dup(0), name: "standard input")
      } else {
        let directory = try Directory(opening: parent)
        guard try directory.status(name) != nil else {
          throw Failure(
            .usage,
            .notFound,
            "there is no such file",
            subject: log,
            hint: "name what “serve --access-log” writes"
          )
        }
        file = try directory.file(name)
      }
      var lines = BoundedLines(longest: 8192)
      let block = Block(capacity: 1 << 16)
      while true {
        block.clear()
        if try file.read(into: block) == 0 { break }
        try interruption.check()
        lines.feed(block.bytes) { count.add($0) }
      }
      lines.finish { count.add($0) }
      count.strange += lines.dropped
    }
    return count.result(generation)
  }
}

/// Lines of a file that may have any.
private struct BoundedLines {
  private let longest: Int
  private var line: [UInt8] = []
  private var isTooLong = false
  /// How many lines were too long to be looked at.
  private(set) var dropped: UInt64 = 0

  init(longest: Int) { self.longest = longest }

  mutating func feed(_ bytes: RawSpan, _ take: ([UInt8]) -> Void) {
    for index in 0..<bytes.byteCount {
      let byte = unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      if byte == 0x0a {
        finish(take)
      } else if line.count < longest {
        line.append(byte)
      } else {
        isTooLong = true
      }
    }
  }

  mutating func finish(_ take: ([UInt8]) -> Void) {
    if isTooLong { dropped += 1 } else if !line.isEmpty { take(line) }
    line.removeAll(keepingCapacity: true)
    isTooLong = false
  }
}

/// Counts the lines of one publication, in memory that does not grow with the log.
private struct ServedClientsCount {
  private struct Client: Hashable {
    let address: String
    let user: String
  }

  private struct Seen {
    var generations: [UInt64: (last: UTCTime, requests: UInt64)] = [:]
    var latest: (generation: UInt64, at: UTCTime) = (0, UTCTime(seconds: .min))
  }

  private let prefix: String
  private var clients: [Client: Seen] = [:]
  private var isFull = false
  var strange: UInt64 = 0

  private static let mostClients = 50_000
  private static let mostGenerations = 32

  init(_ prefix: String) { self.prefix = prefix }

  mutating func add(_ bytes: [UInt8]) {
    guard let line = ServedLine(bytes) else {
      strange += 1
      return
    }
    guard line.prefix == prefix, let generation = line.generation, line.isFetched else { return }
    let client = Client(address: line.address, user: line.user)
    guard clients[client] != nil || clients.count < ServedClientsCount.mostClients else {
      isFull = true
      return
    }
    var seen = clients[client] ?? Seen()
    var use = seen.generations[generation] ?? (line.time, 0)
    use = (max(use.last, line.time), use.requests + 1)
    seen.generations[generation] = use
    if seen.generations.count > ServedClientsCount.mostGenerations,
      let oldest = seen.generations.min(by: { $0.value.last < $1.value.last })?.key
    {
      seen.generations[oldest] = nil
      isFull = true
    }
    if line.time >= seen.latest.at { seen.latest = (generation, line.time) }
    clients[client] = seen
  }

  func result(_ generation: UInt64?) -> ServedClients {
    let uses = clients.flatMap { client, seen in
      seen.generations.filter { generation == nil || $0.key == generation }.map { number, use in
        ServedClients.Use(
          address: client.address,
          user: client.user,
          generation: number,
          lastSeen: use.last,
          requests: use.requests,
          latest: seen.latest.generation
        )
      }
    }
    return ServedClients(
      uses: uses.sorted {
        ($1.generation, $1.lastSeen, $0.address, $0.user)
          < ($0.generation, $0.lastSeen, $1.address, $1.user)
      },
      strangeLines: strange,
      isIncomplete: isFull
    )
  }
}

/// One line of the server's access log; nil for what is none.
struct ServedLine {
  let address: String
  let user: String
  let time: UTCTime
  let status: Int
  let prefix: String
  let generation: UInt64?

  /// Whether the client got what it asked for.
  var isFetched: Bool { [200, 206, 304].contains(status) }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Reads a line: nothing that a client sent can stand outside of its quotes.
  init?(_ bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      return nil
    }
    guard let open = text.firstRange(of: " ["), let close = text.firstRange(of: "] \"") else {
      return nil
    }
    let who = text[..<open.lowerBound].split(separator: " ", omittingEmptySubsequences: false)
    guard who.count == 3, open.upperBound <= close.lowerBound,
      let time = ServedLine.time(text[open.upperBound..<close.lowerBound])
    else { return nil }
    var rest = text[close.upperBound...]
    guard ServedLine.dropQuoted(&rest) else { return nil }
    let numbers = rest.prefix { $0 != "\"" }.split(separator: " ")
    guard numbers.count == 2, let status = Int(numbers[0]), UInt64(numbers[1]) != nil else {
      return nil
    }
    for _ in 0..<2 {
      guard let quote = rest.firstIndex(of: "\"") else { return nil }
      rest = rest[rest.index(after: quote)...]
      guard ServedLine.dropQuoted(&rest) else { return nil }
    }
    let last = rest.split(separator: " ")
    guard last.count == 2 else { return nil }
    (address, user) = (String(who[0]), String(who[2]))
    (self.time, self.status, prefix) = (time, status, String(last[0]))
    generation = UInt64(last[1])
  }

  /// Goes behind the quote that ends a text; a backslash makes the next character a part of it.
  private static func dropQuoted(_ rest: inout Substring) -> Bool {
    while let character = rest.unicodeScalars.popFirst() {
      if character == "\"" { return true }
      if character == "\\" { _ = rest.unicodeScalars.popFirst() }
    }
    return false
  }

  /// `28/Nov/2026:23:01:02 +0000`, as the server writes it.
  private static func time(_ text: Substring) -> UTCTime? {
    let parts = text.split { "/: ".contains($0) }
    guard parts.count == 7, parts[6] == "+0000", text.utf8.count == 26,
      let month = months.firstIndex(of: String(parts[1]))
    else { return nil }
    let numbers = [0, 2, 3, 4, 5].compactMap { Int(parts[$0]) }
    guard numbers.count == 5 else { return nil }
    return UTCTime(
      year: numbers[1],
      month: month + 1,
      day: numbers[0],
      hour: numbers[2],
      minute: numbers[3],
      second: numbers[4]
    )
  }
}
