import Foundation
import SafeIO
import TestSupport
import Testing

/// The short form of `scripts/fault-matrix`, which is run in full by hand.
@Suite(.waits) struct KillMatrixTests {
  /// Whether this system has strace and lets it trace.
  static let canTrace = (try? run(["strace", "-o", "/dev/null", "true"]).status) == 0

  @Test(.long, .enabled(if: canTrace, "strace cannot trace here"))
  func everyCommandConvergesAfterAKillAnErrorOrASignal() throws {
    try withScratchDirectory { scratch in
      let script =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path + "/scripts/fault-matrix"
      let program = try AptFerry(home: scratch.path("home")).program
      let matrix = try run(
        [script, "--short", "--faults", "kill,errors,signals", "--program", program],
        limit: 900
      )
      #expect(matrix.status == 0, "\(matrix.everything)")
      // The script says how many points it tried: a matrix without points proves nothing.
      let lines = matrix.text.split(separator: "\n").filter { $0.hasPrefix("  all ") }
      let points = lines.compactMap { $0.split(separator: " ").dropFirst().first }
        .compactMap { DecimalNumber.read(String($0)) }
      #expect(points.count == 3 && points.reduce(0, +) >= 40, "\(matrix.text)")
    }
  }

  /// Whether this process may mount a file system, which it needs for one whose power is cut.
  static let canMount =
    (try? run([
      "unshare", "--mount", "--propagation", "private", "sh", "-c",
      "d=$(mktemp -d); mount -t tmpfs none $d; s=$?; umount $d; rmdir $d; exit $s",
    ]).status) == 0

  /// Threats T106, T113 and T114: a disk that is full, and a power cut while trust, the high-water
  /// mark, the audit log or a publication change.
  @Test(
    .enabled(if: canTrace && canMount, "needs strace, and root for mounts"),
    arguments: ["full", "power"]
  )
  func t114APowerCutOrAFullDiskLeavesTheOldStateOrTheNewOne(fault: String) throws {
    try withScratchDirectory { scratch in
      let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
      let program = try AptFerry(home: scratch.path("home")).program
      let matrix = try run(
        [
          root + "/scripts/fault-matrix", "--short", "--faults", fault, "--program", program,
          "--commands", "trust,import-increment,publish,publish-signed,rollback",
        ],
        limit: 600
      )
      #expect(matrix.status == 0, "\(matrix.everything)")
      let lines = matrix.text.split(separator: "\n").filter { $0.hasPrefix("  all ") }
      let points = lines.compactMap { $0.split(separator: " ").dropFirst().first }
        .compactMap { DecimalNumber.read(String($0)) }
      #expect(points.count == 1 && points.reduce(0, +) >= 8, "\(matrix.text)")
    }
  }

  /// Threat T161: whether User-Mode Linux is here, which mounts vfat without root.
  static let hasMachine =
    (try? run([
      "sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; command -v linux.uml && command -v mkfs.vfat",
    ]).status) == 0

  @Test(.enabled(if: hasMachine, "needs the packages user-mode-linux and dosfstools"))
  func t161AStickThatIsPulledAfterSuccessHasEverything() throws {
    try withScratchDirectory { scratch in
      let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
      let program = try AptFerry(home: scratch.path("home")).program
      let matrix = try run(
        [
          root + "/scripts/fault-matrix", "--faults", "media", "--filesystems", "vfat",
          "--program", program,
        ],
        limit: 600
      )
      #expect(matrix.status == 0, "\(matrix.everything)")
      #expect(
        matrix.text.split(separator: "\n").contains { line in
          line.split(separator: " ") == ["vfat", "8", "8", "0", "0"]
        },
        "\(matrix.everything)"
      )
    }
  }

  @Test func anImportRemovesWhatAnotherOneLeftAtItsVeryEnd() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.small())
      try crossing.freeze("first", "stable")
      try crossing.export("first")
      try crossing.isolated("import", crossing.medium).succeeded()
      let manifest = SHA256Digest.of(try Disk.read(crossing.bundle() + "/MANIFEST"))
      let accepted = scratch.path("isolated/incoming/import-\(manifest.hex)")
      let unfinished = try scratch.directory("isolated/incoming/import-unfinished")
      try Disk.write("left", to: accepted + "/anonymous-0.part")
      try crossing.isolated("import", crossing.medium, "--dry-run").succeeded()
      #expect(Disk.exists(accepted))
      try crossing.isolated("import", crossing.medium).succeeded()
      #expect(!Disk.exists(accepted))
      // What has not been accepted may still be completed by another medium.
      #expect(Disk.exists(unfinished))
    }
  }
}
