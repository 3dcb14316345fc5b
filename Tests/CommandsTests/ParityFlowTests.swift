import Foundation
import SafeIO
import TestSupport
import Testing

/// Parity on the way across: written, found damaged, made good.
@Suite struct ParityFlowTests {
  /// Some five megabytes that do not compress, in chunks of 256 KiB, with a quarter of parity.
  private func crossing(_ scratch: ScratchDirectory) throws -> Crossing {
    let crossing = try Crossing(scratch)
    let packages = (0..<25).map {
      ForgedPackage("crate\($0)", architecture: "all", payload: 200_000)
    }
    try crossing.forge.build(ForgedSuite("stable", ["main": packages]))
    try crossing.freeze("first", "stable")
    return crossing
  }

  private func export(_ crossing: Crossing, _ more: String...) throws -> RunResult {
    try crossing.connected(
      ["export", "first", "--to", crossing.medium, "--chunk-size", "256KiB", "--parity", "25%"]
        + more
    )
  }

  private func verify(_ crossing: Crossing, _ more: String...) throws -> RunResult {
    try crossing.kiosk(["verify", crossing.medium, "--keyring", crossing.exporterKey] + more)
  }

  @Test func parityIsPlannedWrittenAndVerified() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let plan = try export(crossing, "--dry-run", "--json").succeeded()
      #expect(plan.contains("\"parityStrips\": "), "\(plan)")
      #expect(try Disk.names(in: crossing.medium).isEmpty)
      let made = try export(crossing).succeeded()
      #expect(made.contains("\nparity:   "), "\(made)")
      let names = try Disk.names(in: crossing.bundle())
      #expect(Set(names).isSuperset(of: ["PARITY.txt", "PARITY.blocks", "parity", "MANIFEST"]))
      let report = try verify(crossing, "--strict").succeeded()
      #expect(report.contains("all good") && report.contains("\nparity:    "), "\(report)")
      try crossing.isolated("import", crossing.medium).succeeded()
    }
  }

  /// A bad sector of a directory: names in it cannot be looked at.
  @Test(arguments: ["chunks/000002.tar", "parity/000001.par"])
  func aNameThatCannotBeLookedAtIsDamageAndNoMore(name: String) throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try export(crossing).succeeded()
      let again = try scratch.directory("again")
      var kiosk = crossing.kiosk
      kiosk.environment = ThreatsShim.unlookable(name)
      let seen = try kiosk("verify", crossing.medium, "--keyring", crossing.exporterKey)
      #expect(seen.refused(.integrity) || seen.status == 0, "\(seen.everything)")
      let repaired = try kiosk(
        ["repair", crossing.medium, "--to", again, "--keyring", crossing.exporterKey]
      )
      #expect(repaired.status == 0, "\(repaired.everything)")
      var inside = crossing.isolated
      inside.environment = ThreatsShim.unlookable(name)
      try inside("import", crossing.medium).succeeded()
    }
  }

  @Test func aDryRunCountsOnParity() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try export(crossing).succeeded()
      let chunks = try crossing.chunks()
      Disk.remove(chunks[1])
      let dry = try crossing.isolated("import", crossing.medium, "--dry-run")
      #expect(dry.status == 0 && dry.everything.contains("parity makes good"), "\(dry.everything)")
      for chunk in chunks { Disk.remove(chunk) }
      #expect(try crossing.isolated("import", crossing.medium, "--dry-run").refused(.incomplete))
    }
  }

  @Test func anImportMakesDamagedAndLostChunksAgain() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try export(crossing).succeeded()
      let chunks = try crossing.chunks()
      Disk.remove(chunks[3])
      try Damage.flipBit(of: chunks[5], at: 100_000)
      let result = try crossing.isolated("import", crossing.medium)
      #expect(result.status == 0, "\(result.everything)")
      #expect(
        result.everything.contains("made again from parity: chunks 4, 6"),
        "\(result.everything)"
      )
      try crossing.isolated("depot", "check").succeeded()
    }
  }

  @Test func whatIsDamagedIsRepairedOnAnotherMedium() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try export(crossing).succeeded()
      let chunks = try crossing.chunks()
      let original = try Disk.read(chunks[7])
      Disk.remove(chunks[2])
      try Damage.flipBit(of: chunks[7], at: -5000)
      let found = try verify(crossing)
      #expect(found.refused(.integrity, "chunks-damaged"), "\(found.everything)")
      #expect(found.text.contains("repair:    chunks 3, 8 can be made again"), "\(found.text)")
      #expect(found.errors.contains("aptferry repair \(crossing.medium)"), "\(found.errors)")
      // At the gap there is no depot: what is proposed has the key that was given.
      let key = "--to DIR --keyring \(crossing.exporterKey)"
      #expect(found.errors.contains(key), "\(found.errors)")
      let to = try scratch.directory("repaired")
      let words = ["repair", crossing.medium, "--to", to, "--keyring", crossing.exporterKey]
      let repaired = try crossing.kiosk(words)
      #expect(repaired.status == 0, "\(repaired.everything)")
      let bundle = to + "/mainland-000001"
      #expect(try Disk.names(in: bundle + "/chunks").count == 2)
      #expect(
        try Disk.read(bundle + "/chunks/" + (chunks[7].split(separator: "/").last ?? ""))
          == original
      )
      // Beside the damaged medium it makes the set whole.
      try crossing.kiosk("verify", crossing.medium, to, "--keyring", crossing.exporterKey, "--json")
        .succeeded()
      let again = try crossing.kiosk(words)
      #expect(again.refused(.state, "bundle-exists"), "\(again.everything)")
      let nothing = try crossing.kiosk(
        ["repair", crossing.medium, to, "--to", scratch.directory("more"), "--json"]
          + ["--keyring", crossing.exporterKey]
      ).succeeded()
      #expect(nothing.contains("\"rebuilt\": []"), "\(nothing)")
      #expect(try Disk.names(in: scratch.path("more")).isEmpty)
    }
  }

  @Test func whatIsBeyondParityIsNamed() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try export(crossing).succeeded()
      let chunks = try crossing.chunks()
      for chunk in chunks.prefix(chunks.count / 2) { Disk.remove(chunk) }
      try Damage.flipBit(of: chunks[chunks.count - 1], at: 0)
      let found = try verify(crossing)
      #expect(found.refused(.integrity), "\(found.everything)")
      #expect(found.errors.contains("cannot be repaired: chunks "), "\(found.errors)")
      let to = try scratch.directory("repaired")
      let repaired = try crossing.kiosk(
        "repair",
        crossing.medium,
        "--to",
        to,
        "--keyring",
        crossing.exporterKey
      )
      #expect(repaired.refused(.integrity, "beyond-parity"), "\(repaired.everything)")
      #expect(repaired.errors.contains("- beyond parity: chunks 1"), "\(repaired.errors)")
      let imported = try crossing.isolated("import", crossing.medium)
      #expect(imported.refused(.integrity, "chunks-damaged"), "\(imported.everything)")
    }
  }

  @Test func withoutParityThereIsNothingToRepair() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.export("first")
      let to = try scratch.directory("repaired")
      let result = try crossing.kiosk(
        "repair",
        crossing.medium,
        "--to",
        to,
        "--keyring",
        crossing.exporterKey
      )
      #expect(result.refused(.incomplete, "no-parity"), "\(result.everything)")
    }
  }

  /// An export that was stopped leaves parity unfinished; the next run makes it anew.
  @Test func anInterruptedExportGoesOn() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let (depot, kept) = (scratch.path("connected"), scratch.path("kept"))
      try run(["cp", "-a", depot, kept]).succeeded()
      try export(crossing).succeeded()
      let parity = try Disk.read(crossing.bundle() + "/parity/000001.par")
      // As it was before the last steps.
      try run(["gpgconf", "--homedir", depot + "/gnupg", "--kill", "all"]).succeeded()
      Disk.remove(depot)
      try Disk.rename(kept, to: depot)
      let partial = crossing.bundle() + ".partial"
      try Disk.rename(crossing.bundle(), to: partial)
      Disk.remove(partial + "/MANIFEST")
      try Disk.write("half", to: partial + "/parity/000001.par.part")
      let again = try export(crossing)
      #expect(again.status == 0 && again.errors.contains("used again"), "\(again.everything)")
      #expect(try Disk.read(crossing.bundle() + "/parity/000001.par") == parity)
      try verify(crossing, "--strict").succeeded()
      // What no export writes there is refused, as elsewhere.
      try Disk.makeDirectory(crossing.medium + "/mainland-000002.partial/parity")
      try Disk.write("x", to: crossing.medium + "/mainland-000002.partial/parity/foreign")
      let foreign = try export(crossing, "--full")
      #expect(foreign.refused(.unsafe, "foreign-files"), "\(foreign.everything)")
    }
  }

  @Test(arguments: ["10", "0%", "200%", "ten%"])
  func aShareThatIsNoneIsRefused(_ text: String) throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      let result = try crossing.connected(
        "export",
        "first",
        "--to",
        crossing.medium,
        "--parity",
        text
      )
      #expect(result.status == 2, "\(result.everything)")
    }
  }
}
