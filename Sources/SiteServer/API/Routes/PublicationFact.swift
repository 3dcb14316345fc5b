#if Network
internal import Depot

/// What the API keeps of a snapshot that was made to be published: what it was made of.
struct PublicationFact: Sendable {
  struct Source: Hashable, Sendable {
    var component: String
    /// Stays when the snapshot or repository is renamed.
    let id: String
    let name: String

    var json: JSONValue {
      .fields(["Component": .string(component), "Name": .string(APIRoutes.shown(name))])
    }
  }

  /// `local` or `snapshot`.
  var kind = "snapshot"
  var sources: [Source] = []
  var architectures: [String] = []
  /// What the client gave; what Release says where it gave nothing is not told.
  var (label, origin, version) = ("", "", "")
  var (notAutomatic, butAutomaticUpgrades) = ("", "")
  var (skipsContents, skipsBzip2, isByHash, isMultiDist) = (false, false, false, false)
  var signedBy = ""

  init() {}

  init(_ fact: APIFact) {
    kind = fact["kind"] ?? "snapshot"
    sources = (fact.values["sources"]?.array ?? []).map {
      Source(
        component: $0["component"]?.string ?? "",
        id: $0["id"]?.string ?? "",
        name: $0["name"]?.string ?? ""
      )
    }
    architectures = (fact.values["architectures"]?.array ?? []).compactMap(\.string)
    (label, origin) = (fact["label"] ?? "", fact["origin"] ?? "")
    (version, signedBy) = (fact["version"] ?? "", fact["signedby"] ?? "")
    notAutomatic = fact["notautomatic"] ?? ""
    butAutomaticUpgrades = fact["butautomaticupgrades"] ?? ""
    skipsContents = fact.values["skipcontents"]?.isTrue ?? false
    skipsBzip2 = fact.values["skipbz2"]?.isTrue ?? false
    isByHash = fact.values["byhash"]?.isTrue ?? false
    isMultiDist = fact.values["multidist"]?.isTrue ?? false
  }

  func record(_ name: String) -> APIRecord {
    var fact = APIFact()
    (fact["kind"], fact["label"], fact["origin"]) = (kind, label, origin)
    (fact["version"], fact["signedby"]) = (version, signedBy)
    (fact["notautomatic"], fact["butautomaticupgrades"]) = (notAutomatic, butAutomaticUpgrades)
    fact.values["sources"] = .array(
      sources.map {
        .fields([
          "component": .string($0.component), "id": .string($0.id), "name": .string($0.name),
        ])
      }
    )
    fact.values["architectures"] = .strings(architectures)
    fact.values["skipcontents"] = .bool(skipsContents)
    fact.values["skipbz2"] = .bool(skipsBzip2)
    fact.values["byhash"] = .bool(isByHash)
    fact.values["multidist"] = .bool(isMultiDist)
    return fact.record(.publication, name)
  }
}

/// A publication as clients see it: one distribution of one prefix.
struct ShownPublication: Sendable {
  let prefix: String
  let distribution: String
  let fact: PublicationFact
  /// The snapshot that is published.
  let snapshot: String

  var path: String { "\(prefix)/\(distribution)" }

  var json: JSONValue {
    .fields([
      "AcquireByHash": .bool(fact.isByHash), "Architectures": .strings(fact.architectures),
      "ButAutomaticUpgrades": .string(fact.butAutomaticUpgrades), "Codename": "",
      "Distribution": .string(distribution), "Label": .string(fact.label),
      "MultiDist": .bool(fact.isMultiDist), "NotAutomatic": .string(fact.notAutomatic),
      "Origin": .string(fact.origin), "Path": .string(path), "Prefix": .string(prefix),
      "SignedBy": .string(fact.signedBy), "SkipContents": .bool(fact.skipsContents),
      "SourceKind": .string(fact.kind),
      "Sources": .array(fact.sources.sorted { $0.component < $1.component }.map(\.json)),
      "Storage": "", "Suite": "", "Version": .string(fact.version),
    ])
  }
}
#endif
