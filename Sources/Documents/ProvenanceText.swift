internal import Depot
package import Operations
internal import SafeIO

/// How it is shown which vendor's signature stands behind packages.
package enum ProvenanceText {
  package static func lines(_ report: ProvenanceReport) -> [String] {
    var lines = ["snapshot: \(report.snapshot.name), \(report.kind.rawValue)"]
    for (number, proof) in report.proofs.enumerated() {
      let count = report.packages.count { $0.proof == number }
      lines.append("proof:    \(text(proof)); \(count) of \(report.packages.count) packages")
    }
    for package in report.packages {
      let proof = package.proof.map { text(report.proofs[$0]) }
      lines.append(
        "\(package.name) \(package.version) \(package.architecture): \(proof ?? own(report))"
      )
    }
    return lines.map { Escaped.line($0) }
  }

  private static func own(_ report: ProvenanceReport) -> String {
    report.vouchers.isEmpty
      ? "NO VENDOR" : "NO VENDOR; vouched for by " + report.vouchers.joined(separator: ", ")
  }

  private static func text(_ proof: ProvenanceReport.Proof) -> String {
    let date = proof.date.map { " of \($0)" } ?? ""
    let names = proof.vendors.isEmpty ? "" : proof.vendors.joined(separator: ", ") + " "
    return "\(proof.suite)\(date), "
      + (proof.signers.isEmpty
        ? "signature not checked here"
        : "signed by \(names)\(proof.signers.joined(separator: ", "))")
  }

  package static func json(_ report: ProvenanceReport) -> JSONText {
    .object([
      ("snapshot", .string(report.snapshot.name)),
      ("digest", .string(report.snapshot.digest.hex)),
      ("kind", .string(report.kind.rawValue)),
      (
        "proofs",
        .array(
          report.proofs.map { proof in
            .object([
              ("suite", .string(proof.suite)),
              ("date", proof.date.map { .string($0.rfc3339) } ?? .null),
              ("signers", .array(proof.signers.map { .string($0) })),
              ("vendors", .array(proof.vendors.map { .string($0) })),
            ])
          }
        )
      ),
      ("vouchers", .array(report.vouchers.map { .string($0) })),
      (
        "packages",
        .array(
          report.packages.map { package in
            .object([
              ("suite", .string(package.suite)), ("name", .string(package.name)),
              ("version", .string(package.version)),
              ("architecture", .string(package.architecture)),
              ("proof", package.proof.map { .number(Int64($0)) } ?? .null),
            ])
          }
        )
      ),
    ])
  }
}
