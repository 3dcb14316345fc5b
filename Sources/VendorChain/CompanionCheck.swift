internal import Archives
internal import DebianRepository
internal import SafeIO

/// An index of descriptions or files that a vendor signed, as it lies among the proofs.
struct VendorCompanion {
  let topic: CompanionTopic
  let taken: TakenFile
  let content: IndexContent
}

/// The check of a composed suite's descriptions and lists of files: every piece of them stands in an
/// index that its vendor signed, or is of a package that no vendor vouches for.
struct CompanionCheck<Files: ArchiveFiles> {
  /// Packages that no vendor vouches for, by sort and name.
  typealias Own = Set<SHA256Digest>

  private let vendors: [VendorCompanion]
  private let files: Files
  private let own: Own
  private let lists: [Listed]
  private let topics: [CompanionTopic]
  private let numbering = PieceTable.Numbering()

  /// An index of the composed suite, in the form that is read.
  private struct Listed {
    let topic: Int
    let kind: IndexKind
    let sort: StanzaSort
    let taken: TakenFile
    let content: IndexContent
  }

  /// How many pieces are held at once; of more, parts are looked at one after the other.
  private let mostHeld: Int

  init(
    _ release: SignedRelease,
    _ files: Files,
    _ vendors: [VendorCompanion],
    own: Own,
    mostHeld: Int = 6 << 20
  ) throws(Failure) {
    (self.vendors, self.files, self.own, self.mostHeld) = (vendors, files, own, mostHeld)
    let directory = Distribution.directory(of: release.suite.distribution)
    var topics: [CompanionTopic] = []
    var lists: [String: Listed] = [:]
    for listed in release.release.files {
      guard let index = IndexPath(listed.path.text), index.kind.isCompanion,
        let compression = Compression(fileName: listed.path.text),
        let taken = try files.take(expected(listed, below: directory))
      else { continue }
      let content = IndexContent(
        name: directory + listed.path.text,
        isSources: false,
        compression: compression,
        plain: RelativePath(index.plain.text).flatMap { release.release.file($0) }
      )
      // All forms are the plain index that is listed: one of them is enough to look at.
      if lists[index.plain.text] != nil {
        _ = try content.check(try files.open(taken))
        continue
      }
      let topic = CompanionTopic(index)
      if !topics.contains(topic) { topics.append(topic) }
      lists[index.plain.text] = Listed(
        topic: topics.firstIndex(of: topic) ?? 0,
        kind: index.kind,
        sort: topic.sort,
        taken: taken,
        content: content
      )
    }
    self.lists = lists.sorted { $0.key < $1.key }.map(\.value)
    self.topics = topics
  }

  /// Checks all of them.
  ///
  /// - Throws: `integrity` for a piece that no vendor signed and no package of somebody else is of.
  func run() throws(Failure) {
    guard !lists.isEmpty else { return }
    var parts: UInt64 = 1
    while try !run(in: parts) {
      parts *= 2
      guard parts <= CompanionCheck.mostParts else {
        throw Failure(.resource, "memory", "the lists of files are too many to be compared")
      }
    }
  }

  /// How often all lists are read at most.
  private static var mostParts: UInt64 { 4096 }

  /// Checks all of them, a part of the pieces at a time; false when a part has more than are held.
  ///
  /// Parts are of one size but for chance.
  private func run(in parts: UInt64) throws(Failure) -> Bool {
    for part in 0..<parts {
      guard let table = try wanted(part, of: parts) else { return false }
      try look(for: table, part, of: parts)
    }
    return true
  }

  private func isIn(_ part: UInt64, of parts: UInt64, _ number: UInt64) -> Bool {
    (number >> 40) % parts == part
  }

  /// The pieces of the composed indexes; nil when they are too many.
  private func wanted(_ part: UInt64, of parts: UInt64) throws(Failure) -> PieceTable? {
    var table = PieceTable(most: mostHeld)
    var fits = true
    for list in lists {
      try Interruption.check()
      try forEachPiece(of: list) { number, _ in
        if fits, isIn(part, of: parts, number) { fits = table.insert(number) }
      }
      guard fits else { return nil }
    }
    return table
  }

  /// Hands out the numbers of the pieces that a vendor has to have signed.
  private func forEachPiece(
    of list: Listed,
    _ body: (_ number: UInt64, _ name: Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    let others = try CompanionPieces.forEach(
      in: list.content,
      of: try files.open(list.taken),
      list.kind
    ) { (first, second, name) throws(Failure) in
      if !own.isEmpty, own.contains(CompanionCheck.digest(list.sort, name)) { return }
      try body(numbering.number(list.topic, first, second), name)
    }
    guard others == 0 else { throw refusal(list, "has \(others) lines that name no package") }
  }

  /// Looks for the pieces in the vendors' indexes.
  private func look(
    for wanted: PieceTable,
    _ part: UInt64,
    of parts: UInt64
  ) throws(Failure) {
    var table = wanted
    for vendor in vendors where table.foundCount < table.count {
      try Interruption.check()
      let asked = topics.indices.filter { vendor.topic.vouches(for: topics[$0]) }
      guard !asked.isEmpty else { continue }
      _ = try CompanionPieces.forEach(
        in: vendor.content,
        of: try files.open(vendor.taken),
        vendor.topic.kind
      ) { (first, second, _) in
        for topic in asked { table.find(numbering.number(topic, first, second)) }
      }
    }
    guard table.foundCount < table.count else { return }
    for list in lists {
      try forEachPiece(of: list) { (number, name) throws(Failure) in
        guard isIn(part, of: parts, number), table.lacks(number) else { return }
        let name = Escaped.line(
          String(decoding: Array(copying: name), as: UTF8.self),
          limit: 100
        )
        throw refusal(list, "has what no vendor signed about a package: \(name)")
      }
    }
  }

  /// What a package that no vendor vouches for is known by.
  static func digest(_ sort: StanzaSort, _ name: Span<UInt8>) -> SHA256Digest {
    SHA256Digest.of([sort.rawValue] + Array(copying: name))
  }

  private func refusal(_ list: Listed, _ what: String) -> Failure {
    Failure(
      .integrity,
      "altered-list",
      "an index of descriptions or files of a composed suite \(what)",
      subject: list.content.name,
      hint: "do not take it in, and ask the exporter; nothing was changed"
    )
  }
}

/// What is expected of a file that a Release file lists.
func expected(_ listed: ListedFile, below directory: String) -> ExpectedFile {
  ExpectedFile(
    path: directory + listed.path.text,
    size: listed.size,
    sha256: listed.sha256,
    sha512: listed.sha512
  )
}
