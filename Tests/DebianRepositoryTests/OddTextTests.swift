import DebianRepository
import SafeIO
import TestSupport
import Testing

/// Files in odd shapes, judged by apt's own reader.
@Suite struct OddTextTests {
  @Test(.enabled(if: VersionJudge.hasApt, "python3-apt is not installed"))
  func `apt finds the same fields and values in oddly written stanzas`() throws {
    var random = SeededGenerator(seed: 822)
    let texts = (0..<1500).map { _ in OddText.file(&random) }
    let judged = try OddText.judge(texts)
    #expect(judged.count == texts.count)
    for (text, expected) in zip(texts, judged) {
      let piece = Int.random(in: 1...40, using: &random)
      let shown = String(decoding: text, as: UTF8.self).debugDescription
      #expect(try OddText.read(text, piece: piece) == expected, "\(shown)")
    }
  }

  @Test(.enabled(if: VersionJudge.hasApt, "python3-apt is not installed"))
  func `Of fields that repeat, apt takes the same one`() throws {
    var random = SeededGenerator(seed: 823)
    let texts = (0..<1000).map { _ in OddText.file(&random, repeats: true) }
    let judged = try OddText.judge(texts, by: OddText.names)
    #expect(judged.count == texts.count)
    for (text, expected) in zip(texts, judged) {
      let piece = Int.random(in: 1...40, using: &random)
      let shown = String(decoding: text, as: UTF8.self).debugDescription
      #expect(try OddText.look(text, for: OddText.names, piece: piece) == expected, "\(shown)")
    }
  }

  @Test(arguments: ["nocolon\n", "X-1: twice\nx-1: twice\n", "X-1: a\u{0}b\n", ": nameless\n"])
  func `Where apt guesses, a strict reader refuses`(line: String) throws {
    for text in ["\(line)\n", "Package: a\n\(line)", "Package: a\n\(line)Y: z\n\nPackage: b\n"] {
      #expect(throws: Failure(.integrity, "malformed", "")) {
        try OddText.read(Array(text.utf8), piece: 7, isStrict: true)
      }
    }
  }

  @Test func `A real apt takes the same files from an index with CRLF and odd spacing`() throws {
    let digest = String(repeating: "ab", count: 32)
    let text =
      "Package:one\r\nVERSION :\t1:2-3 \r\nArchitecture: all\r\nFilename:\r\n ./p/one.deb\r\n"
      + "Size:  5\r\nSha256: \(digest)\r\nDescription: x\r\n \t \r\n y\r\n .\r\n"
      + "Depends: first\r\nDEPENDS : \r\n two (>= 1),\r\n three\r\n\r\n\r\n"
      + "package: two\nVersion: 2\nArchitecture: amd64\nFilename: p/two+b1.deb \t\nSize: 6\n"
      + "SHA256:\n  \(digest)\nX-Unknown:\n\t\n \n\n\r\n\n"
      + "Description: z\nPackage:\tthree\r\nVersion: 3~rc1\r\nFilename: three.deb\nSize: 7\n"
      + "SHA256: \(digest)\r\nArchitecture: all"
    try withScratchDirectory { scratch in
      let tree = try scratch.directory("tree")
      try Disk.write(text, to: tree + "/Packages")
      let client = try AptClient(root: scratch.path("client"))
      try client.addSource(
        tree: tree,
        suite: "./",
        components: [],
        armoredKey: nil,
        more: "Trusted: yes\n"
      )
      // No Release file: apt warns, and takes the index.
      try client.aptGet("update").succeeded()
      let uris = try client.aptGet("download", "--print-uris", "one", "two", "three").succeeded()
      let depends = try client.aptCache("depends", "one").succeeded()
      var index = PackageIndexReader(.packages, name: "Packages")
      var expected: [String] = []
      func take(_ entry: PackageStanza) {
        if entry.package == "one" {
          // apt, as this reader, takes the last of several.
          #expect(entry.string(of: .depends) == "two (>= 1),\r\n three")
          #expect(depends == "one\n  Depends: two\n  Depends: three\n")
        }
        // apt escapes the plus sign in the URI, and the colon in the name that it saves to.
        let path = entry.files[0].path.text.replacing("+", with: "%2b")
        let version = entry.version.replacing(":", with: "%3a")
        expected.append(
          "'file:\(tree)/\(path)' \(entry.package)_\(version)_\(entry.architecture).deb "
            + "\(entry.size) SHA256:\(entry.sha256?.hex ?? "")"
        )
      }
      let bytes = Array(text.utf8)
      try index.feed(bytes.span, take)
      try index.finish(take)
      #expect(expected.count == 3)
      let offered = uris.replacing("/./", with: "/").split(separator: "\n").map { String($0) }
      #expect(offered == expected)
    }
  }
}

/// Makes text as nobody writes it, and has apt's library read it.
private enum OddText {
  private static func pick<Choice>(_ choices: [Choice], _ random: inout SeededGenerator) -> Choice {
    choices[Int.random(in: choices.indices, using: &random)]
  }

