internal import DebianRepository
package import Depot
internal import Objects
internal import OpenPGP
package import SafeIO

/// What clients must know of a publication, read from what is published.
package struct ClientFacts: Sendable {
  /// Where it lies below the public directory.
  package let prefix: String
  /// Where clients reach it, when the operator has said so at a publish.
  package let url: String?
  /// Where below the prefix they find what they are to have: `snapshots/NAME`, or empty for what
  /// is published now.
  package let path: String
  /// Its distributions, each in every view that it has.
  package let distributions: [ClientDistribution]
  /// What no vendor signed, and on whose word it came: one sentence for each distribution.
  package let vouched: [String]

  package init(
    prefix: String,
    url: String? = nil,
    path: String = "",
    distributions: [ClientDistribution],
    vouched: [String] = []
  ) {
    self.vouched = vouched
    self.prefix = prefix
    self.url = url
    self.path = path
    self.distributions = distributions
  }

  /// Which part of a publication clients are to have.
  package struct Selection: Sendable {
    /// Only this view; nil for the one that clients should have: this site's where it is.
    package var mode: PublicationMode?
    /// Only these distributions; empty for all.
    package var distributions: [String] = []
    /// The kept generation that `snapshots/NAME` leads to, with the distributions of this snapshot;
    /// nil for what is published now.
    package var snapshot: String?

    package init() {}
  }

  /// Reads the Release files of the generation that clients are to have.
  ///
  /// `ownKey` gives the depot's own key, when something is signed with it.
  /// - Throws: `usage` when there is no such publication, view, distribution or snapshot, `trust`
  ///   when a key is not known.
  package static func read(
    _ prefix: String,
    _ selection: Selection,
    in depot: Depot,
    ownKey: @escaping Publisher.OwnKey
  ) throws(Failure) -> ClientFacts {
    let publication = try Publications.show(prefix, in: depot)
    let generation = try generation(of: publication, selection.snapshot, in: depot)
    let recipe = try PublicationRecipe(of: generation, in: depot)
    for name in selection.distributions where recipe.distribution(name) == nil {
      throw Failure(
        .usage,
        "no-distribution",
        "the publication has no such distribution",
        subject: name,
        hint: "it has: " + recipe.distributions.map(\.name).joined(separator: ", ")
      )
    }
    let chosen = recipe.distributions.filter { distribution in
      (selection.distributions.isEmpty || selection.distributions.contains(distribution.name))
        // What else the generation has is not pinned: it goes its own way.
        && (selection.snapshot.map { name in
          distribution.snapshots.contains { $0.name == name }
        } ?? true)
        && owner(distribution, selection.mode) != nil
    }
    guard !chosen.isEmpty else {
      throw Failure(
        .usage,
        "no-view",
        "this publication is not published in that mode",
        subject: selection.mode?.rawValue ?? prefix,
        hint: "aptferry publication show \(prefix) says how it is published"
      )
    }
    let reader = Reader(
      generation: generation,
      recipe: recipe,
      list: try depot.catalogue.fileList(
        generation.listing,
        name: "the listing of \(prefix), generation \(generation.number)"
      ),
      depot: depot,
      ownKey: ownKey
    )
    return ClientFacts(
      prefix: prefix,
      url: publication.recipe.url,
      path: selection.snapshot.map { "snapshots/" + $0 } ?? "",
      distributions: try chosen.map { (distribution) throws(Failure) in
        try reader.read(distribution, owner(distribution, selection.mode) ?? .vendor)
      },
      vouched: try vouched(chosen, in: depot)
    )
  }

  /// The generation that clients see, or the one that `snapshots/NAME` leads to.
  private static func generation(
    of publication: Publication,
    _ snapshot: String?,
    in depot: Depot
  ) throws(Failure) -> GenerationRecord {
    guard let snapshot else { return publication.current }
    let all = publication.kept + [publication.current]
    let found = try SnapshotAddresses.choose(among: all, in: depot)[snapshot]
    guard let found, publication.recipe.hasLinks else {
      throw Failure(
        .usage,
        "no-snapshot",
        "the publication has no kept generation with this snapshot, or no links to any",
        subject: snapshot,
        hint: "aptferry publication show \(publication.prefix) shows those that are kept"
      )
    }
    return found
  }

  private static func vouched(
    _ distributions: [DistributionRecipe],
    in depot: Depot
  ) throws(Failure) -> [String] {
    var sentences: [String] = []
    for distribution in distributions {
      var vouchers: Set<String> = []
      var isComposed = false
      for reference in distribution.snapshots {
        let record = try depot.catalogue.findSnapshot(reference.name)
        let suite = record?.suites.first { $0.distribution == distribution.source }
        vouchers.formUnion(suite?.vouchedBy ?? [])
        isComposed = isComposed || suite?.isComposed ?? false
      }
      guard !vouchers.isEmpty else { continue }
      sentences.append(
        "\(distribution.name): "
          + (isComposed
            ? "some of its packages are signed by no vendor" : "not signed by its vendor")
          + "; the exporter \(vouchers.sorted().joined(separator: ", ")) vouched for "
          + (isComposed ? "those." : "it.")
      )
    }
    return sentences
  }

  /// Whose signature the clients of a distribution check; nil when there is no such view.
  private static func owner(
    _ distribution: DistributionRecipe,
    _ mode: PublicationMode?
  ) -> KeyFiles.Owner? {
    switch mode {
    case nil, .both: distribution.mode.hasResigned ? .site : .vendor
    case .resigned: distribution.mode.hasResigned ? .site : nil
    case .verbatim: distribution.mode.hasVerbatim ? .vendor : nil
    }
  }
}

