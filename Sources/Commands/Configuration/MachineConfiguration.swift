internal import BundleFormat
internal import Depot
internal import Publishing
internal import SafeIO

/// What `aptferry.conf` says: defaults of this machine, for what people otherwise type each time.
///
/// One stanza of fields; see aptferry.conf(5).
struct MachineConfiguration: Sendable {
  /// A field of the file.
  enum Field: String, CaseIterable {
    case depot = "Depot"
    case publicDirectory = "Public"
    case chunkSize = "Chunk-Size"
    case stream = "Stream"
    case validFor = "Valid-For"
    case keep = "Keep"
    case grace = "Grace"
  }

  /// Where the file is, or would be.
  let file: String
  private let values: [Field: String]

  /// Where the file is when no variable says otherwise.
  static let standardFile = "/etc/aptferry.conf"
  private static let limit = 1 << 16

  /// A configuration that says nothing.
  static let empty = MachineConfiguration(file: standardFile, values: [:])

  private init(file: String, values: [Field: String]) {
    (self.file, self.values) = (file, values)
  }

  /// Reads the file; one that is not there says nothing.
  ///
  /// - Throws: `configuration` when it may not be read or has what is no field, no value or a field
  ///   twice: what is passed over in silence would be missed on the day that it matters.
  init(file: String) throws(Failure) {
    self.file = file
    guard let bytes = try MachineConfiguration.bytes(of: file) else {
      values = [:]
      return
    }
    var values: [Field: String] = [:]
    // Bytes, not characters: to Swift, CR LF is one character and no line ends in it.
    for (index, bytes) in bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
      .enumerated()
    {
      let line = try MachineConfiguration.text(of: bytes, at: "\(file):\(index + 1)")
      if line.hasPrefix("#") || line.allSatisfy({ $0 == " " || $0 == "\t" }) { continue }
      let place = "\(file):\(index + 1)"
      let (field, value) = try MachineConfiguration.field(line, at: place)
      guard values.updateValue(value, forKey: field) == nil else {
        throw MachineConfiguration.wrong("\(field.rawValue) stands twice", place)
      }
      try field.check(value, at: place)
    }
    self.values = values
  }

  /// A line without its end; it may end as on other systems.
  private static func text(of line: ArraySlice<UInt8>, at place: String) throws(Failure) -> String {
    let bytes = line.last == 0x0d ? line.dropLast() : line
    guard bytes.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7f }),
      let text = String(validating: bytes, as: UTF8.self)
    else { throw wrong("this line has a control character, or is not UTF-8", place) }
    return text
  }

  private static func bytes(of file: String) throws(Failure) -> [UInt8]? {
    let (parent, name) = NamedPath.split(file)
    do throws(Failure) {
      guard try Directory(opening: parent).status(name) != nil else { return nil }
      return try Directory(opening: parent).file(name).readAll(limit: limit)
    } catch {
      if error.name == .noDirectory { return nil }
      throw Failure(
        .configuration,
        "unreadable",
        "the configuration of this machine cannot be read: \(error.reason)",
        subject: file,
        hint: "make it a plain file that everybody may read: chmod 644 \(file)"
      )
    }
  }

  private static func field(
    _ line: String,
    at place: String
  ) throws(Failure) -> (Field, String) {
    guard let colon = line.firstIndex(of: ":") else {
      throw wrong("this line has no colon", place)
    }
    let name = line[..<colon]
    let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
    let end = value.lastIndex { $0 != " " && $0 != "\t" }
    // As in every file of this form, capitals do not matter in names.
    guard let field = Field.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() })
    else {
      throw wrong("there is no field \(Escaped.line(String(name), limit: 40))", place)
    }
    guard let end else { throw wrong("\(field.rawValue) has no value", place) }
    return (field, String(value[...end]))
  }

  static func wrong(_ what: String, _ place: String) -> Failure {
    Failure(
      .configuration,
      "aptferry-conf",
      what,
      subject: place,
      hint: "the fields are: " + Field.allCases.map(\.rawValue).joined(separator: ", ")
    )
  }

  /// What the file says of a field.
  func value(_ field: Field) -> String? { values[field] }

  /// The chunk size of an export, in bytes.
  var chunkSize: ByteSize? { values[.chunkSize].flatMap { ByteSize($0) } }

  /// For the audit log, what the file says of new publications.
  var aboutPublications: [AuditField] {
    let said = [Field.validFor, .keep, .grace].compactMap { field in
      values[field].map { "\(field.rawValue)=\($0)" }
    }
    return said.isEmpty ? [] : [AuditField("aptferry.conf", said)]
  }

  /// The settings that a new publication begins with.
  func publicationDefaults() throws(Failure) -> RecipeChange {
    var change = RecipeChange()
    change.kept = values[.keep].flatMap { Int($0) }
    change.grace = try values[.grace].map { (text) throws(Failure) in try TimeLength.seconds(text) }
    change.validFor = try values[.validFor].map { (text) throws(Failure) in
      text == "none" ? 0 : try TimeLength.seconds(text)
    }
    return change
  }
}

extension MachineConfiguration.Field {
  /// Refuses a value that no command would take.
  func check(_ value: String, at place: String) throws(Failure) {
    let expected: String?
    switch self {
    case .depot, .publicDirectory: expected = value.hasPrefix("/") ? nil : "an absolute path"
    case .chunkSize:
      let isSize = ByteSize(value).map { $0.bytes >= BundleLimits.smallestChunkSize } ?? false
      expected = isSize ? nil : "a size of 64K or more, as 700M or 4.3GB"
    case .stream: expected = BundleName.isValid(value) ? nil : "the name of a stream"
    case .keep:
      expected = Int(value).map { (1...1000).contains($0) } ?? false ? nil : "a number up to 1000"
    case .validFor where value == "none": expected = nil
    case .validFor, .grace:
      do throws(Failure) {
        _ = try TimeLength.seconds(value)
        expected = nil
      } catch {
        expected = "a length of time, as 12h or 30d"
      }
    }
    guard let expected else { return }
    throw MachineConfiguration.wrong("\(rawValue) takes \(expected)", place)
  }
}
