internal import SafeIO

/// A directory record as it was found, with the extents of the records that follow it for the same
/// file.
struct DiscRecordReader {
  /// The name as the record has it.
  let identifier: [UInt8]
  private(set) var extents: [DiscExtent]
  private let flags: UInt8
  private let isOrdinary: Bool
  private let systemUse: [UInt8]

  private static let directoryFlag: UInt8 = 0x02
  private static let associatedFlag: UInt8 = 0x04
  private static let followedFlag: UInt8 = 0x80

  /// Nil when the bytes are no record.
  init?(_ slice: ArraySlice<UInt8>) {
    let bytes = Array(slice)
    guard bytes.count >= 34, Int(bytes[32]) >= 1, 33 + Int(bytes[32]) <= bytes.count else {
      return nil
    }
    let nameLength = Int(bytes[32])
    identifier = Array(bytes[33..<(33 + nameLength)])
    flags = bytes[25]
    // Interleaved pieces, and further volumes, are nothing that aptferry writes.
    isOrdinary = bytes[26] == 0 && bytes[27] == 0 && flags & DiscRecordReader.associatedFlag == 0
    let (sector, overflow) = DiscBytes.number32(bytes, at: 2)
      .addingReportingOverflow(UInt32(bytes[1]))
    extents = [
      DiscExtent(
        sector: overflow ? .max : sector,
        length: DiscBytes.number32(bytes, at: 10),
        isFollowed: flags & DiscRecordReader.followedFlag != 0
      )
    ]
    let start = 33 + nameLength + (nameLength.isMultiple(of: 2) ? 1 : 0)
    systemUse = start < bytes.count ? Array(bytes[start...]) : []
  }

  /// Whether it stands for the directory that it is in, or the one above.
  var isOfDirectoryItself: Bool { identifier == [0] || identifier == [1] }

  /// Whether the next record has a further piece of the file.
  var isFollowed: Bool { flags & DiscRecordReader.followedFlag != 0 }

  private var isDirectory: Bool { flags & DiscRecordReader.directoryFlag != 0 }

  mutating func append(_ record: DiscRecordReader) { extents += record.extents }

  /// What the records say together.
  func entry(in image: DiscImage) throws(Failure) -> DiscEntry {
    var name = identifier
    var kind: FileStatus.Kind = isDirectory ? .directory : .regular
    var isText = true
    switch image.naming {
    case .plain: name = DiscRecordReader.withoutVersion(identifier)
    case .joliet:
      (name, isText) = DiscRecordReader.narrow(identifier)
      name = DiscRecordReader.withoutVersion(name)
    case .rockRidge(let skipped):
      let fields = try SystemUse(Array(systemUse.dropFirst(skipped)), in: image)
      name = fields.name ?? DiscRecordReader.withoutVersion(identifier)
      isText = !fields.isSpecialName
      kind = fields.kind(of: kind)
    }
    let text = isText ? String(validating: name, as: UTF8.self) : nil
    let isUsable =
      text != nil && !name.isEmpty && ![[0x2e], [0x2e, 0x2e]].contains(name)
      && !name.contains(0x2f) && !name.contains(0)
    return DiscEntry(
      name: text ?? String(decoding: name, as: UTF8.self),
      isUsable: isUsable,
      kind: isOrdinary ? kind : .other,
      size: extents.reduce(0) { $0 + UInt64($1.length) },
      extents: extents
    )
  }

  /// The name as a mounted disc shows it.
  private static func withoutVersion(_ name: [UInt8]) -> [UInt8] {
    var shown = name
    if let semicolon = shown.lastIndex(of: 0x3b),
      shown[(semicolon + 1)...].allSatisfy({ (0x30...0x39).contains($0) })
    {
      shown = Array(shown[..<semicolon])
    }
    if shown.last == 0x2e, shown.count > 1 { shown.removeLast() }
    return shown
  }

  /// UTF-16 as UTF-8, and whether it is text at all.
  private static func narrow(_ name: [UInt8]) -> (name: [UInt8], isText: Bool) {
    guard name.count.isMultiple(of: 2) else { return (name, false) }
    let units = stride(from: 0, to: name.count, by: 2).map {
      UInt16(name[$0]) << 8 | UInt16(name[$0 + 1])
    }
    guard let text = String(validating: units, as: UTF16.self) else {
      return (Array(String(decoding: units, as: UTF16.self).utf8), false)
    }
    return (Array(text.utf8), true)
  }
}

/// Whose names a disc is read by.
enum DiscNaming {
  /// Rock Ridge, with so many bytes left out of each record.
  case rockRidge(skipped: Int)
  case joliet
  case plain
}
