internal import Archives
internal import DebianRepository
internal import SafeIO
internal import VendorChain

/// Cuts descriptions and lists of files of one component out of those of the origins: only what is
/// of packages that are taken, each stanza byte for byte, each line with fewer packages.
struct CompanionCut {
  /// An index of an origin from which something was taken.
  typealias Used = (origin: Int, companion: IndexForms)
  /// Takes bytes of the new index.
  typealias Target = (Span<UInt8>) throws(Failure) -> Void

  private let component: String
  private let packages: [ComposedPackage]
  private let origins: [Origin]
  private let companions: [[IndexForms]]
  private let open: SourceSnapshots.Opening
  // Bit n is set for a package that comes from origin n.
  private var owners: [UInt64]
  private var signed: UInt64 = 0

  init(
    _ component: String,
    of packages: [ComposedPackage],
    _ origins: [Origin],
    in sources: SourceSnapshots
  ) {
    (self.component, self.packages, open) = (component, packages, sources.open)
    // Of further ones nothing is taken but the packages.
    self.origins = Array(origins.prefix(64))
    owners = [UInt64](repeating: 0, count: packages.count)
    companions = self.origins.map { origin in
      origin.companions(in: sources).filter { companion in
        // At the top of a tree there may be one for all components.
        (companion.path.lastOfComponent ?? (origin.isFlat ? "main" : component)) == component
      }
    }
    for (number, origin) in self.origins.enumerated() {
      for position in origin.packages { owners[position] |= 1 << UInt64(number) }
      if origin.isSigned { signed |= 1 << UInt64(number) }
    }
  }

  /// The languages that origins have descriptions in, sorted.
  var languages: [String] { Set(companions.joined().compactMap(\.path.language)).sorted() }

  /// The keys of packages of the component, with their owners.
  private func keys(
    where isWanted: (ComposedPackage) -> Bool,
    _ key: (ComposedPackage) -> [UInt8]
  ) -> (table: KeyTable, owners: [UInt64]) {
    var table = KeyTable()
    var found: [UInt64] = []
    for (position, package) in packages.enumerated()
    where package.component == component && isWanted(package) {
      let number = table.insert(key(package).span)
      if number == found.count { found.append(0) }
      found[number] |= owners[position]
    }
    return (table, found)
  }
}

/// Descriptions.
extension CompanionCut {
  /// Writes the descriptions in a language; each once, however many origins have it.
  func descriptions(in language: String, to write: Target) throws(Failure) -> [Used] {
    let (table, owners) = keys {
      $0.sort == .binary && !$0.description.isEmpty
    } _: {
      let (name, description) = ($0.name, $0.description)
      return CompanionCut.key(name.span, description.span)
    }
    var isWritten = [Bool](repeating: false, count: table.count)
    var used: [Used] = []
    for (origin, companions) in companions.enumerated() {
      let isSigned = origins[origin].isSigned
      for companion in companions
      where companion.path.kind == .translation && companion.path.language == language {
        var isUsed = false
        try forEachStanza(of: companion) { (stanza) throws(Failure) in
          let key = CompanionCut.key(stanza.bytes(at: 0), stanza.bytes(at: 1))
          guard let number = table.find(key.span), !isWritten[number],
            isSigned || owners[number] & (1 << UInt64(origin)) != 0
          else { return }
          (isWritten[number], isUsed) = (true, true)
          let text = stanza.bytes
          try write(text)
          let ends: [UInt8] = text.isEmpty || text[text.count - 1] != 0x0a ? [0x0a, 0x0a] : [0x0a]
          try write(ends.span)
        }
        if isUsed { used.append((origin, companion)) }
      }
    }
    return used
  }

  /// What `apt` finds a description by.
  private static func key(_ name: Span<UInt8>, _ digits: Span<UInt8>) -> [UInt8] {
    Array(copying: name) + [0x0a] + Array(copying: digits)
  }

  private func forEachStanza(
    of companion: IndexForms,
    _ body: (Stanza) throws(Failure) -> Void
  ) throws(Failure) {
    var reader = StanzaReader(
      deciding: ["Package", "Description-md5"],
      name: companion.reading.path,
      limits: .index
    )
    try forEachBlock(of: companion) { (bytes) throws(Failure) in
      try reader.feed(unsafe bytes._unsafeView(as: UInt8.self), body)
    }
    try reader.finish(body)
  }

  private func forEachBlock(
    of companion: IndexForms,
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    try Interruption.check()
    try Decompressor.forEachBlock(
      of: open(companion.reading.digest),
      companion.reading.compression,
      limit: 16 << 30,
      body
    )
  }
}

/// Lists of files.
extension CompanionCut {
  /// Writes which package has which file.
  ///
  /// A package's lines come from its own origin; where that has none, from any other that vendors
  /// signed, as a client of both would have them.
  func files(
    of sort: StanzaSort,
    _ architecture: String,
    to write: Target
  ) throws(Failure) -> [Used] {
    let (table, owners) = keys {
      $0.sort == sort && [architecture, "all"].contains($0.architecture)
    } _: {
      Array($0.name)
    }
    let sources = companions.enumerated().flatMap { origin, companions in
      companions.filter { isFor(sort, architecture, $0.path) }.map { (origin, $0) }
    }
    let present = sources.reduce(UInt64(0)) { $0 | 1 << UInt64($1.0) }
    var used: [Used] = []
    for (origin, companion) in sources {
      let bit: UInt64 = 1 << UInt64(origin)
      let taken = owners.map { owners in
        owners & present != 0 ? owners & bit != 0 : owners & signed != 0 && bit & signed != 0
      }
      if try cut(companion, to: write, { name in table.find(name).map { taken[$0] } ?? false }) {
        used.append((origin, companion))
      }
    }
    return used
  }

  private func isFor(_ sort: StanzaSort, _ architecture: String, _ path: IndexPath) -> Bool {
    guard path.kind == (sort == .installer ? .udebContents : .contents) else { return false }
    if path.architecture == architecture { return true }
    guard sort != .source, path.architecture != "source" else { return false }
    return path.architecture == "all" || architecture == "all"
  }

  /// Writes the lines of one index, with the packages that are wanted; answers whether there is any.
  private func cut(
    _ companion: IndexForms,
    to write: Target,
    _ isWanted: (Span<UInt8>) -> Bool
  ) throws(Failure) -> Bool {
    var reader = ContentsReader(name: companion.reading.path)
    var isUsed = false
    var text: [UInt8] = []
    func take(_ line: borrowing ContentsLine) throws(Failure) {
      text.removeAll(keepingCapacity: true)
      line.forEachPackage { (qualified, name) in
        guard isWanted(name) else { return }
        if text.isEmpty {
          text.append(copying: line.place)
        } else {
          text.append(0x2c)
        }
        text.append(copying: qualified)
      }
      guard !text.isEmpty else { return }
      text.append(0x0a)
      isUsed = true
      try write(text.span)
    }
    try forEachBlock(of: companion) { (bytes) throws(Failure) in
      try reader.feed(unsafe bytes._unsafeView(as: UInt8.self)) { (line) throws(Failure) in
        try take(line)
      }
    }
    try reader.finish { (line) throws(Failure) in try take(line) }
    return isUsed
  }
}
