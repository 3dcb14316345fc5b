package import SafeIO

/// How the tar archive of one chunk is built, byte for byte, from the entries that lie in it.
///
/// The writer follows it; the reader demands that the archive is exactly this, so that a signed
/// chunk can have no member, no padding and no trailer that ENTRIES does not speak of.
package struct ChunkLayout: Sendable {
  /// One content and all its names.
  package struct Member: Sendable {
    /// Where the bytes begin.
    package let offset: UInt64
    /// How many bytes.
    package let length: UInt64
    /// 0 for a whole file, else the part's number.
    package let part: UInt16
    /// The placements with this content, by path; the first is the file, the others are links.
    package let placements: Range<Int>
  }

  /// The placements in this chunk.
  private let placements: Range<Int>
  /// The length of the whole archive, in bytes.
  package let length: UInt64

  /// What stands between a path and a part's number; no path of a snapshot may contain it, or
  /// the shell patterns of README.txt would meet it.
  static let partSuffix = ".aptferry-part-"

  private static let partSuffixBytes = Array(partSuffix.utf8)

  /// Whether the path contains what only names of parts may contain.
  package static func isReserved(_ path: Span<UInt8>) -> Bool {
    let length = partSuffixBytes.count
    guard path.count >= length else { return false }
    for start in 0...(path.count - length) where path[start] == 0x2e {
      var matching = 1
      while matching < length, path[start + matching] == partSuffixBytes[matching] { matching += 1 }
      if matching == length { return true }
    }
    return false
  }

  /// The refusal of a path that `isReserved` finds.
  package static func reserved(_ path: [UInt8]) -> Failure {
    Failure(
      .unsafe,
      "path",
      "no path may contain “\(partSuffix)”, which names parts of split files",
      subject: String(decoding: path, as: UTF8.self)
    )
  }

  /// The name of a member as it stands in the archive.
  static func memberName(_ path: some Sequence<UInt8>, part: UInt16) -> [UInt8] {
    var name = Array(path)
    if part > 0 { name += "\(partSuffix)\(BundleName.padded(UInt64(part), 4))".utf8 }
    return name
  }

  /// The layout that a table demands of one of its chunks.
  ///
  /// - Throws: `integrity` when the offsets in the table are not those that the members' headers
  ///   give, or entries at one offset differ in content.
  package init(chunk number: Int, of table: EntryTable) throws(Failure) {
    func refuse(_ what: String, _ place: Int?) -> Failure {
      Failure(
        .integrity,
        "layout",
        "chunk \(number): \(what)",
        subject: place.map { table.files.path(at: Int(table.placements[$0].entry)) } ?? "ENTRIES",
        hint: "the bundle was not made by a program that follows the format; nothing was changed"
      )
    }
    let slice = table.placements(inChunk: number)
    placements = slice.startIndex..<slice.endIndex
    var position: UInt64 = 0
    var index = placements.lowerBound
    while index < placements.upperBound {
      let member = ChunkLayout.member(at: index, until: placements.upperBound, in: table)
      let first = table.placements[index]
      for other in member.placements.dropFirst() {
        let place = table.placements[other]
        guard place.part == first.part, place.length == first.length,
          table.files.digest(at: Int(place.entry)) == table.files.digest(at: Int(first.entry)),
          place.entry != table.placements[other - 1].entry
        else { throw refuse("two entries share a place but not their content", other) }
      }
      let header = ChunkLayout.headerLength(of: member, in: table)
      guard member.offset >= position, member.offset - position == header else {
        throw refuse("the offset does not follow from what lies before", index)
      }
      let (end, overflow) = member.offset.addingReportingOverflow(member.length)
      guard !overflow, end <= BundleLimits.largestChunkSize else {
        throw refuse("the entry is too long", index)
      }
      position = end + TarHeader.padding(after: member.length)
      position += ChunkLayout.linksLength(of: member, in: table)
      index = member.placements.upperBound
    }
    guard !placements.isEmpty else { throw refuse("nothing lies in it", nil) }
    length = position + TarHeader.endLength
  }

  private static func member(at index: Int, until end: Int, in table: EntryTable) -> Member {
    let first = table.placements[index]
    var next = index + 1
    while next < end, table.placements[next].offset == first.offset { next += 1 }
    return Member(
      offset: first.offset,
      length: first.length,
      part: first.part,
      placements: index..<next
    )
  }

  /// The first content of the archive.
  package func first(in table: EntryTable) -> Member {
    ChunkLayout.member(at: placements.lowerBound, until: placements.upperBound, in: table)
  }

  /// The content behind another; nil when that was the last.
  package func next(after member: Member, in table: EntryTable) -> Member? {
    let index = member.placements.upperBound
    guard index < placements.upperBound else { return nil }
    return ChunkLayout.member(at: index, until: placements.upperBound, in: table)
  }

  /// The last member that begins, with its header, at a place of the archive or before it.
  package func member(before offset: UInt64, in table: EntryTable) -> Member {
    var (low, high) = (placements.lowerBound, placements.upperBound)
    while high - low > 1 {
      let middle = (low + high) / 2
      if table.placements[middle].offset <= offset { low = middle } else { high = middle }
    }
    // The first placement of those at one place is the member's file.
    var first = low
    while first > placements.lowerBound,
      table.placements[first - 1].offset == table.placements[low].offset
    { first -= 1 }
    let found = ChunkLayout.member(at: first, until: placements.upperBound, in: table)
    // The header of the next one may begin before, too.
    if let next = next(after: found, in: table), ChunkLayout.start(of: next, in: table) <= offset {
      return next
    }
    return found
  }

  /// Where the header of a member begins.
  package static func start(of member: Member, in table: EntryTable) -> UInt64 {
    member.offset - headerLength(of: member, in: table)
  }

  /// The entry whose name the content's file has.
  package static func entry(of member: Member, in table: EntryTable) -> Int {
    Int(table.placements[member.placements.lowerBound].entry)
  }

  private static func name(_ index: Int, of member: Member, in table: EntryTable) -> [UInt8] {
    let place = table.placements[member.placements.lowerBound + index]
    return memberName(table.files.pathBytes(at: Int(place.entry)), part: member.part)
  }

  /// The header of a member's file.
  package static func header(of member: Member, in table: EntryTable) -> [UInt8] {
    let path = table.files.pathBytes(at: entry(of: member, in: table))
    let name = memberName(path, part: member.part)
    return TarHeader.bytes(name: name.span, kind: .file(size: member.length))
  }

  /// What stands between the end of a member's content and the next member, in pieces: the padding,
  /// which may be empty, then the header of each link; nil behind the last.
  ///
  /// In pieces, because one content may have as many names as there are entries.
  package static func trailerPiece(
    _ index: Int,
    of member: Member,
    in table: EntryTable
  ) -> [UInt8]? {
    guard index < member.placements.count else { return nil }
    guard index > 0 else {
      return [UInt8](repeating: 0, count: Int(TarHeader.padding(after: member.length)))
    }
    let link = name(index, of: member, in: table)
    return TarHeader.bytes(name: link.span, kind: .link(to: name(0, of: member, in: table)))
  }

  private static func headerLength(of member: Member, in table: EntryTable) -> UInt64 {
    let path = table.files.pathBytes(at: entry(of: member, in: table))
    let name = memberName(path, part: member.part)
    return TarHeader.length(name: name.span, kind: .file(size: member.length))
  }

  private static func linksLength(of member: Member, in table: EntryTable) -> UInt64 {
    guard member.placements.count > 1 else { return 0 }
    let target = name(0, of: member, in: table)
    return (1..<member.placements.count).reduce(0) { sum, index in
      let link = name(index, of: member, in: table)
      return sum + TarHeader.length(name: link.span, kind: .link(to: target))
    }
  }
}
