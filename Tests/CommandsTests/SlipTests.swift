import Foundation
import SafeIO
import TestSupport
import Testing

/// The papers of media: what they say, and who vouches for it.
@Suite struct SlipTests {
  /// A set of some media, and where they are, in order.
  static func set(_ scratch: ScratchDirectory) throws -> (Crossing, media: [String]) {
    let crossing = try Crossing(scratch)
    // Some 3 MB that do not compress.
    let packages = (0..<30).map {
      ForgedPackage("crate\($0)", architecture: "all", payload: 100_000)
    }
    try crossing.forge.build(ForgedSuite("stable", ["main": packages]))
    try crossing.freeze("first", "stable")
    try crossing.connected(
      "export",
      "first",
      "--media-dir",
      crossing.medium,
      "--media",
      "1MB×20",
      "--chunk-size",
      "64KiB"
    ).succeeded()
    var media: [String] = []
    for number in 1...20 {
      let path = crossing.medium + "/MAINLAN-1-\(number)"
      if Disk.exists(path) { media.append(path) }
    }
    return (crossing, media)
  }

  /// The slips of a document.
  static func slips(_ json: String) throws -> [[String: Any]] {
    let document = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    return try #require(document?["slips"] as? [[String: Any]])
  }

  private func media(_ slip: [String: Any]) throws -> [[String: Any]] {
    try #require(slip["media"] as? [[String: Any]])
  }

