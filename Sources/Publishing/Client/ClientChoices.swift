internal import DebianRepository

/// What the sources of clients say about targets and languages, so that they ask for nothing that
/// is listed and not there.
package struct ClientChoices: Hashable, Sendable {
  /// Which of some words a client is to ask for.
  package enum Words: Hashable, Sendable {
    /// What its own configuration says: all of it is there.
    case own
    /// These and no others.
    case only([String])
    /// What its own configuration says, but for these.
    case without([String])

    /// The shorter list of the two; what is there, where they are equally long.
    static func choose(present: [String], absent: [String]) -> Words {
      if absent.isEmpty { return .own }
      return present.count > absent.count ? .without(absent) : .only(present)
    }
  }

  /// The targets that a client with `deb` asks for.
  package var targets = Words.own
  /// The targets that a client with `deb` and `deb-src` asks for.
  package var targetsWithSources = Words.own
  /// The languages.
  package var languages = Words.own

  package init() {}

  /// What clients with this component and these architectures are to ask for.
  ///
  /// Without a component those of a flat repository, without architectures those with any.
  init(_ reach: ClientReach, component: String?, architectures: [String]?) {
    let all =
      architectures.map { architectures in
        reach.questions(
          components: component.map { [$0] } ?? [],
          architectures: Set(architectures),
          withSources: true
        )
      } ?? reach.questions
    targets = ClientChoices.targets(all.filter { !$0.target.isOfSources }, withSources: false)
    targetsWithSources = ClientChoices.targets(all, withSources: true)
    let descriptions = all.filter { $0.target == .translations }
    languages = ClientChoices.languages(descriptions)
  }

  private static func targets(_ questions: [ClientReach.Question], withSources: Bool) -> Words {
    // Without lists of packages a source is of no use, and descriptions are chosen by language.
    let always: [AptTarget] = [.packages, .translations] + (withSources ? [.sources] : [])
    let others = AptTarget.allCases.filter { !always.contains($0) && $0 != .sources }
    let asked = others.filter { target in questions.contains { $0.target == target } }
    let absent = asked.filter { target in
      questions.contains { $0.target == target && !$0.isAnswered }
    }
    let present = always + asked.filter { !absent.contains($0) }
    return .choose(present: present.map(\.rawValue), absent: absent.map(\.rawValue))
  }

  private static func languages(_ questions: [ClientReach.Question]) -> Words {
    let known = Set(questions.compactMap(\.language)).filter(isLanguage)
    let absent = known.filter { language in
      questions.contains { $0.language == language && !$0.isAnswered }
    }
    let present = known.subtracting(absent)
    // An empty list would leave the choice to the client.
    return .choose(present: present.isEmpty ? ["none"] : present.sorted(), absent: absent.sorted())
  }

  /// Whether this can stand in a sources file, and means a language there.
  private static func isLanguage(_ word: String) -> Bool {
    !["none", "environment"].contains(word) && word.utf8.count <= 40
      && word.utf8.allSatisfy { ClientWord.isAlphanumeric($0) || "_@.-".utf8.contains($0) }
      && word.utf8.first.map(ClientWord.isAlphanumeric) == true
  }
}

extension ClientChoices.Words {
  /// The field of a sources file that says it; nil where nothing is to be said.
  func field(_ name: String) -> (name: String, words: [String])? {
    switch self {
    case .own: nil
    case .only(let words): (name, words)
    case .without(let words): (name + "-Remove", words)
    }
  }

  /// The option of a line in a `.list` file that says it.
  func option(_ name: String) -> String? {
    switch self {
    case .own: nil
    case .only(let words): "\(name)=" + words.joined(separator: ",")
    case .without(let words): "\(name)-=" + words.joined(separator: ",")
    }
  }
}
