#if Network
internal import Depot
internal import Operations
internal import SafeIO

/// What the API keeps of a snapshot: when it was made to the nanosecond, and what of.
struct SnapshotFact: Sendable {
  /// What a snapshot was made of.
  struct Source: Hashable, Sendable {
    /// `mirror`, `repo` or `snapshot`.
    let kind: String
    let id: String
    let name: String
  }

  /// Stays when the snapshot is renamed.
  var id = APIFact.newID()
  var created = ""
  /// `repo` for a mirror's, `local` for a repository's, `snapshot` for any other.
  var kind: String
  var description = ""
  var (origin, notAutomatic, butAutomaticUpgrades) = ("", "", "")
  var sources: [Source] = []
  /// What the mirrors and repositories at the roots of its lineage call their distribution and
  /// component: guesses of publications come from these.
  var distributions: [String] = []
  var components: [String] = []

  init(kind: String) { self.kind = kind }

  /// What can be said of a snapshot that a command made.
  init(of snapshot: SnapshotRecord, description: String?) {
    let isRepos = snapshot.origin.hasPrefix("repo ")
    kind = snapshot.kind == .verbatim ? "repo" : isRepos ? "local" : "snapshot"
    id = "snapshot:\(snapshot.name)"
    created = snapshot.created.rfc3339
    self.description = description ?? snapshot.origin
    distributions = snapshot.suites.prefix(1).map(\.distribution)
  }

  init(_ fact: APIFact) {
    id = fact["id"] ?? ""
    created = fact["created"] ?? ""
    kind = fact["kind"] ?? "snapshot"
    description = fact["description"] ?? ""
    origin = fact["origin"] ?? ""
    notAutomatic = fact["notautomatic"] ?? ""
    butAutomaticUpgrades = fact["butautomaticupgrades"] ?? ""
    sources = (fact.values["sources"]?.array ?? []).map {
      Source(
        kind: $0["kind"]?.string ?? "",
        id: $0["id"]?.string ?? "",
        name: $0["name"]?.string ?? ""
      )
    }
    distributions = (fact.values["distributions"]?.array ?? []).compactMap(\.string)
    components = (fact.values["components"]?.array ?? []).compactMap(\.string)
  }

  func record(_ name: String) -> APIRecord {
    var fact = APIFact()
    (fact["id"], fact["created"], fact["kind"]) = (id, created, kind)
    fact["description"] = description
    (fact["origin"], fact["notautomatic"]) = (origin, notAutomatic)
    fact["butautomaticupgrades"] = butAutomaticUpgrades
    fact.values["sources"] = .array(
      sources.map {
        .fields(["kind": .string($0.kind), "id": .string($0.id), "name": .string($0.name)])
      }
    )
    fact.values["distributions"] = .strings(distributions)
    fact.values["components"] = .strings(components)
    return fact.record(.snapshot, name)
  }

  /// Takes another snapshot in as one that this is made of.
  mutating func add(_ other: SnapshotFact, named name: String) {
    sources.append(Source(kind: "snapshot", id: other.id, name: name))
    for one in other.distributions where !distributions.contains(one) { distributions.append(one) }
    for one in other.components where !components.contains(one) { components.append(one) }
    let others = (other.origin, other.notAutomatic, other.butAutomaticUpgrades)
    if sources.count == 1 {
      (origin, notAutomatic, butAutomaticUpgrades) = others
    } else {
      origin = origin == others.0 ? origin : ""
      notAutomatic = notAutomatic == others.1 ? notAutomatic : ""
      butAutomaticUpgrades = butAutomaticUpgrades == others.2 ? butAutomaticUpgrades : ""
    }
  }

  /// Whether it is made of a thing directly.
  func isMade(of kind: String, _ id: String) -> Bool {
    sources.contains { $0.kind == kind && $0.id == id }
  }

  /// The time in a form whose texts stand in the order of times.
  var sortableTime: String {
    let text = created.hasSuffix("Z") ? String(created.dropLast()) : created
    let parts = text.split(separator: ".")
    let fraction = parts.count > 1 ? String(parts[1]) : ""
    return (parts.first.map { String($0) } ?? "") + "."
      + fraction + String(repeating: "0", count: max(0, 9 - fraction.count))
  }

  /// Now, to the nanosecond.
  static func now() -> String { PreciseTime.now() }
}
#endif
