internal import DebianRepository
internal import SafeIO

/// What ordinary clients of a publication will miss, or end with an error for, said where it is
/// published.
enum ClientNotes {
  /// What clients that check the vendor's signature must know of a distribution.
  static func notes(on view: SuiteView, at prefix: String) -> [Note] {
    guard view.recipe.mode.hasVerbatim else { return [] }
    let (name, source) = (view.recipe.name, view.base)
    let reach = ClientReach(of: source.release, isFlat: view.recipe.isFlat) { file in
      source.position(of: file) != nil
    }
    return missing(reach, name, prefix) + ending(view)
  }

  private static func missing(_ reach: ClientReach, _ name: String, _ prefix: String) -> [Note] {
    var notes: [Note] = []
    if let text = ClientReach.text(reach.absentComponents, reach.absentArchitectures) {
      let whole = "\(name): there are no packages here for \(text), which its Release file names"
      notes.append(Note(.note, ClientReach.missPackagesCode, whole))
    }
    if reach.lacksAll {
      let whole =
        "\(name): its Release file lists packages for all architectures in an index of their own "
        + "(binary-all), which is not here: apt-get update ends with an error for every client"
      notes.append(Note(.warning, ClientReach.missAllCode, whole))
    }
    // Lists of packages are told of above.
    let missed = reach.unanswered.filter { question in
      !question.target.listsPackages && !reach.concernsAbsent(question)
    }
    if !missed.isEmpty {
      let whole =
        "\(name): its Release file lists what is not here: \(ClientReach.text(missed)); clients that "
        + "ask for it end apt-get update with an error, unless they have the file that "
        + "client-config writes (aptferry publication check \(prefix))"
      notes.append(Note(.note, ClientReach.missCode, whole))
    }
    return notes
  }

  /// A Release file of the vendor that ends does so behind a gap, too.
  private static func ending(_ view: SuiteView) -> [Note] {
    guard view.recipe.mode == .verbatim, let end = view.base.release.validUntil else { return [] }
    let whole =
      "\(view.recipe.name): the vendor's Release file is valid until \(end), and apt refuses it then; "
      + "--mode both --valid-for 30d gives clients a Release file of this site, and client-config "
      + "writes what keeps the vendor's valid"
    return [Note(.note, "vendor-release-ends", whole)]
  }
}

extension ClientReach {
  /// Whether a question is about a component or an architecture that nobody has packages of.
  func concernsAbsent(_ question: Question) -> Bool {
    question.architecture.map(absentArchitectures.contains) == true
      || question.component.map { component in
        absentComponents.contains { $0 == component || $0.hasSuffix("/" + component) }
      } == true
  }
}