  @Test func mediaAndLedgerGiveTheSamePapers() throws {
    try withScratchDirectory { scratch in
      let (crossing, media) = try SlipTests.set(scratch)
      let outside = crossing.connected
      let seen = try SlipTests.slips(try outside(["slip", "--json"] + media).succeeded())
      let known = try SlipTests.slips(
        try outside("slip", "--bundle", "mainland-000001", "--json").succeeded()
      )
      #expect(seen.count == 1 && known.count == 1)
      for slip in seen + known {
        #expect(slip["standing"] as? String == "own" && slip["count"] as? Int == media.count)
        #expect(slip["elsewhere"] as? [Int] == [])
        let all = try self.media(slip)
        #expect(all.map { $0["number"] as? Int } == Array(1...media.count))
        #expect(
          all.compactMap { $0["label"] as? String }
            == media.map { ($0 as NSString).lastPathComponent }
        )
        #expect(all.allSatisfy { $0["written"] is String && $0["files"] is Int })
        let chunks = all.flatMap { $0["chunks"] as? [Int] ?? [] }
        #expect(chunks.sorted() == Array(1...(slip["chunks"] as? Int ?? 0)))
      }
      // Two of them, in another order, are known by what is on them.
      let two = try SlipTests.slips(
        try outside("slip", media[2], media[0], "--json").succeeded()
      )
      #expect(try self.media(two[0]).map { $0["number"] as? Int } == [3, 1])
      #expect(two[0]["count"] as? Int == media.count)
      #expect((two[0]["elsewhere"] as? [Int])?.isEmpty == false)
    }
  }

  @Test func whatNobodyVerifiedIsSaidToBeClaimed() throws {
    try withScratchDirectory { scratch in
      let (crossing, media) = try SlipTests.set(scratch)
      let claimed = try crossing.kiosk(["slip"] + media)
      #expect(claimed.status == 0 && claimed.text.contains("NOT VERIFIED"), "\(claimed.everything)")
      #expect(claimed.errors.contains("not verified: no key"), "\(claimed.everything)")
      let page = scratch.path("slip.html")
      try crossing.kiosk(["slip", "--to", page] + media).succeeded()
      #expect(try Disk.text(page).components(separatedBy: "NOT VERIFIED").count > media.count)
      for (site, more) in [
        (crossing.kiosk, ["--keyring", crossing.exporterKey]), (crossing.isolated, []),
      ] {
        let verified = try site(["slip"] + media + more)
        #expect(verified.text.contains("(verified here)"), "\(verified.everything)")
        #expect(!verified.everything.contains("NOT VERIFIED"), "\(verified.everything)")
      }
      // A MANIFEST that was altered is refused where the key is known, and is not the depot's own.
      let manifest = media[0] + "/mainland-000001/MANIFEST"
      let text = try Disk.text(manifest)
      try Disk.write(text.replacing("Stream: mainland", with: "Stream: mainlane"), to: manifest)
      #expect(try crossing.isolated("slip", media[0]).refused(.trust))
      #expect(try crossing.connected("slip", media[0]).text.contains("NOT VERIFIED"))
    }
  }

  @Test func aPartOfASetHasBlanksForItsNumbers() throws {
    try withScratchDirectory { scratch in
      let (crossing, media) = try SlipTests.set(scratch)
      let part = try crossing.isolated("slip", media[1])
      #expect(part.text.contains("medium ____ of ____"), "\(part.everything)")
      #expect(part.errors.contains("left blank"), "\(part.everything)")
      #expect(part.text.contains("APTFERRY1 MAINLAND 1 M-/- "), "\(part.text)")
      let whole = try crossing.isolated(["slip"] + media)
      #expect(whole.text.contains("medium 1 of \(media.count)"), "\(whole.everything)")
    }
  }

  @Test func hostileTextsStayVisibleAndAreNoMarkup() throws {
    try withScratchDirectory { scratch in
      let (crossing, _) = try SlipTests.set(scratch)
      // What a device may say of itself.
      let record = crossing.scratch.path("connected/exports/mainland-000001/MEDIA")
      let text = try Disk.text(record)
      let serial = "Serial: \u{336}A\u{336}<script>\u{202e}é\nRead-Back:"
      try Disk.write(text.replacing("Read-Back:", with: serial), to: record)
      let mark = "\u{301}<b>\"M\u{e4}rk\"\u{202e}\u{301}\u{301}\u{301}\u{301}&"
      let words =
        ["slip", "--bundle", "mainland-000001", "--marking", mark]
        + ["--purpose", "a\u{1b}[2J\nForged: line"]
      let file = scratch.path("slip.html")
      try crossing.connected(words + ["--to", file]).succeeded()
      let page = try Disk.text(file)
      for piece in ["<b>", "<script", "\u{202e}", "\u{336}", "\u{1b}", "&lt;b&gt;&quot;Märk&quot;"]
      {
        #expect(page.contains(piece) == piece.hasPrefix("&lt;"), "\(piece)")
      }
      for piece in ["\\u{336}A\\u{336}&lt;script&gt;\\u{202e}\\u{e9}", "a\\x1b[2J\\nForged: line"] {
        #expect(page.contains(piece), "\(piece)")
      }
      #expect(page.contains("\\u{301}&lt;b&gt;"))
      let plain = try crossing.connected(words).succeeded()
      #expect(plain.contains("\\u{301}<b>\"Märk\"\\u{202e}"), "\(plain)")
      #expect(plain.unicodeScalars.allSatisfy { $0 == "\n" || !Escaped.isDangerous($0) })
      #expect(!plain.contains("\nForged"))
      let json = try crossing.connected(words + ["--json"]).succeeded()
      #expect(json.unicodeScalars.allSatisfy { $0 == "\n" || !Escaped.isDangerous($0) })
    }
  }

  @Test func thePageIsWholeAndFetchesNothing() throws {
    try withScratchDirectory { scratch in
      let (crossing, media) = try SlipTests.set(scratch)
      let file = scratch.path("slip.html")
      try crossing.connected(["slip", "--to", file, "--marking", "M & M"] + media).succeeded()
      let page = try Disk.text(file)
      for word in ["<script", "src=", "href=", "http:", "https:", "url(", "@import"] {
        #expect(!page.contains(word), "\(word)")
      }
      try run([
        "python3", "-c",
        """
        import sys, html.parser
        class P(html.parser.HTMLParser):
            stack = []
            def handle_starttag(self, tag, attributes):
                if tag not in ("meta", "br", "col"): self.stack.append(tag)
            def handle_startendtag(self, tag, attributes): pass
            def handle_endtag(self, tag):
                assert self.stack.pop() == tag, tag
        p = P(); p.feed(open(sys.argv[1]).read()); p.close()
        assert not p.stack, p.stack
        """, file,
      ]).succeeded()
    }
  }

  @Test func papersAreNeverWrittenIntoTheDepotAndNothingElseIsChanged() throws {
    try withScratchDirectory { scratch in
      let (crossing, media) = try SlipTests.set(scratch)
      let before = try TreeDigest(of: scratch.path("connected"))
      let result = try crossing.connected(
        ["slip", "--to", scratch.path("connected/slip.html")] + media
      )
      #expect(result.refused(.unsafe, "inside-depot"), "\(result.everything)")
      try crossing.connected(["slip", "--to", scratch.path("slip.json")] + media).succeeded()
      #expect(try SlipTests.slips(try Disk.text(scratch.path("slip.json"))).count == 1)
      #expect(try TreeDigest(of: scratch.path("connected")) == before)
      for words in [
        ["slip"], ["slip", media[0], "--bundle", "mainland-000001"],
        ["slip", media[0], "--marking", String(repeating: "x", count: 81)],
        ["slip", media[0], "--purpose", ""],
      ] { #expect(try crossing.connected(words).refused(.usage), "\(words)") }
      let unknown = try crossing.connected("slip", "--bundle", "mainland-000099")
      #expect(unknown.refused(.state, "unknown-bundle"), "\(unknown.everything)")
      let record = scratch.path("connected/exports/mainland-000001/MEDIA")
      let text = try Disk.text(record)
      let first = text.components(separatedBy: "Chunks: ")[1].prefix { $0 != "\n" }
      try Disk.write(
        text.replacingOccurrences(of: "Chunks: \(first)", with: "Chunks: 99999"),
        to: record
      )
      for words in [["slip", "--bundle", "mainland-000001"], ["slip", media[0]]] {
        let result = try crossing.connected(words)
        #expect(result.refused(.integrity, "media-record"), "\(result.everything)")
      }
    }
  }
}
