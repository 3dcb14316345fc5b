import SafeIO
import TestSupport
import Testing

/// What operators get wrong with publications, and what must not come of it.
@Suite struct PublicationMistakesTests {
  /// Two states of the suite stable with two components, and one of another suite.
  private func crossing(_ scratch: ScratchDirectory) throws -> Crossing {
    let crossing = try Crossing(scratch)
    for (name, version) in [("first", "1.0-1"), ("second", "2.0-1")] {
      try crossing.forge.build(
        ForgedSuite(
          "stable",
          [
            "main": [ForgedPackage("pier", version: version)],
            "contrib": [ForgedPackage("bollard", version: version)],
          ]
        )
      )
      try crossing.freeze(name, "stable")
    }
    try crossing.forge.build(ForgedSuite("backports", ["main": [ForgedPackage("dock")]]))
    try crossing.freeze("other", "backports")
    return crossing
  }

  private func release(_ scratch: ScratchDirectory, _ path: String) throws -> String {
    try Disk.text(scratch.path("connected/public/\(path)/dists/stable/InRelease"))
  }

  @Test func aFileAboveThePrefixStopsNothingElse() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let page = scratch.path("connected/public/index.html")
      try Disk.write("hello", to: page)
      let refused = try crossing.connected("publish", "first", "--at", "index.html/debian")
      #expect(refused.refused(.state) && refused.errors.contains(page), "\(refused.everything)")
      #expect(!(try crossing.connected("publication", "list").succeeded().contains("index.html")))
      try crossing.connected("publish", "first", "--at", "debian").succeeded()
      // Somebody takes the place of a publication that is there: the others go on.
      let link = scratch.path("connected/public/debian")
      Disk.remove(link)
      try Disk.write("mine", to: link)
      try crossing.connected("publish", "first", "--at", "other").succeeded()
      try crossing.connected("depot", "gc").succeeded()
      #expect(try crossing.connected("publish", "second", "--at", "debian").refused(.state))
      #expect(try Disk.text(link) == "mine")
    }
  }

  @Test func whatNobodyHereBelievesIsSaidBeforeThisSiteSignsIt() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let order = [
        "publish", "first", "--at", "debian", "--mode", "resigned", "--valid-for", "30d",
      ]
      let before = try crossing.connected(order)
      #expect(before.status == 0 && !before.errors.contains("pinned"), "\(before.everything)")
      // What only a Release of this site says ends with it.
      let plain = try crossing.connected([
        "publish", "first", "--at", "debian", "--mode", "verbatim",
      ])
      #expect(plain.everything.contains("has to be set again then: Valid-Until"))
      try crossing.connected("trust", "remove", crossing.forge.key.fingerprint, "--yes").succeeded()
      let after = try crossing.connected(
        ["publish", "second", "--at", "debian", "--mode", "resigned"]
      )
      #expect(
        after.status == 0
          && after.everything.contains("no key that signed it is pinned here any more"),
        "\(after.everything)"
      )
    }
  }

  @Test func aComponentFromElsewhereLeavesTheOthersOfItsDistribution() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.connected(
        ["publish", "first", "other", "--at", "debian", "--mode", "resigned"]
      ).succeeded()
      try crossing.connected("publish", "--at", "debian", "--component", "main=second").succeeded()
      let text = try release(scratch, "debian")
      #expect(
        text.contains("Components: contrib main\n") || text.contains("main contrib\n"),
        "\(text)"
      )
      let whole = try crossing.connected("publish", "first", "--at", "debian")
      #expect(
        whole.status == 0 && whole.errors.contains("main came from second"),
        "\(whole.errors)"
      )
      for order in [
        ["--component", "main=first", "--component", "main=second"], ["first", "first"],
        ["first", "other", "--distribution", "mine"],
      ] {
        let refused = try crossing.connected(["publish", "--at", "debian"] + order)
        #expect(refused.refused(.usage), "\(order) \(refused.everything)")
      }
    }
  }

  @Test func anOldMediumTakesClientsBackOnlyWithAReason() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      var media: [String] = []
      for name in ["first", "second"] {
        media.append(try scratch.directory(name))
        try crossing.connected("export", name, "--to", media.last ?? "").succeeded()
        try crossing.isolated("import", media.last ?? "", "--publish", "debian").succeeded()
      }
      let listing = scratch.path("isolated/public/debian/dists/stable/InRelease")
      let newest = try Disk.text(listing)
      let refused = try crossing.isolated("import", media[0], "--publish", "debian")
      #expect(refused.refused(.freshness), "\(refused.everything)")
      #expect(try Disk.text(listing) == newest)
      // The newest again publishes it again, as after an interruption.
      try crossing.isolated("import", media[1], "--publish", "debian").succeeded()
      try crossing.isolated(
        ["import", media[0], "--publish", "debian", "--accept-older", "--reason", "broken"]
      ).succeeded()
      #expect(try Disk.text(listing) != newest)
    }
  }

  @Test func anImportLooksAtItsPrefixAndReceiptFirst() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.export("first")
      for (words, kind) in [
        (["--publish", "debian/"], FailureClass.usage), (["--publish", ".x"], .usage),
        (["--receipt", scratch.path("nowhere/receipt")], .usage),
      ] {
        for more in [[], ["--dry-run"]] where !more.isEmpty || words[0] != "--receipt" {
          let refused = try crossing.isolated(["import", crossing.medium] + words + more)
          #expect(
            refused.refused(kind) && refused.errors.contains("next:"),
            "\(refused.everything)"
          )
        }
      }
      #expect(!(try crossing.isolated("snapshot", "list").succeeded().contains("first")))
    }
  }

  @Test func aPinnedAddressStaysWithWhatItsClientsKnow() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let words = ["--at", "debian", "--mode", "resigned"]
      try crossing.connected(["publish", "first", "other"] + words).succeeded()
      let pinned = try release(scratch, "debian/snapshots/first")
      // A generation that borrows one component, and one that is signed by nobody here.
      try crossing.connected("publish", "--at", "debian", "--component", "main=second").succeeded()
      #expect(try release(scratch, "debian/snapshots/first") == pinned)
      try crossing.connected(
        ["publish", "second", "--at", "debian", "--component", "contrib=first"]
      ).succeeded()
      #expect(try release(scratch, "debian/snapshots/first") == pinned)
      try crossing.connected(["publish", "first", "--at", "debian", "--mode", "verbatim"])
        .succeeded()
      #expect(try release(scratch, "debian/snapshots/first") == pinned)
      let source = try crossing.connected(
        ["client-config", "debian", "--url", "file:/x", "--snapshot", "first"]
      ).succeeded()
      #expect(source.contains("Suites: stable\n"), "\(source)")
    }
  }

  @Test func everyChangeSaysWhichClientsItLoses() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      func notes(_ words: String...) throws -> String {
        let result = try crossing.connected(words)
        try result.succeeded()
        return result.errors
      }
      try crossing.connected("publish", "first", "other", "--at", "debian").succeeded()
      #expect(
        try notes("publication", "edit", "debian", "--mode", "resigned")
          .contains("clients that check the vendor's signature")
      )
      #expect(
        try notes("publish", "first", "--at", "debian", "--mode", "verbatim")
          .contains("clients that check this site's signature")
      )
      let key = try GnuPGHome()
      let other = try key.makeKey("Other")
      let rotated = try notes(
        "publication",
        "edit",
        "debian",
        "--signing-key",
        other,
        "--gnupg-home",
        key.path
      )
      #expect(rotated.contains("signs no more"), "\(rotated)")
      let shown = try crossing.connected("publication", "show", "debian").succeeded()
      #expect(shown.contains("signers: \(other) in \(key.path)"), "\(shown)")
    }
  }

  @Test func theKeysThatClientsFetchAreThoseThatArePinned() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.isolated(
        "trust",
        "remove",
        crossing.forge.key.fingerprint,
        "--role",
        "upstream"
      ).succeeded()
      try crossing.connected("publish", "first", "--at", "debian").succeeded()
      let file = scratch.path("connected/public/debian/keys/vendor.asc")
      #expect(Disk.exists(file))
      try crossing.connected(
        "trust",
        "remove",
        crossing.forge.key.fingerprint,
        "--role",
        "upstream"
      ).succeeded()
      let without = try crossing.connected("publish", "second", "--at", "debian")
      #expect(without.status == 0 && without.errors.contains("keys/ lacks it"), "\(without.errors)")
      #expect(!Disk.exists(file))
      try crossing.connected(
        ["trust", "add", scratch.path("vendor.asc"), "--role", "upstream", "--name", "vendor"]
          + ["--all"]
      ).succeeded()
      #expect(
        try crossing.connected("publish", "second", "--at", "debian").succeeded()
          .contains("generation: 3")
      )
      #expect(Disk.exists(file))
      #expect(
        try crossing.connected("publish", "second", "--at", "debian").succeeded()
          .contains("unchanged")
      )
    }
  }

  @Test func aRollbackSaysWhatCameBack() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.connected("publish", "first", "--at", "debian", "--mode", "resigned").succeeded()
      try crossing.connected("publish", "second", "--at", "debian").succeeded()
      for blank in ["", "  ", "\u{a0}"] {
        #expect(
          try crossing.connected("publication", "rollback", "debian", "--reason", blank)
            .refused(.usage)
        )
      }
      let shown = try crossing.connected("publication", "rollback", "debian", "--reason", " a  b ")
        .succeeded()
      #expect(shown.contains("what generation 1 had") && shown.contains("from:       first"))
      #expect(
        try crossing.connected("publication", "history", "debian").succeeded().contains("a b")
      )
    }
  }
}
