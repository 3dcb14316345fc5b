internal import DebianRepository
internal import Depot
package import SafeIO

/// What is done to a publication that is there.
package struct PublicationChange: Sendable {
  /// Where it lies.
  package var prefix: String
  /// When.
  package var now: UTCTime
  /// Why, in the operator's words.
  package var reason = ""
  /// Only this distribution.
  package var distribution: String?
  /// Only say what would be done.
  package var isDryRun = false

  package init(prefix: String, now: UTCTime) {
    self.prefix = prefix
    self.now = now
  }
}

extension Publisher {
  /// Gives clients an earlier generation back: by its recipe and the same snapshots, as the next
  /// generation, so that clients in the middle of an update still find what they ask for.
  ///
  /// What is signed here gets a Release of now over the old indexes, by the keys of now: one that
  /// was retired meanwhile signs no more. Without a number, the generation before the current one.
  package func rollBack(
    _ change: PublicationChange,
    to number: UInt64?,
    mode: PublicationMode? = nil
  ) throws(Failure) -> PublicationResult {
    let prefix = try PublicationPrefix(change.prefix)
    try check(change.reason)
    guard let current = try current(at: prefix) else { throw Publications.none(change.prefix) }
    let kept = try depot.catalogue.generations(at: prefix.text).filter { $0.state == .kept }
    guard let target = kept.last(where: { $0.number == number ?? $0.number }) else {
      throw Failure(
        .usage,
        "no-generation",
        number == current.number
          ? "clients see this generation" : "there is no such generation",
        subject: number.map { "\(prefix.text), generation \($0)" } ?? prefix.text,
        hint: kept.isEmpty
          ? "no earlier generation is kept: publish the snapshot that is wanted"
          : "kept are: " + kept.map { "\($0.number)" }.joined(separator: ", ")
      )
    }
    var recipe = try PublicationRecipe(of: target, in: depot)
    let present = try PublicationRecipe(of: current, in: depot)
    recipe.takeSettings(of: present)
    for index in recipe.distributions.indices {
      // The times of then must not count as those of now.
      recipe.distributions[index].release = nil
      if let mode { recipe.distributions[index].mode = mode }
    }
    try recipe.check()
    var result = try make(
      Order(
        prefix: prefix,
        recipe: recipe,
        now: change.now,
        action: .rollback,
        reason: change.reason,
        isDryRun: change.isDryRun
      )
    )
    result.restored = target.number
    return result
  }

  /// Changes settings of a publication, or of one of its distributions; clients get a generation
  /// from the same snapshots.
  package func edit(
    _ change: PublicationChange,
    mode: PublicationMode?,
    settings: RecipeChange
  ) throws(Failure) -> PublicationResult {
    let prefix = try PublicationPrefix(change.prefix)
    try check(change.reason)
    guard let current = try current(at: prefix) else { throw Publications.none(change.prefix) }
    var recipe = try PublicationRecipe(of: current, in: depot)
    try settings.apply(to: &recipe)
    if let name = change.distribution { _ = try distribution(name, of: recipe) }
    for index in recipe.distributions.indices
    where change.distribution.map({ $0 == recipe.distributions[index].name }) ?? true {
      if let mode { recipe.distributions[index].mode = mode }
      if mode == .verbatim {
        recipe.distributions[index].fields = [:]
        recipe.distributions[index].validFor = nil
        recipe.distributions[index].namesSigners = false
      }
      try settings.apply(to: &recipe.distributions[index])
    }
    try recipe.check()
    return try make(
      Order(
        prefix: prefix,
        recipe: recipe,
        now: change.now,
        action: .edit,
        reason: change.reason,
        isDryRun: change.isDryRun
      )
    )
  }

  /// Takes a distribution out of a publication.
  package func removeDistribution(
    _ change: PublicationChange,
    _ name: String
  ) throws(Failure) -> PublicationResult {
    let prefix = try PublicationPrefix(change.prefix)
    try check(change.reason)
    guard let current = try current(at: prefix) else { throw Publications.none(change.prefix) }
    var recipe = try PublicationRecipe(of: current, in: depot)
    _ = try distribution(name, of: recipe)
    recipe.distributions.removeAll { $0.name == name }
    guard !recipe.distributions.isEmpty else {
      throw Failure(
        .usage,
        "last-distribution",
        "the publication has no other distribution",
        subject: name,
        hint: "remove it as a whole: aptferry publication remove \(prefix.text)"
      )
    }
    return try make(
      Order(
        prefix: prefix,
        recipe: recipe,
        now: change.now,
        action: .edit,
        reason: change.reason.isEmpty ? "without \(name)" : change.reason,
        isDryRun: change.isDryRun
      )
    )
  }

  private func distribution(
    _ name: String,
    of recipe: PublicationRecipe
  ) throws(Failure) -> DistributionRecipe {
    if let found = recipe.distribution(name) { return found }
    throw Failure(
      .usage,
      "no-distribution",
      "the publication has no such distribution",
      subject: name,
      hint: "it has: " + recipe.distributions.map(\.name).joined(separator: ", ")
    )
  }