/// Reads the distributions of one generation.
private struct Reader {
  let generation: GenerationRecord
  let recipe: PublicationRecipe
  let list: FileList
  let depot: Depot
  let ownKey: Publisher.OwnKey

  func read(
    _ distribution: DistributionRecipe,
    _ owner: KeyFiles.Owner
  ) throws(Failure) -> ClientDistribution {
    let view = owner == .vendor && distribution.mode == .both ? GenerationPlan.vendor : ""
    let directory = (view.isEmpty ? "" : view + "/") + distribution.directory
    let release = try release(in: directory)
    let keys = try keys(of: distribution, owner)
    return ClientDistribution(
      name: try ClientWord.check(distribution.name, "distribution"),
      owner: owner,
      view: view,
      keys: keys,
      signers: try signers(of: distribution, owner, among: keys),
      components: distribution.isFlat
        ? [] : try ClientDistribution.Component.all(below: directory, in: list, of: release),
      choices: distribution.isFlat
        ? ClientChoices(
          ClientReach(of: release, isFlat: true, below: directory, in: list),
          component: nil,
          architectures: nil
        ) : ClientChoices(),
      date: release.date,
      validUntil: release.validUntil,
      offersByHash: release.acquireByHash,
      origin: release.origin ?? "",
      codename: release.codename ?? ""
    )
  }

  /// Who signed the Release file: after a change of this site's keys somebody else than who signs now.
  private func signers(
    of distribution: DistributionRecipe,
    _ owner: KeyFiles.Owner,
    among keys: ClientKeySet
  ) throws(Failure) -> [String] {
    guard owner == .site else { return keys.keys.map(\.fingerprint) }
    var primaries: [String: String] = [:]
    for key in try KeyFile.read(keys.binary, name: "\(generation.prefix)/\(KeyFiles.directory)") {
      for part in key.parts { primaries[part.fingerprint.text] = key.fingerprint.text }
    }
    let issuers = try SiteSignature.issuers(of: distribution, in: list, of: depot)
    return Set(issuers.map { primaries[$0] ?? $0 }).sorted()
  }

  private func keys(
    of distribution: DistributionRecipe,
    _ owner: KeyFiles.Owner
  ) throws(Failure) -> ClientKeySet {
    switch owner {
    case .vendor:
      return try .ofVendor(distribution, in: depot)
    case .site:
      do throws(Failure) {
        let composition = Composition(depot: depot, now: .earliest, ownKey: ownKey)
        return try ClientKeySet(of: try composition.signers(recipe))
      } catch {
        // The home of the secret key is closed to those who may read the depot.
        guard error.name == .permission, let keys = try publishedKeys() else { throw error }
        return keys
      }
    }
  }

  /// The keys of this site as they lie in the tree; nil where the tree has none.
  private func publishedKeys() throws(Failure) -> ClientKeySet? {
    let path = "\(KeyFiles.directory)/\(KeyFiles.Owner.site.rawValue).gpg"
    guard let index = list.index(of: path) else { return nil }
    let digest = list.digest(at: index)
    let bytes = try depot.objects.open(digest).readAll(limit: KeyFile.sizeLimit)
    guard SHA256Digest.of(bytes) == digest else { throw Reader.damaged(digest) }
    return ClientKeySet(of: try KeyFile.read(bytes, name: "\(generation.prefix)/\(path)"))
  }

  private static func damaged(_ digest: SHA256Digest) -> Failure {
    Failure(
      .integrity,
      .damagedObject,
      "an object of the depot is damaged",
      subject: digest.hex,
      hint: "run: aptferry depot check --repair-from DIR"
    )
  }

  private func release(in directory: String) throws(Failure) -> ReleaseFile {
    for name in ["InRelease", "Release"] {
      guard let index = list.index(of: directory + name) else { continue }
      let digest = list.digest(at: index)
      let bytes = try depot.objects.open(digest).readAll(limit: ClearsignedMessage.sizeLimit)
      guard SHA256Digest.of(bytes) == digest else { throw Reader.damaged(digest) }
      let subject = "\(generation.prefix)/\(directory)\(name)"
      let text =
        name == "Release" ? bytes : try ClearsignedMessage.split(bytes, name: subject).text
      return try ReleaseFile(text.span, name: subject)
    }
    throw Failure(
      .state,
      .noRelease,
      "the publication lacks the Release file of a distribution",
      subject: directory
    )
  }
}
