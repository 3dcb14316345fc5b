import SafeIO
import TestSupport
import Testing

/// Each class of refusal has its exit status, and a refusal changes nothing.
@Suite struct ExitStatusTests {
  /// What a refusal must leave as it was: objects, publications, and nothing begun.
  private func depot(_ crossing: Crossing) throws -> [TreeDigest] {
    try ["objects", "public", "incoming"].map {
      try TreeDigest(of: crossing.scratch.path("isolated/" + $0), [.modes, .times])
    }
  }

  /// A small bundle on the medium.
  private func exported(_ scratch: ScratchDirectory, pins: Bool = true) throws -> Crossing {
    let crossing = try Crossing(scratch, pinsVendorInside: pins, isProcess: true)
    try crossing.forge.build(.small())
    try crossing.freeze("first", "stable")
    try crossing.export("first")
    return crossing
  }

  /// Expects an import to be refused with this status, with nothing changed and no snapshot.
  private func expectRefusal(_ crossing: Crossing, _ status: Int32) throws {
    let before = try depot(crossing)
    let result = try crossing.isolated("import", crossing.medium)
    #expect(result.status == status, "\(result.everything)")
    #expect(result.errors.contains("E-"), "\(result.errors)")
    #expect(try depot(crossing) == before)
    #expect(try crossing.isolated("snapshot", "show", "first").status != 0)
  }