  private static let spaces = ["", " ", " ", "\t", "  ", " \t ", "\u{b}", " \u{c}"]
  private static let words = [
    "a", "1.0-1", "x y", "é", "a:b", "#no comment", "-", ".", "", "", "pool/main", "<x@y>", "::",
  ]
  static let names = ["Version", "X-a", "Description", "SHA256", "Tag", "x", "Y_z", "Ü"]

  static func file(_ random: inout SeededGenerator, repeats: Bool = false) -> [UInt8] {
    var text = pick(["", "", "\n", "\r\n", "\n\n\r\n"], &random)
    for number in 0..<Int.random(in: 1...4, using: &random) {
      text += "Package: p\(number)\n"
      let few = names.shuffled(using: &random).prefix(Int.random(in: 0...5, using: &random))
      for name in repeats ? (few + few + few).shuffled(using: &random) : Array(few) {
        text += field(name, &random)
      }
      // What apt's Python module hands out lacks the last bytes when they are CR, LF: the last
      // line has a plain end. A real apt judges the others.
      text += "Last: \(pick(words, &random))\n"
      text += pick(["\n", "\r\n", "\n\n", "\n\r\r\n", "\r\r\n\n"], &random)
    }
    switch Int.random(in: 0..<4, using: &random) {
    case 0: break
    case 1: text += "\n\n"
    default:
      text += "Package: last\nX: \(pick(words, &random))" + pick(["", "\n", "\n\n"], &random)
    }
    return Array(text.utf8)
  }

  private static func field(_ name: String, _ random: inout SeededGenerator) -> String {
    let shown = pick([name, name.uppercased(), name.lowercased()], &random)
    let end = pick(["\n", "\n", "\r\n", " \n", "\t\r\n"], &random)
    var text = shown + pick(["", "", "", " ", "\t"], &random) + ":"
    text += pick(spaces, &random) + pick(words, &random) + pick(spaces, &random) + end
    while Int.random(in: 0..<3, using: &random) == 0 {
      text += pick([" ", "\t", "  ", "\r ", " \t"], &random)
      text += pick(words, &random) + pick(spaces, &random) + end
    }
    return text
  }

  /// Stanzas of fields, each as hexadecimal name and value.
  typealias Reading = [[String]]

  static func read(_ text: [UInt8], piece: Int, isStrict: Bool = false) throws -> Reading {
    var reading: Reading = []
    try forEachStanza(of: text, deciding: nil, piece: piece, isStrict: isStrict) { stanza in
      reading.append(stanza.all.map { "\(hex($0.name.utf8))=\(hex($0.value.utf8))" })
    }
    return reading
  }

  /// The same of the named fields only, in the order of the names; a field may repeat.
  static func look(_ text: [UInt8], for names: [String], piece: Int) throws -> Reading {
    let prepared = names.map { ($0, FieldName($0)) }
    var reading: Reading = []
    try forEachStanza(of: text, deciding: ["Package"], piece: piece) { stanza in
      reading.append(
        prepared.filter { stanza.has($0.1) }.map { name, prepared in
          "\(hex(name.utf8))=\(hex(Array(copying: stanza.bytes(of: prepared))))"
        }
      )
    }
    return reading
  }

  private static func forEachStanza(
    of text: [UInt8],
    deciding: [String]?,
    piece: Int,
    isStrict: Bool = false,
    _ body: (Stanza) -> Void
  ) throws {
    // What has no fields is not handed out by the library.
    func take(_ stanza: Stanza) { if !stanza.isEmpty { body(stanza) } }
    var reader = StanzaReader(deciding: deciding, name: "text", isStrict: isStrict)
    var start = 0
    while start < text.count {
      let end = min(start + piece, text.count)
      try reader.feed(text.span.extracting(start..<end), take)
      start = end
    }
    try reader.finish(take)
  }

  private static func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// What apt's library reads: all fields, or those of the names.
  static func judge(_ texts: [[UInt8]], by names: [String] = []) throws -> [Reading] {
    let program = """
      import apt_pkg, os, sys
      apt_pkg.init_config()
      for number in range(int(sys.argv[2])):
          print("file")
          for s in apt_pkg.TagFile(open(f"{sys.argv[1]}/{number}", "rb"), bytes=True):
              keys = [key.strip() for key in s.keys()]
              if not keys:
                  continue
              wanted = sys.argv[3:]
              if wanted:
                  keys = [key for key in wanted if key in s]
              fields = [(key, s[key]) for key in keys]
              if not fields:
                  print("none")
              else:
                  print(" ".join(f"{key.encode().hex()}={value.hex()}" for key, value in fields))
      """
    return try withScratchDirectory { scratch in
      for (number, text) in texts.enumerated() {
        try Disk.write(text, to: scratch.path("\(number)"))
      }
      let lines = try run(
        ["/usr/bin/python3", "-c", program, scratch.path, "\(texts.count)"] + names
      )
      .succeeded().split(separator: "\n")
      var readings: [Reading] = []
      for line in lines {
        if line == "file" {
          readings.append([])
        } else if line == "none" {
          readings[readings.count - 1].append([])
        } else {
          readings[readings.count - 1].append(line.split(separator: " ").map { String($0) })
        }
      }
      return readings
    }
  }
}
