import BundleFormat
import BundleMedium
import OpenPGP
import SafeIO
import TestSupport
import Testing

/// What a reader made of a scenario, in the words of VERDICT.
private struct Verdict: Equatable, CustomStringConvertible {
  var expect = "success"
  var exit: Int32 = 0
  var code: String?
  var findings: [String: String] = [:]
  var why = ""

  var description: String { "\(expect), exit \(exit), \(code ?? "no code") \(findings) \(why)" }

  static func == (left: Verdict, right: Verdict) -> Bool {
    left.expect == right.expect && left.exit == right.exit && left.code == right.code
  }
}

/// Runs each scenario as `verify` and `import` would, up to where objects are stored.
private struct Reader {
  let vector: Vector

  /// The keys that scenarios pin, by name.
  private static let keys: Result<[String: [PublicKey]], any Error> = Result {
    var keys: [String: [PublicKey]] = [:]
    for name in ["exporter", "second"] {
      let file = "\(Vector.directory)/keys/\(name).asc"
      keys[name] = try KeyFile.read(try Disk.read(file), name: file)
    }
    return keys
  }

  func run() throws -> Verdict {
    let now = try vector.time("Now") ?? .earliest
    let keys = try vector.field("Keys").split(separator: " ").flatMap { name in
      try Reader.keys.get()[String(name)] ?? []
    }
    let found: [BundleMedia]
    do {
      found = try BundleMedia.find(in: try vector.media())
    } catch let failure as Failure {
      return refused("signature rejected", failure)
    }
    guard found.count == 1 else { throw TestSupportError("\(found.count) bundles") }
    let media = found[0]
    let bundle: VerifiedManifest
    do {
      bundle = try Verifier.withKeys(keys) { (verifier) throws(Failure) in
        try media.manifest.verified(by: verifier, policy: SignaturePolicy(now: now))
      }
    } catch {
      switch error.kind {
      case .trust, .freshness: return refused("signature rejected", error)
      case .policy: return refused("policy", error)
      default: return refused("manifest rejected", error)
      }
    }
    let rules = try rules(now, bundle.digest)
    do {
      _ = try rules.decide(bundle.manifest, digest: bundle.digest)
    } catch {
      return refused(error.kind == .policy ? "policy" : "freshness", error)
    }
    let table: EntryTable
    do {
      table = try EntriesFile.read(from: media, for: bundle.manifest)
    } catch {
      return refused(error.kind == .incomplete ? "incomplete" : "entries rejected", error)
    }
    return verdict(try BundleCheck(media: media, manifest: bundle.manifest).run(table: table))
  }

  private func refused(_ expect: String, _ failure: Failure) -> Verdict {
    var verdict = Verdict(expect: expect, exit: failure.kind.rawValue, code: failure.code)
    verdict.why = failure.reason
    return verdict
  }

  private func rules(_ now: UTCTime, _ digest: SHA256Digest) throws -> AcceptanceRules {
    let other = SHA256Digest.of([])
    let same = vector.fields["Same"].map { $0 == "this" ? digest : SHA256Digest(hex: $0) ?? other }
    return AcceptanceRules(
      now: now,
      newestAccepted: try vector.time("Newest"),
      site: vector.fields["Site"] ?? "north",
      highest: vector.fields["Highest"].flatMap { UInt64($0) }.map { ($0, other) },
      sameSequence: same
    )
  }

  private func verdict(_ findings: BundleFindings) -> Verdict {
    var verdict = Verdict()
    if !findings.damagedChunks.isEmpty {
      verdict.expect = "chunk rejected"
      verdict.exit = FailureClass.integrity.rawValue
    } else if !findings.isComplete {
      verdict.expect = "incomplete"
      verdict.exit = FailureClass.incomplete.rawValue
    }
    verdict.findings = [
      "Missing": "\(findings.missingChunks.count)",
      "Damaged": "\(findings.damagedChunks.count)",
      "DamagedFiles": "\(findings.damagedFiles.count)",
      "Lost": "\(findings.lostCount)",
      "Strangers": "\(findings.strangers.count + findings.renamedChunks.count)",
      "Altered": "\(findings.alteredSideFiles.count + findings.missingSideFiles.count)",
    ]
    verdict.why = findings.damagedFiles.flatMap(\.faults).joined(separator: "; ")
    return verdict
  }
}

@Suite struct VectorTests {
  @Test func `The vectors are there`() { #expect(Vector.all.count >= 150) }

  @Test(arguments: Vector.all)
  func `Every reader reaches the verdict of the scenario`(_ vector: Vector) throws {
    let before = try TreeDigest(of: vector.path)
    let verdict = try Reader(vector: vector).run()
    let wanted = Verdict(
      expect: try vector.field("Expect"),
      exit: Int32(try vector.field("Exit")) ?? -1,
      code: vector.fields["Code"]
    )
    #expect(verdict == wanted)
    for (name, count) in verdict.findings {
      // What a verdict does not name is not there, but for what follows from the damage.
      let implied = name == "DamagedFiles" || name == "Lost" ? count : "0"
      #expect(vector.fields[name] ?? implied == count, "\(name): \(verdict)")
    }
    #expect(try TreeDigest(of: vector.path) == before, "media are never written")
  }
}
