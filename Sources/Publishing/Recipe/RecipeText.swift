internal import DebianRepository
package import Depot
package import SafeIO

/// A recipe as it stands in the catalogue: deb822, one stanza for the publication and one for each
/// distribution.
enum RecipeText {
  private static let version = "1"

  static func write(_ recipe: PublicationRecipe) -> String {
    var text = "Recipe: \(version)\nKeep: \(recipe.kept)\nGrace: \(recipe.grace)\n"
    text += "Files: \(recipe.form.rawValue)\nLinks: \(recipe.hasLinks ? "yes" : "no")\n"
    if let url = recipe.url { text += "URL: \(url)\n" }
    text += lines("Signers", recipe.signers.map { "\($0.fingerprint) \($0.home ?? "-")" })
    for distribution in recipe.distributions { text += "\n" + write(distribution) }
    return text
  }

  private static func write(_ distribution: DistributionRecipe) -> String {
    var text = "Distribution: \(distribution.name)\nSource: \(distribution.source)\n"
    text += "Mode: \(distribution.mode.rawValue)\nSnapshot: \(line(distribution.snapshot))\n"
    text += lines(
      "Components",
      distribution.components.map { "\($0.component) \(line($0.snapshot))" }
    )
    if distribution.hasOnlyItsComponents { text += "Only-Components: yes\n" }
    if let vendor = distribution.vendor { text += "Vendor: \(vendor.line)\n" }
    text += lines(
      "Component-Vendors",
      distribution.components.compactMap { component in
        component.vendor.map { "\(component.component) \($0.line)" }
      }
    )
    for (name, value) in distribution.fields.sorted(by: { $0.key < $1.key }) {
      text += "Set-\(name): \(value)\n"
    }
    if let validFor = distribution.validFor { text += "Valid-For: \(validFor)\n" }
    if distribution.namesSigners { text += "Names-Signers: yes\n" }
    if let release = distribution.release {
      text += "Modified: \(release.modified.rfc3339)\n"
      if let date = release.date { text += "Date: \(date.rfc3339)\n" }
      if let newest = release.newest { text += "Newest: \(newest.rfc3339)\n" }
    }
    return text
  }

  private static func line(_ snapshot: SnapshotReference) -> String {
    "\(snapshot.name) \(snapshot.digest.hex)"
  }

  private static func lines(_ name: String, _ values: [String]) -> String {
    values.isEmpty ? "" : "\(name):\n" + values.map { " \($0)\n" }.joined()
  }

  /// Reads what `write` wrote; anything else is a damaged catalogue.
  static func read(_ text: String, name: String) throws(Failure) -> PublicationRecipe {
    var recipe: PublicationRecipe?
    var reader = StanzaReader(
      deciding: nil,
      name: name,
      limits: .init(line: 1 << 16, value: 1 << 22),
      isStrict: true
    )
    func take(_ stanza: Stanza) throws(Failure) {
      if recipe == nil {
        recipe = try head(stanza, name)
      } else {
        recipe?.distributions.append(try distribution(stanza, name))
      }
    }
    let bytes = Array(text.utf8)
    try reader.feed(bytes.span, take)
    try reader.finish(take)
    guard let recipe else { throw damaged(name, "is empty") }
    return recipe
  }

  private static func damaged(_ name: String, _ what: String) -> Failure {
    Failure(
      .state,
      "catalogue-damaged",
      "the recipe of a generation \(what)",
      subject: name,
      hint: "put the catalogue back from a backup"
    )
  }

  private static func field(
    _ field: String,
    _ stanza: Stanza,
    _ name: String
  ) throws(Failure) -> String {
    guard let value = stanza.string(of: field) else { throw damaged(name, "lacks \(field)") }
    return value
  }

  private static func number(
    _ text: String,
    _ name: String
  ) throws(Failure) -> Int64 {
    guard let value = Int64(text), value >= 0 else {
      throw damaged(name, "has something else where a number belongs")
    }
    return value
  }

