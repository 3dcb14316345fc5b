import Foundation
import SafeIO
import TestSupport
import Testing

/// What an auditor asks about a package, a year later and elsewhere.
@Suite struct PackageAuditTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// A bundle that came in and is published.
  private func crossed(_ scratch: ScratchDirectory) throws -> Crossing {
    let crossing = try Crossing(scratch)
    try crossing.forge.build(.full())
    try crossing.freeze("first", "stable")
    try crossing.export("first")
    try crossing.isolated("import", crossing.medium).succeeded()
    try crossing.isolated("publish", "first", "--at", "debian").succeeded()
    return crossing
  }

  @Test func aPackageIsFoundWithItsBundleSignersAndPublications() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossed(scratch)
      let text = try crossing.isolated("audit", "package", "hawser").succeeded()
      for part in [
        "package:  hawser ", "bundle mainland-000001 imported, signed by mainland ",
        "suite:    stable, signed by vendor \(crossing.forge.key.fingerprint)",
        "published at debian, generation 1", "in:       first, dists/stable/contrib/",
      ] { #expect(text.contains(part), "\(part) is not in\n\(text)") }
      let json = try object(
        try crossing.isolated("audit", "package", "hawser", "--json").succeeded()
      )
      let packages = try #require(json["packages"] as? [[String: Any]])
      #expect(packages.contains { $0["architecture"] as? String == "source" })
      let version = try #require(packages.first?["version"] as? String)
      try crossing.isolated("audit", "package", "hawser=\(version)").succeeded()
      let outside = try crossing.connected("audit", "package", "hawser").succeeded()
      #expect(outside.contains("exported in bundle mainland-000001"), "\(outside)")
      for wrong in ["hawse", "hawser=0.0"] {
        let refused = try crossing.isolated("audit", "package", wrong)
        #expect(refused.refused(.usage, "no-such-package"))
        #expect(refused.errors.contains("its versions here: \(version)") == wrong.contains("="))
      }
    }
  }

  @Test func aPackageIsFoundAfterItsSnapshotAndItsObjectsAreGone() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossed(scratch)
      try crossing.isolated("publication", "remove", "debian").succeeded()
      try crossing.isolated("snapshot", "remove", "first").succeeded()
      try crossing.isolated("depot", "gc").succeeded()
      let text = try crossing.isolated("audit", "package", "hawser").succeeded()
      for part in [
        "REMOVED", "snapshot removed", "mainland-000001 imported", "publication removed",
      ] {
        #expect(text.contains(part), "\(part) is not in\n\(text)")
      }
      #expect(try crossing.isolated("depot", "check").succeeded().contains("0 of them needed"))
      // Without what was kept, the answer says what it could not look into.
      Disk.remove(scratch.path("isolated/evidence"))
      let gone = try crossing.isolated("audit", "package", "hawser")
      #expect(gone.refused(.usage, "no-such-package"), "\(gone.everything)")
      #expect(gone.errors.contains("not searched: snapshot first"), "\(gone.everything)")
    }
  }

  /// Types the commands of the page into one shell that ends with the first that fails.
  private func follow(_ directory: String) throws -> RunResult {
    let commands = try Disk.text(directory + "/README.txt").split(separator: "\n")
      .map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { $0.hasPrefix("$ ") }.map { String($0.dropFirst(2)) }
    #expect(commands.count >= 12)
    return try run(
      ["bash", "-ec", "set -o pipefail\n" + commands.joined(separator: "\n")],
      in: directory
    )
  }

  @Test func evidenceIsCheckedElsewhereWithStockTools() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossed(scratch)
      let place = scratch.path("evidence")
      try crossing.isolated(
        "audit",
        "export",
        "--evidence",
        "mainland-000001",
        place,
        "--package",
        "hawser"
      ).succeeded()
      let good = try follow(place)
      #expect(good.status == 0, "\(good.everything)")
      let log = try crossing.kiosk("audit", "verify", "--file", place + "/audit.log")
      #expect(log.status == 0, "\(log.everything)")
      #expect(
        try crossing.isolated("audit", "export", "--evidence", "mainland-000001", place)
          .refused(.usage, "directory-exists")
      )
      // Each part is looked at: an altered one ends the page with a failure.
      for part in ["bundle/MANIFEST", "bundle/ENTRIES.zst", "audit.log", "receipt"] {
        let copy = scratch.path("copy")
        try run(["cp", "-r", place, copy]).succeeded()
        try run(["sh", "-c", "printf X | dd conv=notrunc bs=1 seek=200 of=\(copy)/\(part)"])
          .succeeded()
        #expect(try follow(copy).status != 0, "\(part)")
        Disk.remove(copy)
      }
      let made = scratch.path("made")
      try crossing.connected("audit", "export", "--evidence", "mainland-000001", made).succeeded()
      let outside = try follow(made)
      #expect(outside.status == 0, "\(outside.everything)")
    }
  }

  @Test func aCopyOfTheLogIsCheckedWithoutADepot() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossed(scratch)
      let copy = scratch.path("copy.jsonl")
      let text = try crossing.isolated("audit", "export").succeeded()
      try Disk.write(text, to: copy)
      let report = try crossing.kiosk("audit", "verify", "--file", copy, "--json").succeeded()
      let head = try #require(try object(report)["head"] as? String)
      try crossing.kiosk("audit", "verify", "--file", copy, "--head", head).succeeded()
      let lines = text.split(separator: "\n")
      try Disk.write(lines.dropLast().joined(separator: "\n") + "\n", to: copy)
      try crossing.kiosk("audit", "verify", "--file", copy).succeeded()
      #expect(
        try crossing.kiosk("audit", "verify", "--file", copy, "--head", head).refused(.integrity)
      )
      try Disk.write(text.replacing("\"import\"", with: "\"export\""), to: copy)
      #expect(try crossing.kiosk("audit", "verify", "--file", copy).refused(.integrity))
      #expect(
        try crossing.kiosk("audit", "verify", "--file", scratch.path("none")).refused(
          .usage,
          "no-file"
        )
      )
    }
  }
}
