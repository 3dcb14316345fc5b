internal import SafeIO

/// The one-line format of sources files.
extension SourcesList {
  static func oneLine(
    _ text: [UInt8],
    _ name: String,
    _ architecture: String
  ) throws(Failure) -> [SourcesEntry] {
    var entries: [SourcesEntry] = []
    for (number, line) in text.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated()
    {
      var words = QuotedWords(withoutComment(line))
      if words.isAtEnd { continue }
      do {
        if let entry = try entry(&words, architecture, name) { entries.append(entry) }
      } catch {
        throw refused("line \(number + 1): \(error.reason)", name)
      }
    }
    return entries
  }

  /// A comment begins with `#`, but not within the brackets of options.
  private static func withoutComment(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var depth = 0
    for (index, byte) in zip(line.indices, line) {
      switch byte {
      case UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "#") where depth <= 0: return line[..<index]
      default: break
      }
    }
    return line
  }

  private static func entry(
    _ words: inout QuotedWords,
    _ architecture: String,
    _ name: String
  ) throws(Failure) -> SourcesEntry? {
    func broken(_ what: String) -> Failure { Failure(.configuration, "sources-file", what) }
    let type = words.plain()
    guard type == "deb" || type == "deb-src", !words.isAtEnd else {
      throw broken("it does not begin with deb or deb-src and an address")
    }
    guard let options = words.options() else { throw broken("its options cannot be read") }
    guard let uri = words.next(), let suite = words.next() else {
      throw broken("it has no address or no suite")
    }
    var components: [String] = []
    while let component = words.next() { components.append(component) }
    let isPath = suite.hasSuffix("/")
    do {
      try check([suite], components, name)
      func list(_ key: String) -> [String] {
        parts(options[key] ?? "")
      }
      let architectures = chosen(
        options["arch"] == nil ? nil : list("arch"),
        added: list("arch+"),
        removed: list("arch-"),
        own: architecture
      )
      // Without an architecture there are no binary packages.
      if type == "deb", !isPath, architectures?.isEmpty ?? false { return nil }
      return SourcesEntry(
        uri: try address(uri, architecture, name),
        suites: [isPath ? suite.replacing("$(ARCH)", with: architecture) : suite],
        components: components,
        architectures: architectures ?? [],
        hasBinaries: type == "deb",
        hasSources: type == "deb-src",
        signedBy: try signedBy(list("signed-by"), name),
        isTrusted: isYes(options["trusted"] ?? "no")
      )
    } catch {
      throw broken(error.reason)
    }
  }
}

/// The words of a line as `apt` takes them apart (`ParseQuoteWord`).
///
/// White space within quotes or brackets belongs to the word, quotes vanish, and `%20` is a space.
private struct QuotedWords {
  private var rest: ArraySlice<UInt8>

  init(_ line: ArraySlice<UInt8>) {
    rest = line
    while let last = rest.last, Stanza.isSpace(last) { rest.removeLast() }
    skipSpace()
  }

  var isAtEnd: Bool { rest.isEmpty }

  private mutating func skipSpace() { rest = rest.drop(while: Stanza.isSpace) }

  /// A word up to white space, whatever is in it.
  mutating func plain() -> String {
    let word = rest.prefix { !Stanza.isSpace($0) }
    rest = rest[word.endIndex...]
    skipSpace()
    return String(decoding: word, as: UTF8.self)
  }

  /// The next word; nil at the end, or when a quote or bracket has no end.
  mutating func next() -> String? {
    guard !rest.isEmpty else { return nil }
    var end = rest.startIndex
    while end < rest.endIndex, !Stanza.isSpace(rest[end]) {
      let closing: UInt8? =
        rest[end] == UInt8(ascii: "\"")
        ? rest[end] : rest[end] == UInt8(ascii: "[") ? UInt8(ascii: "]") : nil
      if let closing {
        guard let close = rest[(end + 1)...].firstIndex(of: closing) else { return nil }
        end = close
      }
      end += 1
    }
    let word = QuotedWords.dequoted(rest[..<end])
    rest = rest[end...]
    skipSpace()
    return String(decoding: word, as: UTF8.self)
  }

  private static func dequoted(_ word: ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    var index = word.startIndex
    while index < word.endIndex {
      if word[index] == UInt8(ascii: "%"), index + 2 < word.endIndex,
        let high = digit(word[index + 1]), let low = digit(word[index + 2])
      {
        text.append(high << 4 | low)
        index += 3
        continue
      }
      if word[index] != UInt8(ascii: "\"") { text.append(word[index]) }
      index += 1
    }
    return text
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  /// The options in brackets, if there are any; nil for what apt does not take.
  mutating func options() -> [String: String]? {
    guard rest.first == UInt8(ascii: "[") else { return [:] }
    rest.removeFirst()
    skipSpace()
    var options: [String: String] = [:]
    while rest.first != UInt8(ascii: "]") {
      let before = rest
      guard var option = next(), option.utf8.count >= 3 else { return nil }
      // The last one need not have a space before the bracket.
      if option.hasSuffix("]") {
        option.removeLast()
        // An escaped bracket is none: the line would never end.
        guard let end = before[..<rest.startIndex].lastIndex(of: UInt8(ascii: "]")) else {
          return nil
        }
        rest = before[end...]
      }
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
      options[String(parts[0])] = String(parts[1])
    }
    rest.removeFirst()
    skipSpace()
    return options
  }
}
