internal import BundleFormat
package import SafeIO

/// The media of one bundle, as the depot that makes them knows them: which chunks each gets, and what
/// became of it.
///
/// It lies in `<depot>/exports/<stream>-<sequence>/MEDIA`, beside the lists of the bundle, so that the
/// media that are missing can be written days later, and slips and labels printed again.
package struct MediaSetRecord: Sendable, Equatable {
  /// One medium of the set.
  package struct Medium: Sendable, Equatable {
    /// Its place in the set, from 1.
    package let number: Int
    /// What it is called on its label, and suggested as the name of its file system.
    package let label: String
    /// What was planned for: `bd25`, `25GB`, or the directory that was named.
    package let kind: String
    /// How many bytes of it there are for files.
    package let capacity: UInt64
    /// The chunks that lie on it, ascending, from 1.
    package let chunks: [Int]
    /// The files of parity that lie on it, ascending, from 1.
    package var parity: [Int]
    /// The bytes of these chunks and files, as they were planned.
    package let bytes: UInt64
    /// How many files of the snapshots lie in them.
    package let files: Int
    /// How it came to be written; nil while it is missing.
    package var written: Written?

    package init(
      number: Int,
      label: String,
      kind: String,
      capacity: UInt64,
      chunks: [Int],
      parity: [Int] = [],
      bytes: UInt64,
      files: Int
    ) {
      (self.number, self.label, self.kind, self.capacity) = (number, label, kind, capacity)
      (self.chunks, self.parity, self.bytes, self.files) = (chunks, parity, bytes, files)
    }
  }

  /// What became of a medium that is written.
  package struct Written: Sendable, Equatable {
    /// When the last byte was durable.
    package let at: UTCTime
    /// The bundle's directory on it, or the image, when it was written.
    package let place: String
    /// What the device says that it is; nil where the system does not say.
    package var model: String?
    package var serial: String?
    /// How far the bytes were seen again after the last of them was written.
    package var readBack: ReadBack
    /// The digest of the image, where it is one that is still to be burnt.
    package var image: SHA256Digest?

    package init(
      at: UTCTime,
      place: String,
      model: String? = nil,
      serial: String? = nil,
      readBack: ReadBack,
      image: SHA256Digest? = nil
    ) {
      (self.at, self.place, self.model, self.serial) = (at, place, model, serial)
      (self.readBack, self.image) = (readBack, image)
    }
  }

  /// From where written bytes were read again.
  package enum ReadBack: String, Sendable {
    /// From the medium itself.
    case medium
    /// From a cache that could not be passed: it says nothing of the medium.
    case cache
    /// Nobody read them again: a server compared their digests when it took them.
    case server
    /// Nothing was read again.
    case none
  }

  /// The bundle's name: `<stream>-<sequence>`.
  package let bundle: String
  /// The size that chunks are filled to, in bytes: with it, another exporter makes the same layout.
  package let chunkSize: UInt64
  /// The media, by number.
  package var media: [Medium]

  package init(bundle: String, chunkSize: UInt64, media: [Medium]) {
    (self.bundle, self.chunkSize, self.media) = (bundle, chunkSize, media)
  }

  /// Whether every medium is written.
  package var isComplete: Bool { media.allSatisfy { $0.written != nil } }

  /// The media that are not written yet.
  package var missing: [Medium] { media.filter { $0.written == nil } }

  /// What a medium is called: stream, sequence and number in upper case, at most eleven letters, which
  /// is what FAT takes.
  package static func label(stream: String, sequence: UInt64, number: Int) -> String {
    let end = "-\(sequence)-\(number)"
    let letters = stream.uppercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
    let room = max(0, 11 - end.utf8.count)
    return String((String(letters.prefix(room)) + end).drop { $0 == "-" }.suffix(11))
  }
}

extension MediaSetRecord {
  /// The name of the file.
  package static let name = "MEDIA"
  private static let format = "aptferry-media 1"
  /// The longest text, in bytes.
  private static let longest = 16 << 20
  /// The most media that a set has.
  package static let mostMedia = 1000

