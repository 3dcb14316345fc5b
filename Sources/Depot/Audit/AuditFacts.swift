internal import Synchronization

/// What a command has done so far, gathered from the libraries that did it, for whatever record
/// says how it ended.
package final class AuditFacts: Sendable {
  private let gathered = Mutex<[AuditFact]>([])

  package init() {}

  /// Says that something was done, right behind it.
  package func add(_ fact: AuditFact) { add([fact]) }

  /// Says that some things were done, right behind them.
  package func add(_ facts: [AuditFact]) { gathered.withLock { $0 += facts } }

  /// All of it, in order.
  package var all: [AuditFact] { gathered.withLock { $0 } }
}

/// The facts of one record, as they are written.
struct AuditFactList: Sendable {
  /// The array, as JSON.
  let json: [UInt8]

  /// None.
  static let none = AuditFactList(pieces: [])

  /// How much of a line facts take at most; texts, which may be cut, get the rest.
  private static let longest = 16_384

  private init(pieces: [[UInt8]]) {
    json = [0x5b] + pieces.joined(separator: [0x2c]) + [0x5d]
  }

  /// Facts for as many records as they need, one at least; those that rules read come first.
  static func lists(of facts: [AuditFact]) -> [AuditFactList] {
    let ordered = facts.filter(\.isRead) + facts.filter { !$0.isRead }
    var lists: [AuditFactList] = []
    var pending: [[UInt8]] = []
    var length = 2
    for piece in ordered.flatMap(\.written.pieces) {
      if length + piece.count + 1 > longest {
        lists.append(AuditFactList(pieces: pending))
        (pending, length) = ([], 2)
      }
      pending.append(piece)
      length += piece.count + 1
    }
    return lists + [AuditFactList(pieces: pending)]
  }
}