  private static func head(_ stanza: Stanza, _ name: String) throws(Failure) -> PublicationRecipe {
    guard try field("Recipe", stanza, name) == version else {
      throw Failure(
        .state,
        "newer-depot",
        "the recipe of a generation is of a newer version of this program",
        subject: name,
        hint: "use the newer program that wrote it"
      )
    }
    var recipe = PublicationRecipe()
    recipe.kept = Int(clamping: try number(try field("Keep", stanza, name), name))
    recipe.grace = try number(try field("Grace", stanza, name), name)
    guard let form = FileForm(rawValue: try field("Files", stanza, name)) else {
      throw damaged(name, "has an unknown form of files")
    }
    recipe.form = form
    recipe.hasLinks = try field("Links", stanza, name) == "yes"
    recipe.url = stanza.string(of: "URL")
    for words in table("Signers", stanza) {
      guard words.count >= 2 else { throw damaged(name, "has a signer without a home") }
      let home = words.dropFirst().joined(separator: " ")
      recipe.signers.append(RecipeSigner(fingerprint: words[0], home: home == "-" ? nil : home))
    }
    return recipe
  }

  private static func table(_ field: String, _ stanza: Stanza) -> [[String]] {
    (stanza.value(of: field) ?? []).split(separator: 0x0a).compactMap { line in
      let words = Stanza.words(line)
      return words.isEmpty ? nil : words.map { String(decoding: $0, as: UTF8.self) }
    }
  }

  private static func distribution(
    _ stanza: Stanza,
    _ name: String
  ) throws(Failure) -> DistributionRecipe {
    guard let mode = PublicationMode(rawValue: try field("Mode", stanza, name)) else {
      throw damaged(name, "has an unknown mode")
    }
    let snapshot = try field("Snapshot", stanza, name).split(separator: " ").map(String.init)
    var distribution = DistributionRecipe(
      name: try field("Distribution", stanza, name),
      source: try field("Source", stanza, name),
      mode: mode,
      snapshot: try reference(snapshot, name)
    )
    var vendors: [String: VendorIdentity] = [:]
    for words in table("Component-Vendors", stanza) {
      guard let component = words.first else { continue }
      vendors[component] = try vendor(words.dropFirst().joined(separator: " "), name)
    }
    for words in table("Components", stanza) {
      guard let component = words.first else { continue }
      distribution.components.append(
        .init(
          component: component,
          snapshot: try reference(Array(words.dropFirst()), name),
          vendor: vendors[component]
        )
      )
    }
    distribution.vendor = try stanza.string(of: "Vendor").map { (line) throws(Failure) in
      try vendor(line, name)
    }
    distribution.hasOnlyItsComponents = stanza.string(of: "Only-Components") == "yes"
    for setting in DistributionRecipe.settableFields {
      if let value = stanza.string(of: "Set-\(setting)") { distribution.fields[setting] = value }
    }
    if let text = stanza.string(of: "Valid-For") {
      distribution.validFor = try number(text, name)
    }
    distribution.namesSigners = stanza.string(of: "Names-Signers") == "yes"
    if let text = stanza.string(of: "Modified") {
      guard let modified = UTCTime(rfc3339: text) else { throw damaged(name, "has a wrong time") }
      distribution.release = .init(
        date: stanza.string(of: "Date").flatMap { UTCTime(rfc3339: $0) },
        modified: modified,
        newest: stanza.string(of: "Newest").flatMap { UTCTime(rfc3339: $0) }
      )
    }
    return distribution
  }

  private static func vendor(_ line: String, _ name: String) throws(Failure) -> VendorIdentity {
    guard let vendor = VendorIdentity(line: line) else {
      throw damaged(name, "has no valid vendor")
    }
    return vendor
  }

  private static func reference(
    _ words: [String],
    _ name: String
  ) throws(Failure) -> SnapshotReference {
    guard words.count == 2, SnapshotRecord.isName(words[0]),
      let digest = SHA256Digest(hex: words[1])
    else { throw damaged(name, "names no snapshot") }
    return SnapshotReference(name: words[0], digest: digest)
  }
}

extension PublicationRecipe {
  /// The recipe of a generation; of one that an older program made, what it must have been.
  package init(of generation: GenerationRecord, in depot: Depot) throws(Failure) {
    let name = "\(generation.prefix), generation \(generation.number)"
    if !generation.recipe.isEmpty {
      self = try RecipeText.read(generation.recipe, name: name)
      return
    }
    self.init()
    for reference in generation.snapshots {
      for suite in try depot.catalogue.snapshot(reference.name).suites {
        var distribution = DistributionRecipe(
          name: suite.distribution,
          source: suite.distribution,
          mode: .verbatim,
          snapshot: reference
        )
        distribution.release = .init(date: nil, modified: generation.made)
        put(distribution)
      }
    }
  }
}
