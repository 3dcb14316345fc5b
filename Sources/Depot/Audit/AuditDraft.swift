internal import SafeIO

/// A record before it has its place in the chain.
struct AuditDraft: Sendable {
  var kind: AuditKind
  /// The record of the beginning that this one is about.
  var of: UInt64?
  var time: UTCTime
  var program: String
  var actor: AuditActor
  var command: String?
  /// What was done; always written, so that a record without it is an older program's.
  var facts = AuditFactList.none
  var about: [AuditField] = []
  var details: [AuditField] = []
  var reason: String?
  var code: String?
  var exit: Int32?
  var message: String?
  /// Bytes of a record that was never complete.
  var torn: (bytes: UInt64, digest: SHA256Digest)?
  /// A record that the catalogue knows of and the log lacks.
  var known: AuditHead?

  /// The line, with its line feed: one JSON object whose first members stand in a fixed order.
  func line(sequence: UInt64, previous: SHA256Digest, open: [UInt64]) -> [UInt8] {
    var line = AuditLineWriter()
    line.raw("{\"seq\":\(sequence),\"prev\":\"\(previous.hex)\",\"time\":\"\(time.rfc3339)\"")
    line.raw(",\"kind\":\"\(kind.rawValue)\"")
    if let of { line.raw(",\"of\":\(of)") }
    line.raw(",\"open\":[" + open.map { String($0) }.joined(separator: ",") + "]")
    if let torn {
      line.raw(",\"torn\":{\"bytes\":\(torn.bytes),\"sha256\":\"\(torn.digest.hex)\"}")
    }
    if let known {
      line.raw(",\"known\":{\"seq\":\(known.sequence),\"sha256\":\"\(known.digest.hex)\"}")
    }
    // Two copies of a log that go on with the same command in the same second still differ.
    line.raw(",\"nonce\":\"\(String(UInt64.random(in: .min ... .max), radix: 16))\"")
    // Before any text, which may be cut; facts never are.
    line.raw(",\"facts\":")
    line.raw(facts.json)
    if let exit { line.raw(",\"exit\":\(exit)") }
    line.field("code", code)
    line.field("program", program)
    writeActor(to: &line)
    line.field("command", command)
    // What a person wrote comes before lists, which are what may become too long.
    line.field("reason", reason)
    line.field("message", message)
    line.fields("about", about)
    line.fields("details", details)
    return line.finish()
  }

  private func writeActor(to line: inout AuditLineWriter) {
    line.raw(",\"who\":{\"uid\":\(actor.uid)")
    line.field("user", actor.user)
    if let login = actor.login {
      line.raw(",\"login\":\(login)")
      line.field("loginUser", actor.loginUser)
    }
    line.field("sudo", actor.sudo)
    line.field("host", actor.host)
    if let remote = actor.remote {
      line.field("caller", remote.name)
      line.field("address", remote.address)
    }
    line.raw(",\"pid\":\(actor.process)}")
  }
}

/// Builds one line of the log: complete escaping, and a length that cannot be exceeded.
struct AuditLineWriter {
  private var bytes: [UInt8] = []
  private var isCut = false

  /// The longest line that is written, with its line feed.
  static let longestLine = 32_768
  /// The longest text in a line, as it is written with its escapes.
  static let longestText = 2048
  /// Kept free for what closes the line.
  private static let reserve = 512

  mutating func raw(_ text: String) { bytes.append(contentsOf: Array(text.utf8)) }

  mutating func raw(_ text: [UInt8]) { bytes += text }

  /// A member with a text; nothing when there is none.
  mutating func field(_ name: String, _ text: String?) {
    guard let text else { return }
    guard hasRoom(name.utf8.count + 8) else {
      isCut = true
      return
    }
    raw(",\"\(name)\":")
    string(text)
  }

  /// A member with an object of lists of texts; nothing when it would be empty.
  mutating func fields(_ name: String, _ all: [AuditField]) {
    let fields = all.filter { !$0.values.isEmpty }
    guard !fields.isEmpty, hasRoom(name.utf8.count + 8) else {
      isCut = isCut || !fields.isEmpty
      return
    }
    raw(",\"\(name)\":{")
    // The same name twice is one list: JSON readers keep only one of two members.
    var names: [String] = []
    for field in fields where !names.contains(field.name) { names.append(field.name) }
    var isFirst = true
    for name in names {
      guard hasRoom(name.utf8.count + 8) else {
        isCut = true
        break
      }
      raw(isFirst ? "" : ",")
      isFirst = false
      string(name)
      raw(":[")
      list(fields.filter { $0.name == name }.flatMap(\.values))
      raw("]")
    }
    raw("}")
  }

  private mutating func list(_ values: [String]) {
    for (index, value) in values.enumerated() {
      guard hasRoom(16) else {
        isCut = true
        return
      }
      if index > 0 { raw(",") }
      string(value)
    }
  }

  private func hasRoom(_ count: Int) -> Bool {
    bytes.count + count + AuditLineWriter.reserve <= AuditLineWriter.longestLine
  }

  /// A JSON string; too long, it is cut, ends in `…` and the line says so.
  private mutating func string(_ text: String) {
    bytes.append(0x22)
    let room = AuditLineWriter.longestLine - AuditLineWriter.reserve - bytes.count
    let limit = bytes.count + min(AuditLineWriter.longestText, max(0, room))
    for scalar in AuditLineWriter.withoutCredentials(text).unicodeScalars {
      let escaped = AuditLineWriter.escaped(scalar)
      guard bytes.count + escaped.count <= limit else {
        isCut = true
        bytes.append(contentsOf: Array("…".utf8))
        break
      }
      bytes.append(contentsOf: escaped)
    }
    bytes.append(0x22)
  }

  /// The text without what stands between `://` and `@` in an address.
  static func withoutCredentials(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let mark = Array("://".utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      guard bytes[index...].starts(with: mark) else {
        result.append(bytes[index])
        index += 1
        continue
      }
      result += mark
      index += mark.count
      let end =
        bytes[index...].firstIndex { $0 == 0x2f || $0 <= 0x20 || $0 == 0x22 } ?? bytes.count
      if let at = bytes[index..<end].lastIndex(of: 0x40) {
        result += Array("…".utf8)
        index = at
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// A character as it stands in a JSON string.
  static func escaped(_ scalar: Unicode.Scalar) -> [UInt8] {
    switch scalar {
    case "\"": return Array("\\\"".utf8)
    case "\\": return Array("\\\\".utf8)
    case _ where Escaped.isDangerous(scalar):
      var text = ""
      for unit in String(Character(scalar)).utf16 {
        let hex = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
      }
      return Array(text.utf8)
    default: return Array(String(Character(scalar)).utf8)
    }
  }

  /// Ends the line, with a mark when anything of it was cut.
  func finish() -> [UInt8] { bytes + Array((isCut ? ",\"cut\":true}\n" : "}\n").utf8) }
}
