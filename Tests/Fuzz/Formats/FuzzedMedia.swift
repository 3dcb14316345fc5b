import Archives
import BundleFormat
import DebianRepository
import Depot
import OpenPGP
import SafeIO

/// What lies on media: signatures, our own format, compressed files; and the audit log.
enum FuzzedMedia {
  static func clearsigned(_ bytes: [UInt8]) {
    _ = answer { () throws(Failure) in
      let parts = try ClearsignedMessage.split(bytes, name: "input")
      claim(!parts.signatureArmor.isEmpty, "a clearsigned file has a signature")
      claim(parts.text.count <= bytes.count + 1, "the text is not longer than its file")
      return []
    }
  }

  static func signature(_ bytes: [UInt8]) {
    let isArmorRequired = bytes.first == 0x2d
    _ = answer { () throws(Failure) in
      let issuers = try SignaturePackets.claimedIssuers(
        bytes,
        name: "input",
        requireArmor: isArmorRequired
      )
      claim(1...SignaturePackets.countLimit ~= issuers.count, "there are some, and not many")
      return issuers
    }
  }

  static func manifest(_ bytes: [UInt8]) {
    _ = answer { () throws(Failure) in
      let manifest = try Manifest(text: bytes)
      let again = try Manifest(text: manifest.text)
      claim(again == manifest, "what is written is read as it was")
      return []
    }
  }

  static func entries(_ pieces: [ArraySlice<UInt8>]) throws(Failure) -> [String] {
    let chunks = 3
    var reader = EntryReader(chunkCount: chunks)
    for piece in pieces { try reader.read(Array(piece).span) }
    let table = try reader.finish()
    var text: [UInt8] = []
    table.forEachTextBlock { text += $0 }
    claim(text == pieces.flatMap { $0 }, "an accepted list is written as it was read")
    for chunk in 1...chunks {
      let outcome = answer { () throws(Failure) in
        let layout = try ChunkLayout(chunk: chunk, of: table)
        guard layout.length > TarHeader.endLength else { return [] }
        var member: ChunkLayout.Member? = layout.first(in: table)
        var count = 0
        while let current = member {
          _ = ChunkLayout.header(of: current, in: table)
          var piece = 0
          while ChunkLayout.trailerPiece(piece, of: current, in: table) != nil { piece += 1 }
          claim(piece <= table.count, "there are not more names than entries")
          claim(current.offset < layout.length, "a member lies in its chunk")
          claim(ChunkLayout.entry(of: current, in: table) < table.count, "it has an entry")
          count += 1
          claim(count <= table.count, "there are not more members than entries")
          member = layout.next(after: current, in: table)
        }
        return ["\(count) members"]
      }
      _ = outcome
    }
    return [String(decoding: text, as: UTF8.self)]
  }

  /// The first byte says the kind, the next eight the size, the rest is the name.
  static func tarHeader(_ bytes: [UInt8]) {
    guard bytes.count > 9 else { return }
    let size = bytes[1..<9].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let names = bytes[9...].split(separator: 0, maxSplits: 1).map { Array($0) }
    guard let name = names.first, RelativePath(name) != nil else { return }
    let isLink = bytes[0] & 1 == 1 && names.count > 1
    let kind: TarHeader.Kind = isLink ? .link(to: names[1]) : .file(size: size)
    let header = TarHeader.bytes(name: name.span, kind: kind)
    claim(header.count % 512 == 0, "a header is whole blocks")
    claim(
      TarHeader.length(name: name.span, kind: kind) == UInt64(header.count),
      "a header is as long as planned"
    )
    let last = header.suffix(512)
    let stated = last.dropFirst(148).prefix(6).reduce(0) { $0 * 8 + Int($1 & 7) }
    let sum = last.enumerated()
      .reduce(0) { $0 + (148..<156 ~= $1.offset ? 0x20 : Int($1.element)) }
    claim(stated == sum, "the checksum is that of the block")
  }

  static func auditLine(_ bytes: [UInt8]) {
    guard let line = AuditLine(bytes) else { return }
    claim(line.sequence > 0, "records are counted from 1")
    claim(bytes.last == 0x0a, "a record is a line")
    for fact in AuditRecord.Content(line: bytes)?.facts ?? [] {
      guard let bundle = AuditFact.Accepted(fact) else { continue }
      let written = AuditFact.accepted(bundle).written
      claim(AuditFact.Accepted(written) == bundle, "a fact is written as it was read")
    }
  }

  /// The first byte chooses the format; a small limit stands in for the real one.
  static func decompress(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let formats: [Compression] = [.none, .gzip, .bzip2, .xz, .zstd]
    let limit: UInt64 = 1 << 20
    var count: UInt64 = 0
    _ = answer { () throws(Failure) in
      try Decompressor.forEachBlock(
        of: Array(bytes.dropFirst()),
        formats[Int(first) % formats.count],
        name: "input",
        limit: limit
      ) { (block) throws(Failure) in
        count += UInt64(block.byteCount)
      }
      return []
    }
    claim(count <= limit, "no more is given than the limit allows")
  }

  static func zstd(_ pieces: [ArraySlice<UInt8>]) throws(Failure) -> [String] {
    let expected: UInt64 = 100
    var reader = try ZstdReader(expectedSize: expected, name: "input")
    var content: [UInt8] = []
    func take(_ block: RawSpan) {
      for offset in block.byteOffsets {
        content.append(unsafe block.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
      }
    }
    for piece in pieces {
      let bytes = Array(piece)
      try unsafe reader.read(bytes.span.bytes, take)
    }
    try reader.finish()
    claim(content.count == Int(expected), "a frame has what was expected")
    return [String(decoding: content, as: UTF8.self)]
  }
}