  /// The text; the same record gives the same bytes.
  package var text: [UInt8] {
    var lines = [
      "Format: \(MediaSetRecord.format)", "Bundle: \(bundle)", "Chunk-Size: \(chunkSize)",
    ]
    for medium in media {
      lines += [
        "", "Medium: \(medium.number)", "Label: \(medium.label)",
        "Kind: \(MediaSetRecord.line(medium.kind))",
        "Capacity: \(medium.capacity)", "Bytes: \(medium.bytes)",
        "Files: \(medium.files)",
      ]
      if !medium.chunks.isEmpty {
        lines.append(
          "Chunks: " + NumberRanges.text(NumberRanges.ranges(of: medium.chunks.map { UInt64($0) }))
        )
      }
      if !medium.parity.isEmpty {
        lines.append(
          "Parity: " + NumberRanges.text(NumberRanges.ranges(of: medium.parity.map { UInt64($0) }))
        )
      }
      guard let written = medium.written else { continue }
      lines.append("Written: \(written.at.rfc3339)")
      lines.append("Place: \(MediaSetRecord.line(written.place))")
      if let model = written.model { lines.append("Model: \(MediaSetRecord.line(model))") }
      if let serial = written.serial { lines.append("Serial: \(MediaSetRecord.line(serial))") }
      lines.append("Read-Back: \(written.readBack.rawValue)")
      if let image = written.image { lines.append("Image: \(image)") }
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// What stands on one line, whatever a device or a directory is called.
  private static func line(_ text: String) -> String {
    var plain = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(4096) {
      plain.append(scalar.value < 0x20 || scalar.value == 0x7f ? "?" : scalar)
    }
    let words = String(plain).split(separator: " " as Character)
    return words.isEmpty ? "?" : words.joined(separator: " ")
  }

  /// Reads the record of a bundle; nil when it was made for one medium.
  ///
  /// - Throws: `integrity` when the file is not one that this program writes.
  package static func read(in lists: Directory) throws(Failure) -> MediaSetRecord? {
    guard try lists.status(name) != nil else { return nil }
    let text = try lists.contents(of: name, limit: longest)
    do throws(Failure) {
      return try MediaSetRecord(text: text)
    } catch {
      throw Failure(
        .integrity,
        "media-record",
        "the record of the bundle's media cannot be read: \(error.reason)",
        subject: lists.describe(name),
        hint:
          "carry the bundle again: aptferry export SNAPSHOT --to DIR, or take the record from a "
          + "backup"
      )
    }
  }

  /// Writes the record beside the lists of its bundle, durably.
  package func write(in lists: Directory) throws(Failure) {
    try DurableFile.write(text, as: MediaSetRecord.name, in: lists)
  }

  init(text: [UInt8]) throws(Failure) {
    let stanzas = try StrictStanza.read(text, atMost: MediaSetRecord.mostMedia + 1)
    guard try stanzas[0].line("Format") == MediaSetRecord.format else {
      throw MediaSetRecord.refuse("its format is another one")
    }
    bundle = try stanzas[0].line("Bundle")
    chunkSize = try stanzas[0].number("Chunk-Size")
    media = []
    for stanza in stanzas.dropFirst() {
      let medium = try Medium(stanza)
      guard medium.number == media.count + 1 else {
        throw MediaSetRecord.refuse("its media are not numbered from 1")
      }
      media.append(medium)
    }
  }

  fileprivate static func refuse(_ what: String) -> Failure {
    Failure(.integrity, "media-record", what)
  }
}

extension MediaSetRecord.Medium {
  fileprivate init(_ stanza: StrictStanza) throws(Failure) {
    number = Int(clamping: try stanza.number("Medium"))
    label = try stanza.line("Label")
    kind = try stanza.line("Kind")
    capacity = try stanza.number("Capacity")
    bytes = try stanza.number("Bytes")
    files = Int(clamping: try stanza.number("Files"))
    chunks = try Self.numbers(stanza, "Chunks")
    parity = try Self.numbers(stanza, "Parity")
    guard stanza.has("Written") else { return }
    guard let readBack = MediaSetRecord.ReadBack(rawValue: try stanza.line("Read-Back")) else {
      throw MediaSetRecord.refuse("Read-Back is not medium, cache, server or none")
    }
    written = MediaSetRecord.Written(
      at: try stanza.time("Written"),
      place: try stanza.line("Place"),
      model: stanza.has("Model") ? try stanza.line("Model") : nil,
      serial: stanza.has("Serial") ? try stanza.line("Serial") : nil,
      readBack: readBack,
      image: stanza.has("Image") ? try stanza.digest("Image") : nil
    )
  }

  /// The numbers that a field names; none without it.
  private static func numbers(_ stanza: StrictStanza, _ name: String) throws(Failure) -> [Int] {
    guard stanza.has(name) else { return [] }
    guard let ranges = NumberRanges.read(try stanza.line(name), limit: NumberRanges.countLimit)
    else { throw MediaSetRecord.refuse("\(name) is no list of ranges") }
    var numbers: [Int] = []
    for range in ranges {
      guard range.upperBound <= UInt64(BundleLimits.chunkCount) else {
        throw MediaSetRecord.refuse("it names a chunk that no bundle has")
      }
      numbers += range.map { Int($0) }
    }
    return numbers
  }
}
