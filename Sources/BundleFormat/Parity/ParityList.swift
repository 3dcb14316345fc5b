package import SafeIO

/// What PARITY.txt says: how the chunks stand in rows, and which files parity and its table are.
///
/// MANIFEST names its digest. The text has only what follows from nothing else: the lengths of the chunks
/// stand in MANIFEST.
package struct ParityList: Sendable, Equatable {
  /// How the chunks stand in rows.
  package let layout: ParityLayout
  /// PARITY.blocks: the digests of all blocks, 32 bytes each.
  package let table: Manifest.FileSum
  /// The files of parity, whose bytes are its strips one behind the other.
  package let files: [Manifest.FileSum]

  /// The file's name; a directory is called `parity`, and some file systems know no capitals.
  package static let name = "PARITY.txt"
  /// The name of the table.
  package static let tableName = "PARITY.blocks"
  /// The directory of the files of parity, and of the second set of lists.
  package static let directory = "parity"
  /// The longest text, in bytes.
  package static let longest = 16 << 20
  private static let format = "aptferry-parity 1"

  package init(layout: ParityLayout, table: Manifest.FileSum, files: [Manifest.FileSum]) {
    (self.layout, self.table, self.files) = (layout, table, files)
  }

  /// The name of a file of parity; they count from 1.
  package static func fileName(_ number: Int) -> String {
    BundleName.padded(UInt64(number), 6) + ".par"
  }

  /// Whether a file of parity of some bundle could have this name.
  package static func isFileName(_ name: String) -> Bool {
    guard name.hasSuffix(".par"),
      let number = DecimalNumber.read(name.dropLast(4).drop { $0 == "0" })
    else { return false }
    return number <= UInt64(BundleLimits.chunkCount) && name == fileName(Int(number))
  }

  /// Where each file of parity begins and ends among all its bytes.
  package var extents: [Range<UInt64>] {
    var end: UInt64 = 0
    return files.map { file in
      defer { end += file.size }
      return end..<(end + file.size)
    }
  }

  /// The text; the same values give the same bytes.
  package var text: [UInt8] {
    var lines = [
      "Format: \(ParityList.format)", "Block: \(layout.blockSize)", "Rows: \(layout.rows)",
      "Strips: \(layout.dataStrips) \(layout.parityStrips)",
      "Table: \(table.digest) \(table.size)", "Segments:",
    ]
    lines += layout.segments.map { segment in
      let numbers = segment.chunks.map { UInt64($0) }
      return " \(segment.strips)"
        + (numbers.isEmpty ? "" : " " + NumberRanges.text(NumberRanges.ranges(of: numbers)))
    }
    lines.append("Files:")
    for (index, file) in files.enumerated() {
      lines.append(" \(file.digest) \(file.size) \(ParityList.fileName(index + 1))")
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// Reads PARITY.txt of a bundle whose chunks have these lengths.
  ///
  /// - Throws: `integrity` for anything that does not follow the format.
  package init(text: [UInt8], sizes: [UInt64]) throws(Failure) {
    do throws(Failure) {
      try self.init(checking: text, sizes)
    } catch {
      throw ParityLayout.refuse(error.reason)
    }
    guard self.text == text else {
      throw ParityLayout.refuse("the text is not as it would be written")
    }
  }

  private init(checking text: [UInt8], _ sizes: [UInt64]) throws(Failure) {
    guard text.count <= ParityList.longest else {
      throw ParityLayout.refuse("the text is longer than the format allows")
    }
    let stanza = try StrictStanza.read(text, atMost: 1)[0]
    guard stanza.firstName == "Format", try stanza.line("Format") == ParityList.format else {
      throw ParityLayout.refuse("its format is another one")
    }
    let strips = try ParityList.numbers(try stanza.line("Strips"), count: 2)
    let layout = try ParityLayout(
      sizes: sizes,
      segments: try ParityList.segments(stanza),
      blockSize: Int(clamping: try stanza.number("Block")),
      rows: Int(clamping: try stanza.number("Rows")),
      parityStrips: strips[1]
    )
    guard layout.dataStrips == strips[0] else {
      throw ParityLayout.refuse("its chunks fill \(layout.dataStrips) strips, not \(strips[0])")
    }
    let table = try ParityList.sums(try stanza.line("Table"), words: 2)
    guard table.size == UInt64(layout.tableCount) * 32 else {
      throw ParityLayout.refuse("its table has another length than the blocks give")
    }
    self.init(layout: layout, table: table, files: try ParityList.files(stanza, layout))
  }

  private static func segments(_ stanza: StrictStanza) throws(Failure) -> [[Int]] {
    var segments: [[Int]] = []
    var chunks = 0
    for line in try stanza.list("Segments") {
      // The first word is how many strips they fill, which follows from the rest.
      let ranges = line.drop { $0 != " " }.dropFirst()
      guard segments.count < ParityLayout.mostStrips,
        let read = ranges.isEmpty
          ? [] : NumberRanges.read(String(ranges), limit: NumberRanges.countLimit)
      else { throw ParityLayout.refuse("a line of Segments is not valid") }
      var segment: [Int] = []
      for range in read {
        guard range.upperBound <= UInt64(BundleLimits.chunkCount) else {
          throw ParityLayout.refuse("a line of Segments names a chunk that no bundle has")
        }
        chunks += range.count
        guard chunks <= BundleLimits.chunkCount else {
          throw ParityLayout.refuse("Segments names too many chunks")
        }
        segment += range.map { Int($0) }
      }
      segments.append(segment)
    }
    return segments
  }

  private static func files(
    _ stanza: StrictStanza,
    _ layout: ParityLayout
  ) throws(Failure) -> [Manifest.FileSum] {
    var files: [Manifest.FileSum] = []
    var length: UInt64 = 0
    for line in try stanza.list("Files") {
      let sum = try sums(line, words: 3)
      guard files.count < BundleLimits.chunkCount, line.hasSuffix(" " + fileName(files.count + 1)),
        sum.size > 0, sum.size % UInt64(layout.blockSize) == 0,
        sum.size <= BundleLimits.largestChunkSize
      else { throw ParityLayout.refuse("a line of Files is not valid") }
      files.append(sum)
      length += sum.size
    }
    guard length == layout.parityLength else {
      throw ParityLayout.refuse("the files of parity have another length than its strips")
    }
    return files
  }

  private static func sums(_ line: String, words count: Int) throws(Failure) -> Manifest.FileSum {
    let words = line.split(
      separator: " " as Character,
      maxSplits: count,
      omittingEmptySubsequences: false
    )
    guard words.count == count, let digest = SHA256Digest(hex: words[0]),
      let size = DecimalNumber.read(words[1])
    else { throw ParityLayout.refuse("a digest and a length are not valid") }
    return Manifest.FileSum(digest: digest, size: size)
  }

  private static func numbers(_ line: String, count: Int) throws(Failure) -> [Int] {
    let numbers = line.split(
      separator: " " as Character,
      maxSplits: count,
      omittingEmptySubsequences: false
    )
    .compactMap { DecimalNumber.read($0) }
    guard numbers.count == count else { throw ParityLayout.refuse("Strips is not two numbers") }
    return numbers.map { Int(clamping: $0) }
  }
}
