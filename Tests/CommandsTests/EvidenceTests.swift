import Foundation
import SafeIO
import TestSupport
import Testing

/// Evidence is checked with stock tools, and does not say more than they show.
@Suite struct EvidenceTests {
  /// A bundle that came in.
  private func crossed(_ scratch: ScratchDirectory) throws -> Crossing {
    let crossing = try Crossing(scratch)
    try crossing.forge.build(.full())
    try crossing.freeze("first", "stable")
    try crossing.export("first")
    try crossing.isolated("import", crossing.medium).succeeded()
    return crossing
  }

  private func lines(_ directory: String) throws -> [String] {
    try Disk.text(directory + "/README.txt").split(separator: "\n")
      .map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { $0.hasPrefix("$ ") }.map { String($0.dropFirst(2)) }
  }

  private func follow(_ lines: [String], in directory: String) throws -> RunResult {
    try run(
      ["bash", "-ec", "set -o pipefail\n" + lines.joined(separator: "\n")],
      in: directory
    )
  }

  @Test func `What stands outside of the signed text lists nothing`() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossed(scratch)
      let place = scratch.path("evidence")
      try crossing.isolated(
        ["audit", "export", "--evidence", "mainland-000001", place, "--package", "hawser"]
      ).succeeded()
      let listings = try lines(place).filter { $0.contains("awk -v \"h=") }
      #expect(try !listings.isEmpty && follow(listings, in: place).status == 0)
      let forge = """
        import glob, hashlib, sys
        index = [p for p in glob.glob(sys.argv[1] + '/snapshots/**/Packages*', recursive=True)][0]
        release = glob.glob(sys.argv[1] + '/snapshots/**/InRelease', recursive=True)[0]
        path = index[len(release) - len('InRelease'):]
        open(index, 'ab').write(b'forged')
        data = open(index, 'rb').read()
        line = f' {hashlib.sha256(data).hexdigest()} {len(data)} {path}\\n'
        text = open(release).read()
        open(release, 'w').write(line + text + line)
        """
      try run(["python3", "-c", forge, place]).succeeded()
      #expect(try follow(listings, in: place).status != 0)
    }
  }

  /// The exporter wrote the indexes of a composed snapshot: the vendor's own ones are the proof.
  @Test func `Evidence of a choice leads to the vendor's signature`() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.full())
      try crossing.freeze("first", "stable")
      try crossing.connected("snapshot", "filter", "first", "some", "hawser").succeeded()
      try crossing.export("some")
      try crossing.isolated("import", crossing.medium).succeeded()
      let place = scratch.path("evidence")
      try crossing.isolated(
        ["audit", "export", "--evidence", "mainland-000001", place, "--package", "hawser"]
      ).succeeded()
      let all = try lines(place)
      #expect(all.contains { $0.hasPrefix("gpgv --keyring ./keys/vendors.gpg") }, "\(all)")
      #expect(all.contains { $0.contains("awk -v \"h=") && $0.contains("/provenance/") }, "\(all)")
      let result = try follow(all, in: place)
      #expect(result.status == 0, "\(result.everything)")
    }
  }

  @Test func `Evidence stays checkable after keys have changed`() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossed(scratch)
      let exporter = try crossing.connected("key", "show", "--json").succeeded()
      let key = try #require(
        try JSONSerialization.jsonObject(with: Data(exporter.utf8)) as? [String: Any]
      )
      let fingerprint = try #require(key["fingerprint"] as? String)
      try crossing.connected("key", "rotate", "--reason", "a year has passed").succeeded()
      try crossing.isolated("key", "rotate", "--reason", "a year has passed").succeeded()
      try crossing.isolated("trust", "remove", fingerprint, "--role", "exporter").succeeded()
      for (side, place) in [("connected", "made"), ("isolated", "held")] {
        let run = side == "connected" ? crossing.connected : crossing.isolated
        try run(["audit", "export", "--evidence", "mainland-000001", scratch.path(place)])
          .succeeded()
        let result = try follow(lines(scratch.path(place)), in: scratch.path(place))
        #expect(result.status == 0, "\(side)\n\(result.everything)")
      }
    }
  }

  @Test func `A package that the bundle does not list is refused, and nothing is made`() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossed(scratch)
      for package in ["nosuch", "hawser=9.9"] {
        let result = try crossing.isolated(
          ["audit", "export", "--evidence", "mainland-000001", scratch.path("evidence")]
            + ["--package", package]
        )
        #expect(result.refused(.usage, "no-such-package"), "\(result.everything)")
        #expect(!Disk.exists(scratch.path("evidence")))
      }
    }
  }

  @Test func `Evidence that fails leaves nothing, and can be asked for again`() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossed(scratch)
      let lists = try run(
        [
          "sh", "-c",
          "for f in $(find '\(scratch.path("isolated"))/objects' -type f); do "
            + "head -c 4 $f | grep -q 'Hash\\|----' && echo $f; done; true",
        ]
      ).succeeded().split(separator: "\n").map { String($0) }
      let release = try #require(lists.first)
      let text = try Disk.read(release)
      try run(["chmod", "u+w", release]).succeeded()
      try Disk.write(text.dropLast() + [0x20], to: release)
      let place = scratch.path("evidence")
      let order = ["audit", "export", "--evidence", "mainland-000001", place]
      // What lies beside it is somebody's.
      try Disk.write("mine", to: scratch.directory("evidence.partial") + "/thesis")
      let failed = try crossing.isolated(order)
      #expect(failed.refused(.integrity), "\(failed.everything)")
      #expect(!Disk.exists(place))
      #expect(try Disk.text(place + ".partial/thesis") == "mine")
      try Disk.write(text, to: release)
      try crossing.isolated(order).succeeded()
      // The attempt that failed has used up no number.
      let receipt = try Disk.text(place + "/receipt")
      #expect(receipt.contains("Number: 1\n"), "\(receipt)")
    }
  }

  @Test func `What is no log is no whole log`() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossed(scratch)
      let log = try crossing.isolated("audit", "export").succeeded()
      let lines = log.split(separator: "\n", omittingEmptySubsequences: true)
      let scrambled =
        lines.prefix(3).joined(separator: "\n") + "\n"
        + lines.dropFirst(3).map { "x" + $0.dropFirst() }.joined(separator: "\n") + "\n"
      let table = try crossing.isolated("audit", "export", "--format", "csv").succeeded()
      let copy = scratch.path("copy")
      for text in ["", "root:x:0:0\n", table, scrambled] {
        try Disk.write(text, to: copy)
        let result = try crossing.kiosk("audit", "verify", "--file", copy)
        #expect(result.refused(.integrity, "audit-log"), "\(text.prefix(40))\n\(result.everything)")
      }
      // The rest of a record is what a power cut leaves.
      try Disk.write(log + "{\"seq\":99,\"prev\"", to: copy)
      try crossing.kiosk("audit", "verify", "--file", copy).succeeded()
    }
  }

  @Test func `A new name is no removal, and the history goes on across it`() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossed(scratch)
      try crossing.connected("snapshot", "rename", "first", "january").succeeded()
      let text = try crossing.connected("audit", "package", "hawser").succeeded()
      for part in [
        "snapshot: january", "snapshot renamed, before: first",
        "exported in bundle mainland-000001",
      ] { #expect(text.contains(part), "\(part) is not in\n\(text)") }
      #expect(!text.contains("REMOVED") && !text.contains("snapshot: first"), "\(text)")
    }
  }
}
