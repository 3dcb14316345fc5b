internal import SafeIO

extension WrittenFact {
  /// The longest fact as it is written, in bytes; lists are shared out among several.
  static let longest = 4096

  /// The fact as JSON.
  var json: [UInt8] {
    var text = FactJSON("{\"\(WrittenFact.kindName)\":")
    text.string(kind)
    for (name, value) in members {
      text.raw(",\"\(name)\":")
      switch value {
      case .text(let value): text.string(value)
      case .number(let number): text.raw("\(number)")
      case .flag: text.raw("true")
      case .list(let values): text.list(values)
      }
    }
    text.raw("}")
    return text.bytes
  }

  /// The fact in pieces that are short enough, each as JSON: all of its other members stand in each
  /// of them, and the values of its lists in one of them.
  var pieces: [[UInt8]] {
    let whole = json
    guard whole.count > WrittenFact.longest else { return [whole] }
    let scalars = members.filter { !$0.value.isList }
    let room = WrittenFact.longest - with(scalars).json.count
    let values = members.flatMap { member in member.value.texts.map { (member.name, $0) } }
    var lists = SharedLists()
    for (name, text) in values {
      // The digest stands for a fact that is too long even so: nobody can say later that it was
      // another one. No fact that a rule reads can be so long.
      guard SharedLists.length(name, text) <= room else { return [standIn(for: whole)] }
      lists.add(text, to: name, room: room)
    }
    guard room > 0 else { return [standIn(for: whole)] }
    return lists.parts.map { with(scalars + $0).json }
  }

  private func with(_ members: [Member]) -> WrittenFact {
    WrittenFact(kind: kind, members)
  }

  private func standIn(for whole: [UInt8]) -> [UInt8] {
    with([("fact-sha256", .digest(SHA256Digest.of(whole)))]).json
  }
}

extension WrittenFact.Value {
  fileprivate var isList: Bool {
    guard case .list = self else { return false }
    return true
  }

  fileprivate var texts: [String] {
    guard case .list(let texts) = self else { return [] }
    return texts
  }
}

/// The values of a fact's lists, in order, in parts of which each has room.
private struct SharedLists {
  private(set) var parts: [[WrittenFact.Member]] = [[]]
  private var used = 0

  /// How long a value is at most in a part, with the name of its list.
  static func length(_ name: String, _ text: String) -> Int {
    FactJSON.length(text) + name.utf8.count + 7
  }

  mutating func add(_ text: String, to name: String, room: Int) {
    let length = SharedLists.length(name, text)
    if used + length > room {
      parts.append([])
      used = 0
    }
    used += length
    let part = parts.count - 1
    guard let last = parts[part].last, last.name == name else {
      return parts[part].append((name, .list([text])))
    }
    parts[part][parts[part].count - 1].value = .list(last.value.texts + [text])
  }
}

/// JSON that is written whole: unlike the other texts of a record it is never cut.
private struct FactJSON {
  private(set) var bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func string(_ text: String) {
    bytes.append(0x22)
    for scalar in text.unicodeScalars { bytes += AuditLineWriter.escaped(scalar) }
    bytes.append(0x22)
  }

  mutating func list(_ values: [String]) {
    raw("[")
    for (index, value) in values.enumerated() {
      if index > 0 { raw(",") }
      string(value)
    }
    raw("]")
  }

  static func length(_ text: String) -> Int {
    var written = FactJSON("")
    written.string(text)
    return written.bytes.count
  }
}
