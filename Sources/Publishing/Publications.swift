package import DebianRepository
package import Depot
package import SafeIO

/// A publication as the catalogue knows it.
package struct Publication: Sendable {
  /// Where it lies below the public root.
  package let prefix: String
  /// What clients see.
  package let current: GenerationRecord
  /// What that is made from.
  package let recipe: PublicationRecipe
  /// What they saw before and is still there, oldest first.
  package let kept: [GenerationRecord]
  /// The suites that clients can name, with what their snapshots say of them.
  package let suites: [SuiteRecord]
  /// The addresses of snapshots that stay until they are released.
  package let held: [HeldAddress]
  /// What its snapshots lack of what the vendor's indexes list.
  package let leftOut: [LeftOut]
  /// The path to give to clients as `file:`.
  package let path: String
}

/// The publications of a depot.
package enum Publications {
  /// All, by prefix.
  package static func list(_ depot: Depot) throws(Failure) -> [Publication] {
    let all = try depot.catalogue.generations()
    var publications: [Publication] = []
    for current in all where current.state == .current {
      let recipe = try PublicationRecipe(of: current, in: depot)
      publications.append(
        Publication(
          prefix: current.prefix,
          current: current,
          recipe: recipe,
          kept: all.filter { $0.prefix == current.prefix && $0.state == .kept },
          suites: try suites(of: recipe, in: depot),
          held: try depot.catalogue.heldAddresses(at: current.prefix),
          leftOut: try leftOut(of: recipe, in: depot),
          path: depot.publicPath + "/" + current.prefix
        )
      )
    }
    return publications
  }

  /// The suites that clients of a recipe can name, with what their snapshots say of them.
  package static func suites(
    of recipe: PublicationRecipe,
    in depot: Depot
  ) throws(Failure) -> [SuiteRecord] {
    var suites: [SuiteRecord] = []
    for distribution in recipe.distributions {
      let record = try depot.catalogue.snapshot(distribution.snapshot.name)
      let suite = record.suites.first { $0.distribution == distribution.source }
      guard let suite else {
        throw Failure(
          .state,
          "no-distribution",
          "a snapshot that is published has no such distribution",
          subject: "\(distribution.source) in \(record.name)",
          hint: "put the catalogue back from a backup"
        )
      }
      suites.append(suite.called(distribution.name))
    }
    return suites
  }

  /// What the snapshots of a recipe lack of what the vendor's indexes list.
  private static func leftOut(
    of recipe: PublicationRecipe,
    in depot: Depot
  ) throws(Failure) -> [LeftOut] {
    var found: Set<LeftOut> = []
    for name in Set(recipe.snapshots.map(\.name)) {
      found.formUnion(try depot.catalogue.snapshot(name).leftOut)
    }
    return found.sorted(by: LeftOut.precedes)
  }

  /// Two generations to compare: those of the numbers, else the current one and the one before.
  package static func pair(
    _ prefix: String,
    _ before: UInt64?,
    _ after: UInt64?,
    in depot: Depot
  ) throws(Failure) -> (GenerationRecord, GenerationRecord) {
    let generations = try depot.catalogue.generations(at: prefix).filter { $0.state != .prepared }
    guard let current = generations.last(where: { $0.state == .current }) else {
      throw none(prefix)
    }
    func find(_ number: UInt64?, else standard: GenerationRecord?) throws(Failure)
      -> GenerationRecord
    {
      let found = number.map { number in generations.first { $0.number == number } } ?? standard
      if let found { return found }
      throw Failure(
        .usage,
        "no-generation",
        number == nil
          ? "there is no generation before the current one"
          : "there is no such generation",
        subject: number.map { "\(prefix), generation \($0)" } ?? prefix,
        hint: "there are: " + generations.map { "\($0.number)" }.joined(separator: ", ")
      )
    }
    let new = try find(after, else: current)
    return (try find(before, else: generations.last { $0.number < new.number }), new)
  }

  /// The one at a prefix; refused when there is none.
  package static func show(_ prefix: String, in depot: Depot) throws(Failure) -> Publication {
    guard let publication = try list(depot).first(where: { $0.prefix == prefix }) else {
      throw none(prefix)
    }
    return publication
  }

  /// What was done to the publication at a prefix, oldest first, with the state of the generation
  /// where it is still there; refused when there never was one.
  package static func history(
    _ prefix: String,
    in depot: Depot
  ) throws(Failure) -> [(event: PublicationEvent, state: String?)] {
    let generations = try depot.catalogue.generations(at: prefix)
    var events = try depot.catalogue.publicationEvents(at: prefix)
    // An older program wrote no history.
    for generation in generations.reversed()
    where !events.contains(where: { $0.number == generation.number && $0.action.isMaking }) {
      let event = PublicationEvent(
        prefix: prefix,
        number: generation.number,
        action: .publish,
        made: generation.made,
        snapshots: generation.snapshots.map(\.name),
        reason: ""
      )
      events.insert(event, at: 0)
    }
    guard !events.isEmpty else { throw none(prefix) }
    return events.map { event in
      let generation = generations.first { $0.number == event.number }
      return (event, event.action == .remove ? nil : generation?.state.rawValue)
    }
  }

  static func none(_ prefix: String) -> Failure {
    Failure(
      .usage,
      "no-publication",
      "there is no publication at this prefix",
      subject: prefix,
      hint: "aptferry publication list shows them all"
    )
  }
}
