internal import BundleFormat
internal import SafeIO

/// The names that a medium has for the files of a bundle, where they are not the bundle's.
///
/// Everything else looks for files under the bundle's own names, and finds them.
struct MediumNames: Sendable {
  // By directory (the bundle's own is empty), the medium's name for each name of the bundle.
  private var actual: [String: [String: String]] = [:]
  // The same the other way round, for the bundle's own directory.
  private var original: [String: String] = [:]

  static let unchanged = MediumNames()

  var isEmpty: Bool { actual.isEmpty }

  /// All of them, each with the path that the bundle has for it, sorted.
  var all: [(path: String, actual: String)] {
    actual.flatMap { directory, names in
      names.map { name, actual in
        let prefix = directory.isEmpty ? "" : directory + "/"
        return (path: prefix + name, actual: self.path(prefix) + actual)
      }
    }.sorted { $0.path < $1.path }
  }

  mutating func add(_ name: String, actual: String, in directory: String) {
    self.actual[directory, default: [:]][name] = actual
    if directory.isEmpty { original[actual] = name }
  }

  /// The path that the medium has for one of the bundle's.
  func path(_ path: String) -> String {
    guard !isEmpty else { return path }
    guard let slash = path.firstIndex(of: "/") else { return actual[""]?[path] ?? path }
    let (first, rest) = (String(path[..<slash]), String(path[path.index(after: slash)...]))
    return (actual[""]?[first] ?? first) + "/" + (actual[first]?[rest] ?? rest)
  }

  /// What the bundle calls a name in its own directory.
  func original(of name: String) -> String { original[name] ?? name }

  /// Those in a directory below.
  func below(_ path: String) -> MediumNames {
    var names = MediumNames()
    for (name, actual) in actual[path] ?? [:] where !path.isEmpty {
      names.add(name, actual: actual, in: "")
    }
    return names
  }
}

extension MediumNames {
  /// The directory as the bundle has it, with what the medium changed; also one that is no bundle's.
  ///
  /// - Parameters:
  ///   - directory: a directory on a medium.
  ///   - looksInside: whether lists are looked for by how they begin, too.
  /// - Returns: the same directory, that knows the names.
  /// - Throws: `io` and `unsafe` where the directory cannot be read.
  static func recognise(
    _ directory: MediumDirectory,
    looksInside: Bool
  ) throws(Failure) -> MediumDirectory {
    var names = MediumNames()
    let entries = try directory.boundedList()
    names.translate(entries, in: .bundle)
    let hasManifest =
      entries.contains { $0.name == "MANIFEST" } || names.actual[""]?["MANIFEST"] != nil
    if looksInside || hasManifest { try names.recogniseLists(entries, in: directory) }
    try names.recogniseChunks(entries, in: directory)
    let known = directory.knowing(names)
    for place in ChangedNames.Place.allCases.dropFirst() {
      guard try known.status(place.rawValue)?.kind == .directory else { continue }
      names.translate(try known.directory(place.rawValue).boundedList(), in: place)
    }
    return names.isEmpty ? directory : directory.knowing(names)
  }

  private mutating func translate(
    _ entries: [Directory.Entry],
    in place: ChangedNames.Place
  ) {
    let present = Set(entries.map(\.name))
    for entry in entries where entry.kind == .regular || entry.kind == .directory {
      let isDirectory = entry.kind == .directory
      guard
        let name = ChangedNames.original(of: entry.name, isDirectory: isDirectory, in: place),
        !present.contains(name), actual[place.rawValue]?[name] == nil
      else { continue }
      add(name, actual: entry.name, in: place.rawValue)
    }
  }

  /// How many files of a directory are looked into for a list.
  private static let mostLookedInto = 1000

  /// Looks for MANIFEST and its signatures under any name, by how they begin; only both together count.
  private mutating func recogniseLists(
    _ entries: [Directory.Entry],
    in directory: MediumDirectory
  ) throws(Failure) {
    let wanted = [
      ("MANIFEST", "Format: aptferry-bundle ", BundleLimits.manifestLength),
      ("MANIFEST.asc", "-----BEGIN PGP SIGNATURE-----", BundleLimits.signatureLength),
    ].filter { list in
      actual[""]?[list.0] == nil && !entries.contains { $0.name == list.0 }
    }
    guard !wanted.isEmpty else { return }
    var found: [String: String] = [:]
    for entry in entries.lazy.filter({ $0.kind == .regular }).prefix(MediumNames.mostLookedInto) {
      guard original[entry.name] == nil,
        let size = try directory.status(entry.name)?.size
      else { continue }
      for (name, beginning, limit) in wanted where found[name] == nil && size <= UInt64(limit) {
        if try directory.file(entry.name).begins(with: beginning) { found[name] = entry.name }
      }
    }
    guard found.count == wanted.count else { return }
    for (name, file) in found { add(name, actual: file, in: "") }
  }

  /// Takes a directory of another name for that of the chunks when it has any.
  private mutating func recogniseChunks(
    _ entries: [Directory.Entry],
    in directory: MediumDirectory
  ) throws(Failure) {
    let chunks = ChangedNames.Place.chunks
    let isThere = entries.contains { $0.name == chunks.rawValue }
    let isBundle = entries.contains { $0.name == "MANIFEST" } || actual[""]?["MANIFEST"] != nil
    guard isBundle, !isThere, actual[""]?[chunks.rawValue] == nil else { return }
    let known = Set(ChangedNames.Place.allCases.map(\.rawValue))
    for entry in entries where entry.kind == .directory {
      guard !known.contains(original(of: entry.name)) else { continue }
      let hasChunks = try directory.directory(entry.name).boundedList().contains { file in
        file.kind == .regular
          && (Manifest.isChunkName(file.name)
            || ChangedNames.original(of: file.name, isDirectory: false, in: chunks) != nil)
      }
      guard hasChunks else { continue }
      add(chunks.rawValue, actual: entry.name, in: "")
      return
    }
  }
}

extension MediumDirectory {
  /// The names in a directory of a medium, which nobody has vouched for, sorted.
  func boundedList() throws(Failure) -> [Directory.Entry] {
    var entries: [Directory.Entry] = []
    try forEachEntry { (entry) throws(Failure) in
      guard entries.count < BundleLimits.fileCount else {
        throw Failure(
          .unsafe,
          "too-many-files",
          "there are more than \(BundleLimits.fileCount) files in this directory; no bundle has so "
            + "many",
          subject: path,
          hint: "do not use this medium: nothing that aptferry writes looks like this"
        )
      }
      entries.append(entry)
    }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}

extension MediumFile {
  /// Whether the file begins with a text.
  fileprivate func begins(with text: String) throws(Failure) -> Bool {
    let block = Block(capacity: text.utf8.count)
    while block.room > 0 {
      guard try read(into: block, at: UInt64(block.count)) > 0 else { return false }
    }
    return Array(copying: Span(_bytes: block.bytes)) == Array(text.utf8)
  }
}
