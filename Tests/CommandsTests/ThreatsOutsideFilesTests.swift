import Glibc
import SafeIO
import TestSupport
import Testing

/// Threats T162 to T165: what lies on a medium under the name of a file that a command writes there,
/// or leads into the depot.
@Suite struct ThreatsOutsideFilesTests {
  /// Every command that writes a file that the user names; the file is the last word.
  private static func writers(_ site: ThreatsSite) -> [[String]] {
    [
      ["key", "export"], ["key", "statements"], ["receipt", "create", "--to"],
      ["receipt", "request", site.medium, "--to"],
      ["inspect", site.medium, "--against-depot", "--html"],
      ["import", site.medium, "--receipt"],
    ]
  }

  /// A site that has something to state about its keys, and the lab's bundle on the medium.
  private static func with(_ body: (ThreatsSite) throws -> Void) throws {
    try ThreatsSite.with(exported: true) { site in
      try site.site("key", "rotate", "--reason", "yearly").succeeded()
      try body(site)
    }
  }

  /// Runs every writer with this file, and expects that each refuses and the depot is whole.
  private func expectRefusals(
    _ site: ThreatsSite,
    writing file: String,
    _ code: String,
    hint: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try site.state()
    for words in ThreatsOutsideFilesTests.writers(site) {
      let result = try site.site(words + [file])
      let shown = Comment(rawValue: "\(words) \(file)\n\(result.everything)")
      #expect(result.refused(.unsafe), shown, sourceLocation: sourceLocation)
      #expect(result.errors.contains("code: \(code) "), shown, sourceLocation: sourceLocation)
      #expect(result.errors.contains(hint), shown, sourceLocation: sourceLocation)
      #expect(result.text.isEmpty, shown, sourceLocation: sourceLocation)
      #expect(try site.changes(since: before) == [], shown, sourceLocation: sourceLocation)
    }
    try site.site("audit", "verify").succeeded()
    try site.site("depot", "check").succeeded()
  }

  @Test(arguments: ["catalogue.sqlite", "audit.log", "depot.conf", "signing-key", "nothing"])
  func t162ALinkOnAMediumIsNotWrittenThrough(target: String) throws {
    try ThreatsOutsideFilesTests.with { site in
      let link = site.medium + "/file"
      try Disk.symbolicLink(link, to: site.depot + "/" + target)
      try expectRefusals(site, writing: link, "E-UNSAFE-IN-THE-WAY", hint: "a symbolic link to ")
      #expect(!Disk.exists(site.depot + "/nothing"))
      // The temporary name may be planted as well.
      Disk.remove(link)
      try Disk.symbolicLink(site.medium + "/.file.aptferry", to: site.depot + "/" + target)
      try expectRefusals(site, writing: link, "E-UNSAFE-IN-THE-WAY")
    }
  }

  @Test func t163ADeviceAPipeOrADirectoryInTheWayIsRefused() throws {
    try ThreatsOutsideFilesTests.with { site in
      try run(["mkfifo", site.medium + "/pipe"]).succeeded()
      try expectRefusals(
        site,
        writing: site.medium + "/pipe",
        "E-UNSAFE-IN-THE-WAY",
        hint: "a pipe"
      )
      try Disk.makeDirectory(site.medium + "/.file.aptferry")
      try expectRefusals(site, writing: site.medium + "/file", "E-UNSAFE-IN-THE-WAY")
      for stream in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/null"] {
        try expectRefusals(
          site,
          writing: stream,
          "E-UNSAFE-IN-THE-WAY",
          hint: "“-” is the name of standard output"
        )
      }
    }
  }

  @Test func t163MinusIsStandardOutput() throws {
    try ThreatsOutsideFilesTests.with { site in
      let begins = [
        "-----BEGIN PGP PUBLIC KEY", "-----BEGIN PGP SIGNED MESSAGE",
        "-----BEGIN PGP SIGNED MESSAGE", "", "<!DOCTYPE html>", "-----BEGIN PGP SIGNED MESSAGE",
      ]
      for (words, begin) in zip(ThreatsOutsideFilesTests.writers(site), begins) {
        let result = try site.site(words + ["-"], in: site.scratch.path)
        #expect(result.status == 0, "\(words): \(result.everything)")
        #expect(result.text.hasPrefix(begin), "\(words): \(result.everything)")
      }
      #expect(!Disk.exists(site.scratch.path("-")))
      let both = try site.site("receipt", "create", "--to", "-", "--json")
      #expect(both.refused(.usage), "\(both.everything)")
    }
  }

  @Test func t164NothingIsWrittenIntoTheDepotByAnyName() throws {
    try ThreatsOutsideFilesTests.with { site in
      let depot = site.depot
      try Disk.symbolicLink(site.medium + "/out", to: depot)
      try Disk.symbolicLink(site.medium + "/deep", to: "../isolated/objects")
      try run(["cp", "-al", depot + "/depot.conf", site.medium + "/hard"]).succeeded()
      for place in [
        depot + "/catalogue.sqlite", depot + "/objects/new", depot + "/gnupg/pubring.kbx",
        site.medium + "/../isolated/audit.log", site.medium + "/out/audit.log",
        site.medium + "/deep/new", site.medium + "/hard",
      ] {
        try expectRefusals(site, writing: place, "E-UNSAFE-INSIDE-DEPOT")
      }
      // Another depot of this machine is none to write into either.
      try run(["cp", "-a", depot, site.scratch.path("another")]).succeeded()
      try expectRefusals(
        site,
        writing: site.scratch.path("another/public/key.asc"),
        "E-UNSAFE-INSIDE-DEPOT"
      )
    }
  }

  @Test(.enabled(if: KillMatrixTests.canMount, "needs root for mounts"))
  func t164AMountOfAPartOfTheDepotIsTheDepot() throws {
    try ThreatsSite.with { site in
      for part in ["", "/gnupg", "/gnupg/private-keys-v1.d"] {
        let result = try run([
          "unshare", "--mount", "--propagation", "private", "sh", "-c",
          "mount --bind \"$1\" \"$2\" && exec \"$3\" key export \"$2/new\" --depot \"$4\"", "sh",
          site.depot + part, site.medium, site.site.program, site.depot,
        ])
        #expect(result.refused(.unsafe), "\(part): \(result.everything)")
        #expect(result.errors.contains("E-UNSAFE-INSIDE-DEPOT"), "\(part): \(result.everything)")
        #expect(!Disk.exists(site.depot + part + "/new"))
      }
    }
  }

  @Test func t165AFileThatIsThereIsReplacedAndNotWrittenInto() throws {
    try ThreatsSite.with { site in
      let (file, other) = (site.medium + "/key.asc", site.scratch.path("other"))
      try Disk.write("precious", to: other)
      for name in [file, site.medium + "/.key.asc.aptferry"] {
        try run(["ln", other, name]).succeeded()
      }
      // Not the temporary name: that one is a file of the user's.
      try Disk.write("mine", to: file + ".part")
      try site.site("key", "export", file).succeeded()
      #expect(try Disk.text(other) == "precious")
      #expect(try Disk.text(file).hasPrefix("-----BEGIN PGP PUBLIC KEY"))
      #expect(try Disk.names(in: site.medium) == ["key.asc", "key.asc.part"])
      // What the user's own links lead to is the user's business, but for the last name.
      try Disk.symbolicLink(site.scratch.path("link"), to: site.medium)
      try site.site("key", "export", site.scratch.path("link/second.asc")).succeeded()
      #expect(Disk.exists(site.medium + "/second.asc"))
    }
  }
}
