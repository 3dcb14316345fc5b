package import SafeIO

/// A clearsigned file split by apt's rules (`apt-pkg/contrib/gpgv.cc`).
///
/// gpg lets text stand before and after the signed block and tells nobody; apt refuses it, and so
/// do we. Control characters are refused, beside a CR at a line's end: gpg 2.2.40 verifies a text
/// whose lines end in a form feed with anything appended (CVE-2025-68972).
///
/// Our own messages are read more strictly: no armor header but Hash, and no CR.
package enum ClearsignedMessage {
  /// By whose rules a message is read.
  package enum Rules: Sendable {
    /// As apt reads an InRelease.
    case apt
    /// As this program writes its own.
    case own
  }

  /// The largest file, in bytes; a Release file of all of Debian is below 1 MiB.
  package static let sizeLimit = 32 << 20
  /// The longest line, in bytes.
  package static let lineLimit = 64 << 10

  /// The signed text and the armored signatures that stand behind it; nothing here is verified.
  ///
  /// In the text, dash escapes are undone, blanks at line ends dropped, and each line has its line
  /// feed.
  package static func split(
    _ bytes: [UInt8],
    name: String
  ) throws(Failure) -> (text: [UInt8], signatureArmor: [UInt8]) {
    let parts = try read(bytes, name: name, .apt)
    return (parts.text, parts.signatureArmor)
  }

  /// The parts of a clearsigned file.
  struct Parts {
    var text: [UInt8] = []
    var signatureArmor: [UInt8] = []
    /// The digests that the armor headers name, as in `SHA256`; they prove nothing.
    var hashes: [String] = []
  }

  static func read(_ bytes: [UInt8], name: String, _ rules: Rules) throws(Failure) -> Parts {
    try checkBytes(bytes, name: name, rules)
    var lines = Armor.LineCursor(bytes)
    guard let first = lines.next(), first.elementsEqual("-----BEGIN PGP SIGNED MESSAGE-----".utf8)
    else {
      throw refusal(
        "not-clearsigned",
        "the file does not begin with a clearsigned message",
        name
      )
    }
    var parts = Parts()
    // Doubling would hold a long text twice.
    parts.text.reserveCapacity(bytes.count)
    try readHeaders(&lines, into: &parts, name: name, rules)
    let begin = try readText(&lines, into: &parts, name: name)
    try readSignatures(begin, &lines, into: &parts, name: name)
    return parts
  }

  private static func refusal(_ code: Failure.Name, _ reason: String, _ name: String) -> Failure {
    Failure(
      .trust,
      code,
      reason,
      subject: name,
      hint: "fetch the file again; if it stays so, ask its publisher"
    )
  }

  private static func checkBytes(
    _ bytes: [UInt8],
    name: String,
    _ rules: Rules
  ) throws(Failure) {
    guard !bytes.isEmpty else { throw refusal("empty-signature", "the file is empty", name) }
    guard bytes.count <= sizeLimit else {
      throw refusal("too-large", "the file is longer than \(sizeLimit) bytes", name)
    }
    var lineStart = 0
    let span = bytes.span
    for index in span.indices {
      let byte = span[index]
      if byte == 0x0a {
        lineStart = index + 1
        continue
      }
      guard index - lineStart < lineLimit else {
        throw refusal("too-large", "a line is longer than \(lineLimit) bytes", name)
      }
      // Of several at a line's end the last one decides.
      let isLineEnd =
        rules == .apt && byte == 0x0d
        && (index + 1 == span.count || [0x0a, 0x0d].contains(span[index + 1]))
      guard byte >= 0x20 && byte != 0x7f || byte == 0x09 || isLineEnd else {
        throw refusal(
          "control-character",
          "the file holds the control character \(byte) at byte \(index)",
          name
        )
      }
    }
  }

  private static func readHeaders(
    _ lines: inout Armor.LineCursor,
    into parts: inout Parts,
    name: String,
    _ rules: Rules
  ) throws(Failure) {
    let prefix = Array("Hash: ".utf8)
    while true {
      guard let line = lines.next() else { throw truncated(name) }
      if line.isEmpty { return }
      guard line.first != 0x2d else {
        throw refusal("armor-header", "a line of the armor headers begins with a dash", name)
      }
      guard line.starts(with: prefix), parts.hashes.count < 16 else {
        // Headers change nothing of what is read and checked here.
        if rules == .apt { continue }
        throw refusal("armor-header", "the message has an armor header other than Hash", name)
      }
      parts.hashes += String(decoding: line.dropFirst(prefix.count), as: UTF8.self)
        .split { $0 == "," || $0 == " " }
        .map(String.init)
    }
  }

  /// Reads up to the line that begins the signatures, and answers that line.
  private static func readText(
    _ lines: inout Armor.LineCursor,
    into parts: inout Parts,
    name: String
  ) throws(Failure) -> Armor.Line {
    while true {
      guard let line = lines.next() else { throw truncated(name) }
      if line.first == 0x2d {
        if line.elementsEqual("-----BEGIN PGP SIGNATURE-----".utf8) { return line }
        guard line.count >= 2, line[line.startIndex + 1] == 0x20 else {
          throw refusal(
            "unexpected-dash",
            "a line of the signed text begins with an unescaped dash",
            name
          )
        }
        parts.text += line.dropFirst(2)
      } else {
        parts.text += line
      }
      parts.text.append(0x0a)
    }
  }

  private static func readSignatures(
    _ begin: Armor.Line,
    _ lines: inout Armor.LineCursor,
    into parts: inout Parts,
    name: String
  ) throws(Failure) {
    var isInside = false
    var current: Armor.Line? = begin
    while let line = current {
      current = lines.next()
      if !isInside {
        guard line.elementsEqual("-----BEGIN PGP SIGNATURE-----".utf8) else {
          throw refusal("unsigned-text", "there is text that is not signed in the file", name)
        }
        isInside = true
      } else if line.elementsEqual("-----END PGP SIGNATURE-----".utf8) {
        isInside = false
      }
      parts.signatureArmor += line
      parts.signatureArmor.append(0x0a)
      guard parts.signatureArmor.count <= SignaturePackets.sizeLimit else {
        throw refusal("signature-too-large", "the signatures are too long", name)
      }
    }
    guard !isInside else { throw truncated(name) }
  }

  private static func truncated(_ name: String) -> Failure {
    refusal("truncated-signature", "the clearsigned message ends in the middle", name)
  }

  /// Gives the same message, written anew from its parts.
  static func write(
    text: [UInt8],
    hashes: [String],
    signatures: [UInt8],
    _ take: (ArraySlice<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    try take(Array("-----BEGIN PGP SIGNED MESSAGE-----\n".utf8)[...])
    try take(Array("Hash: \(hashes.joined(separator: ","))\n\n".utf8)[...])
    // From one line that must be escaped to the next; gpg escapes "From " too; both are undone
    // alike and are not part of what is signed.
    var start = 0
    var isLineStart = true
    let span = text.span
    for index in span.indices {
      let byte = span[index]
      if isLineStart && byte == 0x2d {
        try take(text[start..<index])
        try take([0x2d, 0x20])
        start = index
      }
      isLineStart = byte == 0x0a
    }
    try take(text[start...])
    if !text.isEmpty && !isLineStart { try take([0x0a]) }
    try take(Armor.encode(signatures, label: "PGP SIGNATURE")[...])
  }
}
