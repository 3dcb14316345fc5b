internal import DebianRepository
package import Publishing
internal import SafeIO

/// How the check of a publication, as clients see it, is shown.
package enum ServedText {
  package static func json(_ report: ServedReport, configured: Bool) -> JSONText {
    .object([
      ("prefix", .string(report.prefix)),
      ("generation", .count(report.generation)),
      (
        "good",
        .bool(report.faults(configured: configured).isEmpty && report.findings.isEmpty)
      ),
      ("configured", .bool(configured)),
      (
        "releases",
        .array(
          report.findings.map { finding in
            .object([
              ("distribution", .string(finding.distribution)),
              ("mode", .string(mode(finding.owner))), ("reason", .string(finding.reason)),
            ])
          }
        )
      ),
      ("answers", .array(report.answers.map(json))),
      ("elsewhere", .array(report.absent.map { .string($0) })),
    ])
  }

  private static func json(_ answer: ServedReport.Answer) -> JSONText {
    let question = answer.question
    func text(_ word: String?) -> JSONText { word.map { .string($0) } ?? .null }
    var (outcome, file): (String, String?) = ("absent", nil)
    switch answer.outcome {
    case .found(let form): (outcome, file) = ("found", form)
    case .foundByHash(let form): (outcome, file) = ("by-hash only", form)
    case .absent: break
    case .damaged(let path): (outcome, file) = ("damaged", path)
    }
    return .object([
      ("distribution", .string(answer.distribution)),
      ("mode", .string(mode(answer.owner))),
      ("target", .string(question.target.rawValue)),
      ("path", .string(question.path)),
      ("component", text(question.component)),
      ("architecture", text(question.architecture)),
      ("language", text(question.language)),
      ("outcome", .string(outcome)),
      ("file", text(file)),
      ("asked", .bool(answer.isConfigured)),
    ])
  }

  package static func lines(_ report: ServedReport, configured: Bool) -> [String] {
    var lines = ["prefix:     \(report.prefix)", "generation: \(report.generation)"]
    for (distribution, owner) in views(of: report) {
      let answers = report.answers.filter {
        $0.distribution == distribution && $0.owner == owner
      }
      let found = answers.filter { if case .found = $0.outcome { true } else { false } }
      let targets = AptTarget.allCases.filter { target in
        found.contains { $0.question.target == target }
      }
      lines.append(
        "answered:   \(distribution), \(mode(owner)): \(found.count) of \(answers.count) questions"
          + (targets.isEmpty ? "" : " (" + targets.map(\.rawValue).joined(separator: ", ") + ")")
      )
    }
    lines += report.findings.map { finding in
      "REFUSED:    \(finding.distribution), \(mode(finding.owner)): \(finding.reason)"
    }
    for answer in report.answers {
      let place = "\(answer.distribution), \(mode(answer.owner)): \(answer.question.path)"
      switch answer.outcome {
      case .found: break
      case .foundByHash where configured: break
      case .foundByHash(let form):
        lines.append("BY-HASH:    \(place) (as \(form)), for clients with By-Hash: force only")
      case .damaged(let path): lines.append("DAMAGED:    \(place) (as \(path))")
      case .absent where answer.isConfigured: lines.append("ABSENT:     \(place)")
      case .absent where configured: break
      case .absent: lines.append("absent:     \(place); client-config keeps clients from asking")
      }
    }
    lines += report.absent.map { "elsewhere:  no packages for \($0)" }
    let faults = report.faults(configured: configured).count + report.findings.count
    lines.append(faults == 0 ? "clients get all that they ask for" : "clients do NOT get all")
    return lines.map { Escaped.line($0) }
  }

  private static func views(of report: ServedReport) -> [(String, KeyFiles.Owner)] {
    var views: [(String, KeyFiles.Owner)] = []
    for answer in report.answers
    where !views.contains(where: { $0 == (answer.distribution, answer.owner) }) {
      views.append((answer.distribution, answer.owner))
    }
    return views
  }

  private static func mode(_ owner: KeyFiles.Owner) -> String {
    owner == .vendor ? "verbatim" : "resigned"
  }
}
