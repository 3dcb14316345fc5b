package import SafeIO

/// One stanza of a `.sources` file: suites that have all else in common.
package struct ClientSource: Hashable, Sendable {
  /// How long apt takes the Release files for current.
  package enum Validity: Hashable, Sendable {
    /// For ever, or as long as this site says.
    case asStated
    /// The vendor's end lies ahead, and cannot be put off: there is no Date to count from.
    case endsAt(UTCTime)
    /// The vendor's end lies ahead, and will pass behind a gap.
    case ending(Extension)
    /// The vendor's end has passed.
    case ended(Extension)
    /// Clients are pinned to a generation that stands still, and so does its Release file.
    case pinned(Extension)

    /// How its end is put off; nil when it is not.
    package var more: Extension? {
      switch self {
      case .asStated, .endsAt: nil
      case .ending(let more), .ended(let more), .pinned(let more): more
      }
    }
  }

  /// How the end of a Release file that stands still is put off.
  package struct Extension: Hashable, Sendable {
    /// `Date` of the Release file.
    package let date: UTCTime
    /// Until when it was meant to be used.
    package let end: UTCTime
    /// `Valid-Until-Min`: for how many seconds after its Date it is taken.
    package let seconds: Int64
    /// When that ends.
    package var newEnd: UTCTime { date.adding(seconds: seconds) }
  }

  /// The publication that it is of.
  package var prefix = ""
  /// `deb`, `deb-src`.
  package var types: [String]
  /// Where the view is served.
  package var address: String
  /// The distributions.
  package var suites: [String]
  /// The components; none for flat repositories.
  package var components: [String]
  /// The architectures; none where there is nothing to choose.
  package var architectures: [String]
  /// Whose signature is checked.
  package var owner: KeyFiles.Owner
  /// The keys.
  package var keys: ClientKeySet
  /// How long the Release files are taken for current.
  package var validity: Validity
  /// Whether indexes are to be asked for by their hash though the Release file does not say so: by
  /// their names, a client that has read it before a switch would get the next ones.
  package var forcesByHash = false
  /// The targets that are asked for.
  package var targets = ClientChoices.Words.own
  /// The languages of descriptions that are asked for.
  package var languages = ClientChoices.Words.own
}

extension ClientSource {
  /// What the clients of a publication need, in as few stanzas as say it exactly; a pure plan.
  ///
  /// - Parameters:
  ///   - facts: what is published.
  ///   - address: where the prefix is served.
  ///   - withSources: whether source packages are wanted too.
  ///   - least: for how many seconds after its Date a Release file that has an end is taken; nil
  ///     for a year from now.
  ///   - now: decides which Release files have ended.
  /// - Returns: the stanzas, in the order of the distributions.
  package static func all(
    for facts: ClientFacts,
    at address: ClientAddress,
    withSources: Bool,
    least: Int64? = nil,
    now: UTCTime
  ) -> [ClientSource] {
    var sources: [ClientSource] = []
    for distribution in facts.distributions {
      let base = ClientSource(
        prefix: facts.prefix,
        types: ["deb"],
        address: address.appending(
          [facts.path, distribution.view].filter { !$0.isEmpty }.joined(separator: "/")
        ),
        suites: [distribution.name],
        components: [],
        architectures: [],
        owner: distribution.owner,
        keys: distribution.keys,
        validity: validity(of: distribution, isPinned: !facts.path.isEmpty, least, now),
        forcesByHash: !distribution.offersByHash,
        targets: distribution.choices.targets,
        languages: distribution.choices.languages
      )
      for source in base.split(distribution.components, withSources: withSources) {
        let same = sources.firstIndex { other in
          var other = other
          other.suites = source.suites
          return other == source
        }
        if let same { sources[same].suites += source.suites } else { sources.append(source) }
      }
    }
    return sources
  }

  /// A stanza for each set of components that have the same architectures.
  private func split(
    _ components: [ClientDistribution.Component],
    withSources: Bool
  ) -> [ClientSource] {
    guard !components.isEmpty else { return [self] }
    var stanzas: [ClientSource] = []
    // Where there are source packages alone, whoever wants anything wants these.
    let isOfSources = !components.contains(where: \.hasPackages)
    for component in components where component.hasPackages || withSources || isOfSources {
      var stanza = self
      stanza.components = [component.name]
      stanza.architectures = component.architectures
      stanza.targets = component.choices.targets
      stanza.languages = component.choices.languages
      if !component.hasPackages { stanza.types = [] }
      if component.hasSources, withSources || !component.hasPackages {
        stanza.types.append("deb-src")
        stanza.targets = component.choices.targetsWithSources
      }
      let same = stanzas.firstIndex { other in
        var other = other
        other.components = stanza.components
        return other == stanza
      }
      if let same { stanzas[same].components += stanza.components } else { stanzas.append(stanza) }
    }
    return stanzas
  }

  /// What a Release file that stands still is given beyond today, in seconds: long enough that a
  /// site that imports once a quarter notices nothing, and a forgotten one does.
  static let grace: Int64 = 365 * day
  private static let day: Int64 = 86_400

  private static func validity(
    of distribution: ClientDistribution,
    isPinned: Bool,
    _ least: Int64?,
    _ now: UTCTime
  ) -> Validity {
    guard isPinned || distribution.owner == .vendor, let end = distribution.validUntil else {
      return .asStated
    }
    guard let date = distribution.date else { return .endsAt(end) }
    let age = max(0, now.seconds - date.seconds)
    let days = age / day + (age % day == 0 ? 0 : 1)
    let more = Extension(date: date, end: end, seconds: least ?? days * day + grace)
    if isPinned { return .pinned(more) }
    return end < now ? .ended(more) : .ending(more)
  }
}
