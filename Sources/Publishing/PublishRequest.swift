package import SafeIO

/// What the operator asks `publish` for.
package struct PublishRequest: Sendable {
  /// Where.
  package var prefix: String
  /// When.
  package var now: UTCTime
  /// Snapshots whose distributions are published.
  package var snapshots: [String]
  /// Only this distribution, or the name to give to the only one.
  package var distribution: String?
  /// Components from snapshots of their own.
  package var components: [(component: String, snapshot: String)] = []
  /// Whose signature clients check; as it was, or the vendor's, when nil.
  package var mode: PublicationMode?
  /// What else is to change.
  package var change = RecipeChange()
  /// What a new publication, and a new distribution that this site signs, begin with.
  package var defaults = RecipeChange()
  /// Whether another vendor may take the place of the one that clients have.
  package var changesVendor = false
  /// Why, for the publication's history; empty for no reason.
  package var reason = ""
  /// Only say what would be done.
  package var isDryRun = false

  package init(_ snapshots: [String], at prefix: String, now: UTCTime) {
    self.snapshots = snapshots
    self.prefix = prefix
    self.now = now
  }
}

/// Settings that `publish` and `publication edit` change; nil leaves one as it is.
package struct RecipeChange: Sendable {
  /// For how long this site's Release is valid, in seconds; 0 takes the limit away.
  package var validFor: Int64?
  /// Fields of Release; an empty value gives the vendor's back.
  package var fields: [String: String] = [:]
  /// Whether Release names the signing keys.
  package var namesSigners: Bool?
  /// How many generations are kept.
  package var kept: Int?
  /// For how long generations are kept after the next one, in seconds.
  package var grace: Int64?
  /// What files are.
  package var form: FileForm?
  /// Whether there are symbolic links.
  package var hasLinks: Bool?
  /// Where clients reach the prefix; empty takes it away.
  package var url: String?
  /// The keys that sign; empty for the depot's own.
  package var signers: [RecipeSigner]?

  package init() {}

  /// Puts the settings of the publication in.
  func apply(to recipe: inout PublicationRecipe) throws(Failure) {
    if let kept {
      guard (1...1000).contains(kept) else {
        throw Failure(.usage, "arguments", "between 1 and 1000 generations can be kept")
      }
      recipe.kept = kept
    }
    if let grace { recipe.grace = grace }
    if let form { recipe.form = form }
    if let hasLinks {
      recipe.hasLinks = hasLinks
      // Other names of the objects would be links too.
      if !hasLinks, recipe.form == .links { recipe.form = .copies }
    }
    if let url { recipe.url = url.isEmpty ? nil : try ClientAddress(url).text }
    if let signers { recipe.signers = signers.map { $0.found(in: recipe.signers) } }
    if !recipe.hasLinks, recipe.form == .links {
      throw Failure(
        .usage,
        "arguments",
        "a tree without links has copies, or shares blocks; a publication stays with links, or "
          + "without",
        hint: "--files copies or --files reflinks; or publish with links at another prefix"
      )
    }
  }

  /// Puts the settings of a distribution in.
  func apply(to distribution: inout DistributionRecipe) throws(Failure) {
    if let validFor { distribution.validFor = validFor == 0 ? nil : validFor }
    for (name, value) in fields {
      distribution.fields[name] = value.isEmpty ? nil : try RecipeChange.plain(value, name)
    }
    if let namesSigners { distribution.namesSigners = namesSigners }
  }

  /// Whether a setting of distributions changes.
  var changesDistributions: Bool { validFor != nil || !fields.isEmpty || namesSigners != nil }

  /// One line without control characters, blanks at its ends, and at most 1000 bytes.
  private static func plain(_ text: String, _ what: String) throws(Failure) -> String {
    guard text.utf8.count <= 1000, !text.unicodeScalars.contains(where: Escaped.isDangerous),
      text.first != " ", text.last != " "
    else {
      throw Failure(
        .usage,
        "arguments",
        "\(what) takes one line of at most 1000 bytes, without blanks at its ends",
        subject: text
      )
    }
    return text
  }
}

extension PublicationRecipe {
  /// Refuses what a mode cannot give: the vendor's signature covers exactly what the vendor made.
  func check() throws(Failure) {
    for distribution in distributions {
      let isChanged =
        !distribution.fields.isEmpty || distribution.validFor != nil || distribution.namesSigners
      let isRefused =
        switch distribution.mode {
        case .verbatim: !distribution.isAsSigned || isChanged
        case .both: !distribution.components.isEmpty || distribution.name != distribution.source
        case .resigned: false
        }
      guard isRefused else { continue }
      throw Failure(
        .usage,
        "not-verbatim",
        "the vendor's signature covers the vendor's Release and nothing that is changed in it",
        subject: distribution.name,
        hint: distribution.mode == .verbatim && !distribution.components.isEmpty
          ? "its components are chosen: publish one snapshot whole (aptferry publish SNAPSHOT --at "
            + "PREFIX --mode verbatim), or sign it here: --mode resigned"
          : distributions.count > 1
            ? "sign it here (--mode resigned), or change only another one: --distribution NAME"
            : "sign it here: --mode resigned"
      )
    }
    for distribution in distributions
    where distribution.directory.isEmpty && distributions.count > 1 {
      throw Failure(
        .state,
        "conflict",
        "a flat repository at the root of its tree cannot share a prefix with others",
        subject: distribution.name,
        hint: "publish it at a prefix of its own"
      )
    }
  }
}