  @Test func theSameBundleAgainIsNothingToDo() throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch)
      try crossing.isolated("import", crossing.medium).succeeded()
      let before = try depot(crossing)
      try crossing.isolated("import", crossing.medium).succeeded()
      #expect(try depot(crossing) == before)
    }
  }

  @Test(arguments: [
    ["no-such-command"], ["import"], ["import", "/nonexistent/medium"],
    ["export", "first", "--to", ".", "--chunk-size", "many"],
    ["export", "first", "--to", ".", "--chunk-size", "4GiB"],
  ])
  func wrongUseIs2(arguments: [String]) throws {
    try withScratchDirectory { scratch in
      var site = try AptFerry(home: scratch.path("home"), isProcess: true)
      site.environment = ["APTFERRY_DEPOT": scratch.path("depot")]
      try site("init", "--site", "mainland").succeeded()
      let result = try site(arguments, in: scratch.path)
      #expect(result.refused(.usage), "\(result.everything)")
    }
  }

  @Test func aStrangersBundleIs10() throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch)
      let stranger = try VendorKey(name: "Stranger <stranger@exporter.example>")
      let manifest = try Disk.text(crossing.bundle() + "/MANIFEST")
      try Disk.write(
        try stranger.detachedSignature(manifest),
        to: crossing.bundle() + "/MANIFEST.asc"
      )
      try expectRefusal(crossing, 10)
      let verified = try crossing.kiosk(
        "verify",
        crossing.medium,
        "--keyring",
        crossing.exporterKey
      )
      #expect(verified.refused(.trust), "\(verified.everything)")
    }
  }

  @Test func aVendorKeyThatIsNotPinnedInsideIs10AndSaysHowToPinIt() throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch, pins: false)
      let result = try crossing.isolated("import", crossing.medium)
      #expect(result.refused(.trust), "\(result.everything)")
      #expect(result.errors.contains("trust add"), "\(result.errors)")
      #expect(result.errors.contains(crossing.forge.key.fingerprint), "\(result.errors)")
      #expect(try crossing.isolated("snapshot", "show", "first").status != 0)
    }
  }

  @Test func aChangedManifestIs10() throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch)
      try Damage.replace("Sequence: 1", with: "Sequence: 2", in: crossing.bundle() + "/MANIFEST")
      let before = try depot(crossing)
      let result = try crossing.isolated("import", crossing.medium)
      #expect([10, 11].contains(result.status), "\(result.everything)")
      #expect(try depot(crossing) == before)
    }
  }

  @Test func aDamagedChunkIs11AndIsNamed() throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch)
      let chunks = try crossing.chunks()
      // Into the first member's content, behind its header.
      for chunk in chunks {
        let isStored = chunk.hasSuffix(".tar")
        try Damage.flipBit(of: chunk, at: isStored ? 600 : try Disk.read(chunk).count / 2)
      }
      let verified = try crossing.kiosk(
        "verify",
        crossing.medium,
        "--keyring",
        crossing.exporterKey
      )
      #expect(verified.refused(.integrity), "\(verified.everything)")
      for chunk in chunks {
        let name = String(chunk.split(separator: "/").last ?? "")
        #expect(verified.everything.contains(name), "\(verified.everything)")
      }
      let result = try crossing.isolated("import", crossing.medium)
      #expect(result.refused(.integrity), "\(result.everything)")
      #expect(try crossing.isolated("snapshot", "show", "first").status != 0)
    }
  }

  @Test func damagedListsAre11() throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch)
      try Damage.flipBit(of: crossing.bundle() + "/ENTRIES.zst", at: -5)
      try expectRefusal(crossing, 11)
    }
  }

  @Test func aMissingChunkIs12AndIsNamed() throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch)
      let chunk = try #require(try crossing.chunks().last)
      Disk.remove(chunk)
      let name = String(chunk.split(separator: "/").last ?? "")
      let verified = try crossing.kiosk(
        "verify",
        crossing.medium,
        "--keyring",
        crossing.exporterKey
      )
      #expect(verified.refused(.incomplete), "\(verified.everything)")
      let number = try #require(Int(name.prefix(6)))
      #expect(verified.errors.contains("missing: chunks \(number)\n"), "\(verified.everything)")
      let result = try crossing.isolated("import", crossing.medium)
      #expect(result.refused(.incomplete), "\(result.everything)")
      #expect(result.everything.contains(name), "\(result.everything)")
    }
  }

  @Test func anEarlierSequenceIs13() throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch)
      try crossing.forge.build(.small("testing"))
      try crossing.freeze("second", "testing")
      try crossing.export("second")
      try crossing.isolated("import", crossing.bundle(2)).succeeded()
      let before = try depot(crossing)
      let result = try crossing.isolated("import", crossing.bundle(1))
      #expect(result.refused(.freshness), "\(result.everything)")
      #expect(try depot(crossing) == before)
    }
  }

  @Test(arguments: ["MANIFEST", "MANIFEST.asc", "ENTRIES.zst"])
  func aLinkInPlaceOfAFileIs14(name: String) throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch)
      try replaceByLink(crossing.bundle() + "/" + name, scratch)
      try expectRefusal(crossing, 14)
    }
  }

  @Test func aLinkInPlaceOfAChunkIs14() throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch)
      try replaceByLink(try #require(try crossing.chunks().first), scratch)
      let result = try crossing.isolated("import", crossing.medium)
      #expect(result.refused(.unsafe), "\(result.everything)")
      #expect(try crossing.isolated("snapshot", "show", "first").status != 0)
    }
  }

  private func replaceByLink(_ path: String, _ scratch: ScratchDirectory) throws {
    try Disk.rename(path, to: scratch.path("elsewhere"))
    try Disk.symbolicLink(path, to: scratch.path("elsewhere"))
  }

  @Test func aPipeInPlaceOfTheManifestIs14AndDoesNotHang() throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch)
      Disk.remove(crossing.bundle() + "/MANIFEST")
      try run(["mkfifo", crossing.bundle() + "/MANIFEST"]).succeeded()
      try expectRefusal(crossing, 14)
    }
  }

  /// Whether this machine lets us mount a small file system without being root elsewhere.
  static let canMount =
    (try? run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]))?.status == 0

  @Test(.enabled(if: ExitStatusTests.canMount, "needs user namespaces"))
  func aMediumThatIsTooSmallIs15AndNothingIsWritten() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch, isProcess: true)
      var suite = ForgedSuite.small()
      suite.components["main"]?.append(ForgedPackage("ballast", payload: 2_000_000))
      try crossing.forge.build(suite)
      try crossing.freeze("first", "stable")
      let script = """
        mount -t tmpfs -o size=1M tmpfs "\(crossing.medium)" || exit 99
        "$@"; status=$?
        [ -z "$(find "\(crossing.medium)" -type f)" ] || exit 98
        exit $status
        """
      let result = try crossing.connected(
        ["export", "first", "--to", crossing.medium],
        under: ["unshare", "-rm", "sh", "-c", script, "sh"]
      )
      #expect(result.refused(.resource), "\(result.everything)")
      // The plan is shown, and ends as the real run would.
      let plan = try crossing.connected(
        ["export", "first", "--to", crossing.medium, "--dry-run"],
        under: ["unshare", "-rm", "sh", "-c", script, "sh"]
      )
      #expect(plan.refused(.resource, "medium-too-small"), "\(plan.everything)")
      #expect(plan.text.contains("needed:"), "\(plan.everything)")
    }
  }

  @Test func aDepotThatAnotherCommandHoldsIs17() throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch)
      let result = try crossing.isolated(
        ["import", crossing.medium],
        under: ["flock", scratch.path("isolated/import.lock")]
      )
      #expect(result.refused(.busy), "\(result.everything)")
      try crossing.isolated("import", crossing.medium).succeeded()
    }
  }

  @Test func aDirectoryThatIsNoDepotIs18() throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(
        home: scratch.path("home"),
        depot: try scratch.directory("empty"),
        isProcess: true
      )
      let result = try site("snapshot", "list")
      #expect(result.refused(.state), "\(result.everything)")
      #expect(try Disk.names(in: scratch.path("empty")).isEmpty)
    }
  }

  @Test func noDepotAtAllIs18AndSaysHowToMakeOne() throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(
        home: scratch.path("home"),
        depot: scratch.path("nowhere"),
        isProcess: true
      )
      let result = try site("depot", "status")
      #expect(result.refused(.state), "\(result.everything)")
      #expect(result.errors.contains("aptferry init"), "\(result.errors)")
    }
  }

  @Test func aNameThatIsNotUTF8IsRefusedAndNotChanged() throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(home: scratch.path("home"), isProcess: true)
      let shell = ["bash", "-c", "exec \"$@\" --depot $'d\\xffp'", "bash"]
      let result = try site(["init"], under: shell, in: scratch.path)
      #expect(result.refused(.usage), "\(result.everything)")
      #expect(try Disk.names(in: scratch.path) == ["home"])
    }
  }

  @Test(arguments: [">&-", ">/dev/full"])
  func resultsThatNobodyGetsAre16AndSpoilNothing(redirection: String) throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch)
      let shell = ["sh", "-c", "exec \"$@\" " + redirection, "sh"]
      let result = try crossing.isolated(["import", crossing.medium], under: shell)
      #expect(result.refused(.io), "\(result.everything)")
      #expect(result.errors.contains("standard output"), "\(result.errors)")
      try crossing.isolated("depot", "check").succeeded()
      try crossing.isolated("snapshot", "show", "first").succeeded()
    }
  }

  @Test func aRelativeDepotIsShownFromTheRoot() throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(home: scratch.path("home"), depot: "./relative", isProcess: true)
      let shown = try site(["init"], in: scratch.path).succeeded()
      #expect(shown.contains("/relative/public"), "\(shown)")
      #expect(shown.contains("depot:       /"), "\(shown)")
      #expect(!shown.contains("/./"), "\(shown)")
    }
  }

  @Test func anErrorIsOneJSONObjectOnStandardError() throws {
    try withScratchDirectory { scratch in
      let crossing = try exported(scratch)
      try Damage.flipBit(of: crossing.bundle() + "/ENTRIES.zst", at: -5)
      let result = try crossing.isolated("import", crossing.medium, "--json")
      #expect(result.refused(.integrity), "\(result.everything)")
      let parsed = try run(["python3", "-m", "json.tool"], input: Array(result.errors.utf8))
      #expect(parsed.status == 0, "\(result.errors)")
      #expect(result.errors.contains("E-INTEGRITY"), "\(result.errors)")
    }
  }
}
