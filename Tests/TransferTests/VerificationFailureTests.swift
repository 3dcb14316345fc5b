import BundleFormat
import BundleMedium
import OpenPGP
import SafeIO
import Testing

@testable import Transfer

/// Which failure the verification of several bundles comes to.
@Suite struct VerificationFailureTests {
  private func report(
    _ sequence: UInt64,
    unread: Failure? = nil,
    _ change: (inout BundleFindings) -> Void = { _ in }
  ) -> VerificationReport {
    var findings = BundleFindings()
    change(&findings)
    return VerificationReport(
      manifest: manifest("mainland", sequence, chunks: 3),
      digest: digest("\(sequence)"),
      signatures: SignatureReport(good: [], unknown: [], uncounted: [], uncountedSigners: []),
      places: [],
      words: "",
      findings: findings,
      unread: unread,
      rivals: []
    )
  }

  private func failure(_ reports: VerificationReport..., alarm: Failure? = nil) -> Failure? {
    Verification(reports: reports, alarm: alarm).failure
  }

  private var missing: VerificationReport {
    report(1) { $0.missingChunks = [2] }
  }
  private var damaged: VerificationReport {
    report(2) { $0.damagedChunks = [3] }
  }
  private var unsafe: VerificationReport {
    report(3, unread: Failure(.unsafe, "path", "a path leads out", subject: "mainland-000003"))
  }

  @Test func `What is whole is no failure, whatever else lies beside it`() {
    let whole = report(1) {
      $0.strangers = [Stranger("note.txt", .file)]
      $0.alteredSideFiles = ["README.txt"]
      $0.damagedFiles = [("/one/000001.tar", ["cut"])]
      $0.relied = 5
    }
    #expect(failure() == nil)
    #expect(failure(whole, report(2)) == nil)
  }

  @Test func `One bundle's failure stands as it is`() {
    #expect(failure(missing)?.code == "E-INCOMPLETE-CHUNKS-MISSING")
    #expect(failure(missing)?.subject == "mainland-000001")
    #expect(failure(damaged)?.code == "E-INTEGRITY-CHUNKS-DAMAGED")
    #expect(failure(unsafe)?.code == "E-UNSAFE-PATH")
    let resent = report(1) { $0.damagedResentFiles = ["files/00"] }
    #expect(failure(resent)?.code == "E-INTEGRITY-CHUNKS-DAMAGED")
    // A whole neighbour changes nothing.
    #expect(failure(report(9), missing)?.details == failure(missing)?.details)
  }

  @Test func `In one bundle, damage is graver than what is missing, and both are named`() {
    let both = report(1) {
      $0.missingChunks = [1, 2]
      $0.damagedChunks = [3]
      $0.damagedResentFiles = ["files/00"]
    }
    #expect(failure(both)?.code == "E-INTEGRITY-CHUNKS-DAMAGED")
    #expect(failure(both)?.details.count == 3)
    #expect(failure(both)?.details.last == "missing: chunks 1-2")
  }

  @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 0, 2]])
  func `Of several bundles the gravest counts, in whichever order they come`(order: [Int]) {
    let all = [missing, damaged, unsafe]
    let found = Verification(reports: order.map { all[$0] }, alarm: nil).failure
    #expect(found?.code == "E-UNSAFE-PATH")
    #expect(found?.subject == "mainland-000003")
    #expect(found?.details.count == 3)
    let two = Verification(reports: order.filter { $0 < 2 }.map { all[$0] }, alarm: nil).failure
    #expect(two?.code == "E-INTEGRITY-CHUNKS-DAMAGED")
    #expect(two?.subject == "mainland-000002")
    #expect(two?.details.count == 2)
  }

  @Test func `Rivals are graver than any damage`() {
    let alarm = Failure(.freshness, "equivocation", "two bundles")
    #expect(failure(unsafe, damaged, alarm: alarm) == alarm)
    #expect(failure(report(1), alarm: alarm) == alarm)
  }

  @Test func `Lost entries alone are a failure`() {
    let lost = report(1) { $0.lostCount = 1 }
    #expect(failure(lost)?.kind == .incomplete)
  }

  @Test func `Links are graver than damage, and files only where everything is to be refused`() {
    let link = report(1) { $0.strangers = [Stranger("/m/link", .link)] }
    #expect(failure(damaged, link)?.code == "E-UNSAFE-NOT-REGULAR")
    let file = report(1) { $0.strangers = [Stranger("/m/file", .file)] }
    #expect(failure(file) == nil)
    let strict = Verification(reports: [file], isStrict: true, alarm: nil).failure
    #expect(strict?.code == "E-UNSAFE-STRANGERS" && strict?.subject == "/m/file")
    let beside = Verification(reports: [], beside: [Stranger("/m/x", .special)], alarm: nil)
    #expect(beside.failure?.code == "E-UNSAFE-NOT-REGULAR")
  }

  @Test func `A bundle of somebody else is graver than what is wrong with the others`() {
    let foreign = Failure(.trust, .unknownSigner, "unknown", subject: "/m/other")
    let found = Verification(
      reports: [damaged, unsafe],
      refused: [("/m/other", foreign)],
      alarm: nil
    )
    #expect(found.failure?.code == foreign.code)
    #expect(found.failure?.details.count == 3)
  }
}