  /// Removes a publication with all of its generations; answers how many those were.
  ///
  /// First clients no longer see it, then it is forgotten, then its trees go. Killed before it is
  /// forgotten, the next command shows it again; killed later, the rest of it goes.
  package func remove(_ change: PublicationChange) throws(Failure) -> Int {
    let prefix = try PublicationPrefix(change.prefix)
    try check(change.reason)
    try refuseWrongPublicDirectory()
    if !change.isDryRun { try recover() }
    let generations = try depot.catalogue.generations(at: prefix.text)
    guard let current = generations.last(where: { $0.state == .current }) else {
      throw Publications.none(change.prefix)
    }
    if change.isDryRun { return generations.count }
    let directory = try PublicationDirectory(prefix, in: publicRoot, making: false)
    try directory?.hide()
    try depot.catalogue.removePublication(
      PublicationEvent(
        prefix: prefix.text,
        number: current.number,
        action: .remove,
        made: change.now,
        snapshots: current.snapshots.map(\.name),
        reason: change.reason
      )
    )
    facts.add(.publicationRemoved(prefix: prefix.text, number: current.number))
    try dropUnknown(Set(try depot.catalogue.generations().map(\.prefix)))
    return generations.count
  }

  func check(_ reason: String) throws(Failure) {
    guard reason.utf8.count <= 1000, !reason.unicodeScalars.contains(where: Escaped.isDangerous)
    else {
      throw Failure(.usage, "arguments", "a reason is one line of at most 1000 bytes")
    }
  }
}

extension PublicationRecipe {
  /// Takes from a later recipe what is no matter of the snapshots: how much is kept, what files are,
  /// where clients come, who signs and for how long.
  mutating func takeSettings(of present: PublicationRecipe) {
    (kept, grace, form) = (present.kept, present.grace, present.form)
    (hasLinks, url, signers) = (present.hasLinks, present.url, present.signers)
    for index in distributions.indices {
      guard let now = present.distribution(distributions[index].name), now.mode.hasResigned,
        distributions[index].mode.hasResigned
      else { continue }
      distributions[index].validFor = now.validFor
      distributions[index].namesSigners = now.namesSigners
    }
  }

  /// What the clients of the recipe before no longer find, or no longer believe.
  ///
  /// `signers` gives the fingerprints of the keys that sign a recipe.
  func clientsLost(
    from old: PublicationRecipe,
    signers: (PublicationRecipe) throws(Failure) -> [String]
  ) throws(Failure) -> [Note] {
    var notes: [Note] = []
    for before in old.distributions {
      guard let now = distribution(before.name) else {
        notes.append("\(before.name): it is gone: its clients find nothing")
        continue
      }
      let name = before.name
      if before.mode.hasResigned && !now.mode.hasResigned {
        notes.append(
          .note(
            "\(name): it has the vendor's signature only: clients that check this site's signature "
              + "refuse it; --mode \(before.mode.rawValue) signs it here again"
          )
        )
        let ended = before.fields.keys.sorted() + (before.validFor == nil ? [] : ["Valid-Until"])
        if !ended.isEmpty {
          notes.append(
            .note(
              "\(name): what only a Release of this site says ends with it, and has to be set again then: "
                + ended.joined(separator: ", ")
            )
          )
        }
      }
      if before.mode == .verbatim && now.mode.hasResigned {
        notes.append(
          .note(
            "\(name): it has this site's signature: clients that check the vendor's signature "
              + "refuse it, unless "
              + (now.mode == .both
                ? "they take vendor/ below the prefix" : "--mode both gives them vendor/ to take")
          )
        )
      }
      if before.mode == .both && now.mode != .both {
        notes.append("\(name): the vendor's view at vendor/ is gone; --mode both gives it back")
      }
      for component in before.components
      where !now.components.contains(where: { $0.component == component.component }) {
        notes.append(
          .note(
            "\(name): \(component.component) came from \(component.snapshot.name), and comes with the "
              + "others now; --component \(component.component)=SNAPSHOT chooses it again"
          )
        )
      }
    }
    let hadSite = old.distributions.contains { $0.mode.hasResigned }
    guard hadSite, distributions.contains(where: { $0.mode.hasResigned }),
      old.signers != self.signers
    else { return notes }
    return notes + keysLost(from: try signersBefore(old, signers), to: try signers(self))
  }

  /// The keys of the recipe before, as far as they are known: one whose secret key is gone is too.
  private func signersBefore(
    _ old: PublicationRecipe,
    _ signers: (PublicationRecipe) throws(Failure) -> [String]
  ) throws(Failure) -> [String] {
    old.signers.isEmpty ? try signers(old) : old.signers.map(\.fingerprint)
  }

  /// Who is left behind by keys that sign no more.
  private func keysLost(from old: [String], to new: [String]) -> [Note] {
    let dropped = old.filter { !new.contains($0) }
    guard !dropped.isEmpty else { return [] }
    let names = dropped.joined(separator: ", ")
    let isCut = Set(old).isDisjoint(with: new)
    return [
      .note(
        "\(names) signs no more: clients that have no other key of this publication refuse it (NO_PUBKEY) "
          + "until they get a new file (client-config)"
          + (isCut ? "; none of the keys before signs: sign with both for a while" : "")
      ),
      .note(
        "addresses of kept generations (snapshots/NAME) stay signed by \(names); next, to sign them with "
          + "the keys of now: aptferry publication sign PREFIX --reason TEXT"
      ),
    ]
  }
}
