internal import DebianRepository
package import Depot
internal import OpenPGP
package import SafeIO

/// What clients must know of a publication, read from what is published.
package struct ClientFacts: Sendable {
  /// Where it lies below the public directory.
  package let prefix: String
  /// Where clients reach it, when the operator has said so at a publish.
  package let url: String?
  /// Its distributions, each in every view that it has.
  package let distributions: [ClientDistribution]

  package init(prefix: String, url: String? = nil, distributions: [ClientDistribution]) {
    self.prefix = prefix
    self.url = url
    self.distributions = distributions
  }

  /// Reads the Release files of the generation that clients see.
  ///
  /// With a `mode` only that view, else the one that clients should have: this site's where it is.
  /// With `names` only those distributions. `ownKey` gives the depot's own key, when something is
  /// signed with it.
  /// - Throws: `usage` when there is no such publication, view or distribution, `trust` when a key
  ///   is not known.
  package static func read(
    _ prefix: String,
    mode: PublicationMode?,
    distributions names: [String] = [],
    in depot: Depot,
    ownKey: @escaping Publisher.OwnKey
  ) throws(Failure) -> ClientFacts {
    let publication = try Publications.show(prefix, in: depot)
    for name in names where publication.recipe.distribution(name) == nil {
      throw Failure(
        .usage,
        "no-distribution",
        "the publication has no such distribution",
        subject: name,
        hint: "it has: "
          + publication.recipe.distributions.map(\.name).joined(separator: ", ")
      )
    }
    let chosen = publication.recipe.distributions.filter { distribution in
      (names.isEmpty || names.contains(distribution.name)) && owner(distribution, mode) != nil
    }
    guard !chosen.isEmpty else {
      throw Failure(
        .usage,
        "no-view",
        "nothing of this publication is published so",
        subject: mode?.rawValue ?? prefix,
        hint: "aptferry publication show \(prefix) says how it is published"
      )
    }
    let reader = Reader(
      publication: publication,
      list: try depot.catalogue.fileList(
        publication.current.listing,
        name: "the listing of \(prefix), generation \(publication.current.number)",
        expectedCount: publication.current.files
      ),
      depot: depot,
      ownKey: ownKey
    )
    return ClientFacts(
      prefix: prefix,
      url: publication.recipe.url,
      distributions: try chosen.map { (distribution) throws(Failure) in
        try reader.read(distribution, owner(distribution, mode) ?? .vendor)
      }
    )
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
  let publication: Publication
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
    return ClientDistribution(
      name: try ClientWord.check(distribution.name, "distribution"),
      owner: owner,
      view: view,
      keys: try keys(of: distribution, owner),
      components: distribution.isFlat
        ? [] : try ClientDistribution.Component.all(below: directory, in: list, of: release),
      date: release.date,
      validUntil: release.validUntil,
      origin: release.origin ?? "",
      codename: release.codename ?? ""
    )
  }

  private func keys(
    of distribution: DistributionRecipe,
    _ owner: KeyFiles.Owner
  ) throws(Failure) -> ClientKeySet {
    switch owner {
    case .vendor:
      let suite = publication.suites.first { $0.distribution == distribution.name }
      return try .ofVendor(suite?.signedBy ?? [], distribution.name, in: depot)
    case .site:
      let composition = Composition(depot: depot, now: .earliest, ownKey: ownKey)
      return ClientKeySet(
        try composition.signers(publication.recipe).map { (signer) throws(Failure) in
          let key = try signer.publicKey()
          return ClientKey(fingerprint: key.fingerprint.text, material: key.material)
        }
      )
    }
  }

  private func release(in directory: String) throws(Failure) -> ReleaseFile {
    for name in ["InRelease", "Release"] {
      guard let index = list.index(of: directory + name) else { continue }
      let digest = list.digest(at: index)
      let bytes = try depot.objects.open(digest).readAll(limit: ClearsignedMessage.sizeLimit)
      guard SHA256Digest.of(bytes) == digest else {
        throw Failure(
          .integrity,
          "damaged-object",
          "an object of the depot is damaged",
          subject: digest.hex,
          hint: "run: aptferry depot check --repair-from DIR"
        )
      }
      let subject = "\(publication.prefix)/\(directory)\(name)"
      let text =
        name == "Release" ? bytes : try ClearsignedMessage.split(bytes, name: subject).text
      return try ReleaseFile(text.span, name: subject)
    }
    throw Failure(
      .state,
      "no-release",
      "the publication lacks the Release file of a distribution",
      subject: directory
    )
  }
}
