package import DebianRepository
package import SafeIO

/// What clients of a publication get when they ask for everything that apt knows to ask for.
package struct ServedReport: Sendable {
  /// What one question got.
  package enum Outcome: Hashable, Sendable {
    /// The file in this form is there, and is what Release lists.
    case found(String)
    /// The file in this form is there under its by-hash name only, and Release does not say that
    /// clients ask for that: those do that `client-config` has told.
    case foundByHash(String)
    /// Release lists it, and it is there in no form.
    case absent
    /// What is there is not what Release lists.
    case damaged(path: String)
  }

  /// One question of clients.
  package struct Answer: Sendable {
    /// As clients name the distribution.
    package let distribution: String
    /// Whose signature the clients check who ask so.
    package let owner: KeyFiles.Owner
    /// What they ask for.
    package let question: ClientReach.Question
    /// What they get.
    package let outcome: Outcome
    /// Whether clients with the file that `client-config` writes ask so.
    package let isConfigured: Bool
  }

  /// Something about a distribution as a whole.
  package struct Finding: Sendable {
    package let distribution: String
    package let owner: KeyFiles.Owner
    /// Why clients would not take it, or why nobody can tell.
    package let failure: Failure
    /// Whether the keys are known here with which clients check; else nothing was asked.
    package let isChecked: Bool

    package var reason: String { failure.reason }
  }

  /// The publication.
  package let prefix: String
  /// The generation that clients see, as the catalogue has it.
  package let generation: UInt64
  /// The questions, by distribution and path.
  package internal(set) var answers: [Answer] = []
  /// Release files that clients would not take.
  package internal(set) var findings: [Finding] = []
  /// What Release files name and nobody has packages of here: no fault, those clients are others.
  package internal(set) var absent: [String] = []

  /// The answers that make apt-get update end with an error; only those that clients with the file
  /// of `client-config` get, when `configured`.
  package func faults(configured: Bool) -> [Answer] {
    answers.filter { answer in
      switch answer.outcome {
      case .found: false
      case .foundByHash: !configured
      case .absent: answer.isConfigured || !configured
      case .damaged: true
      }
    }
  }

  /// Refuses when clients would end with an error.
  package func requireGood(configured: Bool) throws(Failure) {
    let faults = faults(configured: configured)
    let damaged = faults.filter { if case .absent = $0.outcome { false } else { true } }
    if let unchecked = findings.first(where: { !$0.isChecked }), damaged.isEmpty,
      !findings.contains(where: \.isChecked)
    {
      throw unchecked.failure
    }
    if !damaged.isEmpty || !findings.isEmpty {
      throw Failure(
        .integrity,
        "published-damaged",
        "clients do not get what the Release files list",
        subject: prefix,
        hint: "run: aptferry depot check --repair-from DIR"
      )
    }
    guard let first = faults.first else { return }
    let hint =
      faults.contains(where: \.isConfigured)
      ? "carry what is named, or publish with this site's signature: --mode resigned"
      : "clients with the file that client-config writes do not ask for it (check them with "
        + "--configured); for others carry it, or publish with --mode resigned"
    throw Failure(
      .incomplete,
      "clients-miss",
      "clients ask for \(faults.count) \(faults.count == 1 ? "file that is" : "files that are") "
        + "listed and not there",
      subject: "\(prefix), \(first.distribution): \(first.question.path)",
      hint: hint
    )
  }
}
