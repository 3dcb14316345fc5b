internal import DebianRepository
internal import SafeIO

extension ClientDistribution {
  /// Whether a client that names what is here, by hand, asks so.
  func concerns(_ question: ClientReach.Question) -> Bool {
    guard let name = question.component else {
      // At the top of a tree nothing is of sources, and of a flat repository clients take all.
      return concerns(question.architecture, Set(components.flatMap(\.architectures)))
    }
    guard let component = components.first(where: { $0.name == name }) else { return false }
    return (!question.target.isOfSources || component.hasSources)
      && concerns(question.architecture, Set(components.flatMap(\.architectures)))
  }

  private func concerns(_ architecture: String?, _ known: Set<String>) -> Bool {
    guard let architecture, !components.isEmpty else { return true }
    return ["all", "source"].contains(architecture) || known.contains(architecture)
  }

  /// Whether a client with the file that `client-config` writes asks so.
  func configures(_ question: ClientReach.Question) -> Bool {
    guard !components.isEmpty else { return choices.allow(question) }
    return components.contains { component in
      (question.component == nil || component.name == question.component)
        && concerns(question.architecture, Set(component.architectures))
        && component.choices.allow(question)
    }
  }
}

extension ClientChoices {
  /// Whether a client that was told these choices asks so.
  func allow(_ question: ClientReach.Question) -> Bool {
    guard question.target != .translations else {
      return languages.allow(question.language ?? "")
    }
    return (question.target.isOfSources ? targetsWithSources : targets)
      .allow(question.target.rawValue)
  }
}

extension ClientChoices.Words {
  func allow(_ word: String) -> Bool {
    switch self {
    case .own: true
    case .only(let words): words.contains(word)
    case .without(let words): !words.contains(word)
    }
  }
}
