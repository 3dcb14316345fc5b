import SafeIO
import TestSupport
import Testing

/// Threats T166 to T168: a planted directory under the name of an unfinished bundle, and what the
/// finished one then has.
@Suite struct ThreatsPartialTests {
  private static let lists = [
    "ENTRIES.zst", "MANIFEST", "MANIFEST.asc", "README.txt", "SHA256SUMS", "chunks",
  ]

  /// An exporter's depot of its own, with the first bundle in its ledger, and an empty medium.
  private static func with(_ body: (AptFerry, _ medium: String) throws -> Void) throws {
    let lab = try ThreatsLab.shared.get()
    try withScratchDirectory { scratch in
      let depot = scratch.path("connected")
      try run(["cp", "-a", lab.path + "/connected", depot]).succeeded()
      let medium = try scratch.directory("medium")
      try body(try AptFerry(home: scratch.path("home"), depot: depot), medium)
    }
  }

  private func export(_ site: AptFerry, _ medium: String, _ more: String...) throws -> RunResult {
    try site(["export", "first", "--full", "--to", medium, "--chunk-size", "64KiB"] + more)
  }

  @Test(
    arguments: [
      "START-HERE.sh", "exporter.gpg", "files/", "files/aa", "chunks/run.sh", "chunks/sub/",
      "chunks/000001.tar/", "MANIFEST/", "chunks/000001.TAR", "manifest", "chunks/1.tar",
      "chunks/000001.tar -> ../../x", "README.txt -> /etc/passwd", "chunks -> ..", "bad\\377",
    ]
  )
  func t166AStrangerInAnUnfinishedBundleIsRefusedAndNotCarried(planted: String) throws {
    try ThreatsPartialTests.with { site, medium in
      let partial = medium + "/mainland-000002.partial"
      try plant(planted, in: partial)
      let before = try listing(medium)
      for more in [[], ["--dry-run"]] {
        let refused = try site(
          ["export", "first", "--full", "--to", medium, "--chunk-size", "64KiB"] + more
        )
        #expect(refused.refused(.unsafe), "\(refused.everything)")
        #expect(refused.errors.contains("E-UNSAFE-FOREIGN-FILES"), "\(refused.everything)")
        #expect(refused.code == "E-UNSAFE-FOREIGN-FILES", "\(refused.everything)")
        let name = planted.hasPrefix("files/") ? "files" : planted.split(separator: " ")[0]
        let shown = name.prefix { $0 != "\\" }.split(separator: "/").joined(separator: "/")
        #expect(refused.errors.contains(shown), "\(refused.everything)")
        #expect(try listing(medium) == before)
      }
      try export(site, medium, "--discard-partial").succeeded()
      try expectExact(medium + "/mainland-000002", medium)
    }
  }

