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
    /// The entries with this content, by path; the first is the file, the others are links.
    package let entries: [UInt32]
  }

  /// The contents, in the order of the archive.
  package let members: [Member]
  /// The length of the whole archive, in bytes.
  package let length: UInt64

  /// The suffix of a part's name; no path of a snapshot may have it.
  package static let partSuffix = ".aptferry-part-"

  /// The name of a member as it stands in the archive.
  package static func memberName(_ path: some Sequence<UInt8>, part: UInt16) -> [UInt8] {
    var name = Array(path)
    if part > 0 { name += "\(partSuffix)\(BundleName.padded(UInt64(part), 4))".utf8 }
    return name
  }

  /// The layout that a table demands of one of its chunks.
  ///
  /// - Throws: `integrity` when the offsets in the table are not those that the members' headers
  ///   give, or entries at one offset differ in content.
  package init(chunk number: Int, of table: EntryTable) throws(Failure) {
    func refuse(_ what: String, _ entry: UInt32?) -> Failure {
      Failure(
        .integrity,
        "layout",
        "chunk \(number): \(what)",
        subject: entry.map { table.files.path(at: Int($0)) } ?? "ENTRIES",
        hint: "the bundle was not made by a program that follows the format; nothing was changed"
      )
    }
    var members: [Member] = []
    var position: UInt64 = 0
    let places = table.placements(inChunk: number)
    var index = places.startIndex
    while index < places.endIndex {
      let first = places[index]
      var entries = [first.entry]
      index += 1
      while index < places.endIndex, places[index].offset == first.offset {
        let other = places[index]
        guard other.part == first.part, other.length == first.length,
          table.files.digest(at: Int(other.entry)) == table.files.digest(at: Int(first.entry)),
          other.entry != entries.last
        else { throw refuse("two entries share a place but not their content", other.entry) }
        entries.append(other.entry)
        index += 1
      }
      let member = Member(
        offset: first.offset,
        length: first.length,
        part: first.part,
        entries: entries
      )
      let header = ChunkLayout.headerLength(of: member, in: table)
      guard first.offset >= position, first.offset - position == header else {
        throw refuse("the offset does not follow from what lies before", first.entry)
      }
      let (end, overflow) = first.offset.addingReportingOverflow(first.length)
      guard !overflow, end <= BundleLimits.largestChunkSize else {
        throw refuse("the entry is too long", first.entry)
      }
      position = end + TarHeader.padding(after: first.length)
      position += ChunkLayout.linksLength(of: member, in: table)
      members.append(member)
    }
    guard !members.isEmpty else { throw refuse("nothing lies in it", nil) }
    self.members = members
    length = position + TarHeader.endLength
  }

  /// The header of a member's file.
  package static func header(of member: Member, in table: EntryTable) -> [UInt8] {
    let name = memberName(table.files.pathBytes(at: Int(member.entries[0])), part: member.part)
    return TarHeader.bytes(name: name.span, kind: .file(size: member.length))
  }

  /// Everything between the end of a member's content and the next member: padding and links.
  package static func trailer(of member: Member, in table: EntryTable) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(TarHeader.padding(after: member.length)))
    guard member.entries.count > 1 else { return bytes }
    let target = memberName(table.files.pathBytes(at: Int(member.entries[0])), part: member.part)
    for entry in member.entries.dropFirst() {
      let name = memberName(table.files.pathBytes(at: Int(entry)), part: member.part)
      bytes += TarHeader.bytes(name: name.span, kind: .link(to: target))
    }
    return bytes
  }

  static func headerLength(of member: Member, in table: EntryTable) -> UInt64 {
    let name = memberName(table.files.pathBytes(at: Int(member.entries[0])), part: member.part)
    return TarHeader.length(name: name.span, kind: .file(size: member.length))
  }

  static func linksLength(of member: Member, in table: EntryTable) -> UInt64 {
    guard member.entries.count > 1 else { return 0 }
    let target = memberName(table.files.pathBytes(at: Int(member.entries[0])), part: member.part)
    return member.entries.dropFirst().reduce(0) { sum, entry in
      let name = memberName(table.files.pathBytes(at: Int(entry)), part: member.part)
      return sum + TarHeader.length(name: name.span, kind: .link(to: target))
    }
  }
}
