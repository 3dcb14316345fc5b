import Foundation
import SafeIO
import TestSupport
import Testing

/// `inspect --against-depot`: what a person decides on before an import.
@Suite struct ReviewTests {
  private func review(_ lab: IslandLab, _ name: String, _ more: String...) throws -> RunResult {
    try lab.isolated(["inspect", lab.crossing.scratch.path(name), "--against-depot"] + more)
  }

  @Test func everyKindOfChangeIsShown() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.isolated("publish", "first", "--at", "debian").succeeded()
      let forge = lab.crossing.forge
      try forge.build(
        ForgedSuite(
          "stable",
          [
            "main": [
              // The same version with other content, a later version, a new one; quay has gone.
              ForgedPackage("pier", version: "1.0-1", payload: 4321),
              ForgedPackage("dock", version: "2.0-1"),
            ]
          ]
        )
      )
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two")
      let before = try TreeDigest(of: scratch.path("isolated"))
      let text = try review(lab, "two").succeeded()
      for line in [
        "second against first", "! pier 1.0-1", "- quay 1.0-1", "+ dock 2.0-1",
        "publication debian, stable (generation 1 from first)", "as above",
        "new source packages: dock",
      ] { #expect(text.contains(line), "\(line): \(text)") }
      let json = try #require(
        try JSONSerialization.jsonObject(
          with: Data(try review(lab, "two", "--json").succeeded().utf8)
        ) as? [String: Any]
      )
      let bundles = json["bundles"] as? [[String: Any]]
      let result = try #require(bundles?.first?["review"] as? [String: Any])
      #expect((result["incoming"] as? [Any])?.count == 1)
      #expect((result["publications"] as? [Any])?.count == 1)
      #expect(result["lacking"] as? Int == 0)
      #expect(try TreeDigest(of: scratch.path("isolated")) == before)
      // A publication that is further behind than the stream.
      try lab.bring("two")
      try lab.build(["pier", "dock"], version: "3.0-1")
      try lab.crossing.freeze("third", "stable")
      try lab.export("third", to: "three")
      let behind = try review(lab, "three").succeeded()
      #expect(behind.contains("third against second") && behind.contains("^ dock 2.0-1 -> 3.0-1"))
      #expect(behind.contains("generation 1 from first") && behind.contains("- quay 1.0-1"))
    }
  }

  @Test func thePageIsWholeAndFetchesNothing() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.build(["pier", "quay"], version: "2.0-1")
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two")
      let file = scratch.path("review.html")
      try review(lab, "two", "--html", file).succeeded()
      let page = try Disk.text(file)
      for word in ["<script", "src=", "href=", "http:", "https:", "url(", "@import"] {
        #expect(!page.contains(word), "\(word)")
      }
      // Well formed, as far as a strict parser can say.
      let parsed = try run([
        "python3", "-c",
        """
        import sys, html.parser
        class P(html.parser.HTMLParser):
            stack, text = [], []
            def handle_starttag(self, tag, attributes):
                if tag not in ("meta",): self.stack.append(tag)
            def handle_endtag(self, tag):
                assert self.stack.pop() == tag, tag
            def handle_data(self, data): self.text.append(data)
        p = P(); p.feed(open(sys.argv[1]).read()); p.close()
        assert not p.stack, p.stack
        print("|".join(p.text))
        """, file,
      ]).succeeded()
      let digest = SHA256Digest.of(try Disk.read(scratch.path("two/mainland-000002/MANIFEST")))
      #expect(parsed.contains(digest.hex) && parsed.contains("Signature"))
    }
  }

  @Test func onlyWhatAPinnedExporterSignedIsReviewed() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two")
      let manifest = scratch.path("two/mainland-000002/MANIFEST")
      let good = try Disk.text(manifest)
      try Disk.write(good.replacing("Site: island", with: "Site: islanD"), to: manifest)
      #expect(try review(lab, "two").refused(.trust))
      try Disk.write(good, to: manifest)
      try review(lab, "two").succeeded()
      #expect(try lab.isolated("inspect", scratch.path("two"), "--html", "x").refused(.usage))
      // Without the chunk that has the indexes nobody can say what changes.
      for chunk in try Disk.names(in: scratch.path("two/mainland-000002/chunks")) {
        Disk.remove(scratch.path("two/mainland-000002/chunks/" + chunk))
      }
      let refused = try review(lab, "two")
      #expect(refused.refused(.incomplete), "\(refused.everything)")
    }
  }

  @Test func hostileNamesAreNoMarkup() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      var suite = ForgedSuite("stable", ["main": [ForgedPackage("pier")]])
      // What a vendor may sign: a field that is markup to whoever does not escape it.
      suite.fields["Origin"] = "<img src=x onerror=alert(1)>\u{202e}"
      try lab.crossing.forge.build(suite)
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "one")
      let file = scratch.path("review.html")
      try review(lab, "one", "--html", file).succeeded()
      let page = try Disk.text(file)
      #expect(!page.contains("<img") && page.contains("&lt;img src=x"))
      #expect(!page.unicodeScalars.contains("\u{202e}"))
    }
  }
}
