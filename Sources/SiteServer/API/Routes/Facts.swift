#if Network
internal import Depot
internal import Operations

/// What the API keeps of a thing beside what the depot knows of it: only aptly's words for it.
struct APIFact: Sendable {
  /// What kinds of things have facts.
  enum Area: String, Sendable {
    case repo, snapshot, mirror
    /// Of a snapshot that was made to be published: what it was made of.
    case publication
    /// Of a publication: sources that are to come with its next update.
    case staged
  }

  var values: [String: JSONValue] = [:]

  init() {}

  init(_ text: String) {
    guard case .object(let fields) = JSONValue.reading(text) else { return }
    for field in fields { values[field.name] = field.value }
  }

  subscript(_ name: String) -> String? {
    get { values[name]?.string }
    set { values[name] = newValue.map { .string($0) } }
  }

  func record(_ area: Area, _ name: String) -> APIRecord {
    let fields = values.sorted { $0.key < $1.key }.map {
      JSONValue.Field(name: $0.key, value: $0.value)
    }
    return APIRecord(area.rawValue, name, JSONValue.object(fields).text)
  }

  /// A name for a thing that it keeps when it is called otherwise.
  static func newID() -> String {
    var generator = SystemRandomNumberGenerator()
    func hex(_ digits: Int) -> String {
      (0..<digits).map { _ in String(Int.random(in: 0..<16, using: &generator), radix: 16) }
        .joined()
    }
    return [hex(8), hex(4), hex(4), hex(4), hex(12)].joined(separator: "-")
  }
}

extension APIRoutes {
  /// The facts of all things of a kind, by their names.
  func facts(_ area: APIFact.Area) throws -> [String: APIFact] {
    try session().apiRecords(area.rawValue).mapValues { APIFact($0) }
  }
}
#endif