  @Test func t166FilesOfOurNamesAreCheckedOrWrittenAnew() throws {
    try ThreatsPartialTests.with { site, medium in
      let (partial, lab) = (medium + "/mainland-000002.partial", try ThreatsLab.shared.get())
      try Disk.makeDirectory(partial + "/chunks")
      for name in ThreatsPartialTests.lists.dropLast() + ["chunks/000009.tar.part"] {
        try Disk.write("planted", to: partial + "/" + name)
      }
      // A chunk that is right up to its last bit, one that is longer, and one of no plan.
      let old = lab.medium + "/mainland-000001/chunks/"
      let stored = try Disk.names(in: old).filter { $0.hasSuffix(".tar") }
      for name in stored { try run(["cp", old + name, partial + "/chunks/"]).succeeded() }
      let bad = partial + "/chunks/" + (try #require(stored.first))
      try Damage.flipBit(of: bad, at: try Disk.read(bad).count - 1)
      try Damage.append([0], to: partial + "/chunks/" + (try #require(stored.last)))
      try Disk.write("planted", to: partial + "/chunks/000777.tar")
      try export(site, medium).succeeded()
      try expectExact(medium + "/mainland-000002", medium)
    }
  }

  @Test func t166ADirectoryThatIsALinkIsNoUnfinishedBundle() throws {
    try ThreatsPartialTests.with { site, medium in
      try Disk.makeDirectory(medium + "/elsewhere")
      try Disk.symbolicLink(medium + "/mainland-000002.partial", to: "elsewhere")
      let refused = try export(site, medium)
      #expect(refused.refused(.unsafe), "\(refused.everything)")
      #expect(refused.code == "E-UNSAFE-FOREIGN-FILES", "\(refused.everything)")
      try export(site, medium, "--discard-partial").succeeded()
      #expect(try Disk.names(in: medium + "/elsewhere").isEmpty)
      Disk.remove(medium + "/elsewhere")
      try expectExact(medium + "/mainland-000002", medium)
    }
  }

  @Test(arguments: ["START-HERE.sh", "files/run.sh", "chunks -> ..", "files/sub/"])
  func t167AStrangerInAnUnfinishedResendIsRefusedAndNotCarried(planted: String) throws {
    try ThreatsPartialTests.with { site, medium in
      let lab = try ThreatsLab.shared.get()
      let (lossy, request) = (medium + ".lossy", medium + ".request")
      try Disk.copyTree(lab.medium, to: lossy)
      let chunk = try #require(try Disk.names(in: lossy + "/mainland-000001/chunks").first)
      Disk.remove(lossy + "/mainland-000001/chunks/" + chunk)
      let inside = try AptFerry(home: site.home, depot: lab.path + "/isolated")
      try inside("receipt", "request", lossy, "--to", request).succeeded()
      try plant(planted, in: medium + "/mainland-000001.partial")
      let refused = try site("export", "--resend", request, "--to", medium)
      #expect(refused.refused(.unsafe), "\(refused.everything)")
      #expect(refused.errors.contains("E-UNSAFE-FOREIGN-FILES"), "\(refused.everything)")
      try site("export", "--resend", request, "--to", medium, "--discard-partial").succeeded()
      let bundle = medium + "/mainland-000001"
      #expect(try Disk.names(in: medium) == ["mainland-000001"])
      #expect(try Disk.names(in: bundle) == ThreatsPartialTests.lists)
      #expect(try Disk.names(in: bundle + "/chunks") == [chunk])
    }
  }

  @Test func t168NoBundleIsWrittenIntoTheDepot() throws {
    try ThreatsPartialTests.with { site, medium in
      let depot = try #require(site.depot)
      try Disk.symbolicLink(medium + "/out", to: depot + "/objects")
      for place in [depot, depot + "/public", medium + "/out", medium + "/../connected/incoming"] {
        let refused = try site("export", "first", "--full", "--to", place)
        #expect(refused.refused(.unsafe), "\(place): \(refused.everything)")
        #expect(refused.errors.contains("E-UNSAFE-INSIDE-DEPOT"), "\(refused.everything)")
      }
      try site("depot", "check").succeeded()
    }
  }

  /// Makes what the words say: a file, a directory (`name/`), or a link (`name -> target`); `\377`
  /// in a name is that byte.
  private func plant(_ planted: String, in partial: String) throws {
    let script = """
      set -e; p=$1; cd "$2"; case $p in
        *" -> "*) n=${p%% -> *}; mkdir -p "$(dirname "$n")"; ln -s "${p##* -> }" "$n" ;;
        */) mkdir -p "$p" ;;
        *) n=$(printf "$p"); mkdir -p "$(dirname "$n")"; echo planted > "$n" ;;
      esac
      """
    try Disk.makeDirectory(partial)
    try run(["sh", "-c", script, "sh", planted, partial]).succeeded()
  }

  /// Every name, kind and time below a directory.
  private func listing(_ directory: String) throws -> String {
    try run(["find", directory, "-printf", "%p %y %s %T@ %l\\n"]).succeeded()
  }

  /// The medium has this bundle and nothing else; it has all that an export writes and nothing else,
  /// and is what it claims to be.
  private func expectExact(_ bundle: String, _ medium: String) throws {
    let lab = try ThreatsLab.shared.get()
    #expect(try Disk.names(in: medium) == ["mainland-000002"])
    #expect(try Disk.names(in: bundle) == ThreatsPartialTests.lists)
    let wanted = try Disk.names(in: lab.medium + "/mainland-000001/chunks")
    #expect(try Disk.names(in: bundle + "/chunks") == wanted)
    let kiosk = try AptFerry(home: lab.path + "/home")
    let key = medium + ".gpg"
    try AptFerry(home: lab.path + "/home")(
      "key",
      "export",
      key,
      "--depot",
      lab.path + "/connected"
    ).succeeded()
    let verified = try kiosk("verify", bundle, "--keyring", key).succeeded()
    #expect(!verified.contains("stranger"), "\(verified)")
  }
}
