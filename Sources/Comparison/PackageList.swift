internal import DebianRepository
internal import SafeIO

/// The packages that the indexes of one group list, held compactly and sorted by name.
struct PackageList {
  private struct Record {
    let start: UInt32
    let nameLength: UInt16
    let versionLength: UInt16
    let content: SHA256Digest
  }

  /// The source packages of all.
  private(set) var sources: Set<String> = []
  private var records: [Record] = []
  // Name and version of each, one behind the other.
  private var text: [UInt8] = []

  var count: Int { records.count }

  /// Takes a package in; a source package is what its files are.
  ///
  /// One that `apt` cannot get is no package: its files are in no snapshot.
  mutating func add(_ stanza: PackageStanza) throws(Failure) {
    guard stanza.unusable == nil else { return }
    sources.insert(stanza.source)
    try add(
      name: stanza.packageBytes,
      version: stanza.versionBytes,
      content: stanza.sha256 ?? PackageList.content(of: stanza.files)
    )
  }

  private static func content(of files: [ListedFile]) -> SHA256Digest {
    let hashes = files.map { $0.sha256?.hex ?? $0.sha512 ?? "" }
    return SHA256Digest.of(Array(hashes.joined(separator: " ").utf8))
  }

  private mutating func add(
    name: Span<UInt8>,
    version: Span<UInt8>,
    content: SHA256Digest
  ) throws(Failure) {
    guard let start = UInt32(exactly: text.count), let nameLength = UInt16(exactly: name.count),
      let versionLength = UInt16(exactly: version.count)
    else { throw Failure(.resource, "too-many-packages", "the indexes list too much to compare") }
    for index in name.indices { text.append(name[index]) }
    for index in version.indices { text.append(version[index]) }
    records.append(
      Record(
        start: start,
        nameLength: nameLength,
        versionLength: versionLength,
        content: content
      )
    )
  }

  /// Sorts by name, then version, then content, and drops what is listed twice.
  mutating func finish() {
    var sorted: [Record] = []
    swap(&sorted, &records)
    sorted.sort { left, right in
      let (leftName, rightName) = (name(left), name(right))
      if leftName != rightName { return leftName.lexicographicallyPrecedes(rightName) }
      let (leftText, rightText) = (version(left), version(right))
      if leftText == rightText { return left.content < right.content }
      switch DebianVersion.order(Array(leftText).span, Array(rightText).span) {
      case .earlier: return true
      case .later: return false
      case .same, nil: return leftText.lexicographicallyPrecedes(rightText)
      }
    }
    records.reserveCapacity(sorted.count)
    for record in sorted {
      if let last = records.last, name(last) == name(record), version(last) == version(record),
        last.content == record.content
      {
        continue
      }
      records.append(record)
    }
  }

  private func name(_ record: Record) -> ArraySlice<UInt8> {
    text[Int(record.start)..<(Int(record.start) + Int(record.nameLength))]
  }

  private func version(_ record: Record) -> ArraySlice<UInt8> {
    let start = Int(record.start) + Int(record.nameLength)
    return text[start..<(start + Int(record.versionLength))]
  }

  func name(at index: Int) -> ArraySlice<UInt8> { name(records[index]) }

  func version(at index: Int) -> ArraySlice<UInt8> { version(records[index]) }

  func content(at index: Int) -> SHA256Digest { records[index].content }

  /// The end of the run of records with the name of the one at `start`.
  func end(ofNameAt start: Int) -> Int {
    var end = start + 1
    while end < count, name(at: end) == name(at: start) { end += 1 }
    return end
  }
}
