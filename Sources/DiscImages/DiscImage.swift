package import SafeIO
private import Synchronization

/// The image of a disc, or a disc in its drive, that is read without being mounted: ISO 9660 with Rock
/// Ridge, with Joliet or plain.
///
/// Every byte of it may have been chosen by somebody else: nothing is followed without a bound, and
/// names and kinds are only reported. It is never written.
package final class DiscImage: Sendable {
  /// What it is called in messages.
  package let name: String
  /// The label of the volume, without what fills it up.
  package let label: String
  /// The length in bytes.
  package let length: UInt64
  let naming: DiscNaming
  private let file: SharedFile
  private let topExtent: DiscExtent
  private let entriesRead = Atomic<Int>(0)

  // By which paths a directory was entered, by its sector.
  private let entered = Mutex<[UInt32: [String]]>([:])

  /// How many names are read of a disc in all, some of them several times.
  private static let mostEntries = 3_000_000
  /// How many paths one directory may have: deep ones may have been moved, and have two.
  private static let mostPaths = 4

  /// Where descriptors are looked for, in sectors from 16 on.
  private static let mostDescriptors = 64

  /// Looks at an open file or device of `length` bytes.
  ///
  /// - Throws: `usage` when it is no such disc, `io` when it cannot be read.
  package init(_ file: consuming OpenFile, length: UInt64) throws(Failure) {
    name = file.name
    self.length = length
    let shared = SharedFile(file)
    self.file = shared
    let found = try DiscImage.descriptors(of: shared)
    guard let plain = found.plain, plain.count == DiscBytes.sector,
      DiscBytes.number16(plain, at: 128) == DiscBytes.sector
    else { throw DiscImage.noDisc(shared.file.name) }
    let label = plain[40..<72].reversed().drop { $0 == 0x20 || $0 == 0 }.reversed()
    self.label = String(decoding: label, as: UTF8.self)
    let top = DiscImage.top(plain)
    // Where the directory of long names cannot be read, the other one may do.
    if let skipped = try DiscImage.rockRidge(shared, top, hasOther: found.wide != nil) {
      (naming, topExtent) = (.rockRidge(skipped: skipped), top)
    } else if let wide = found.wide {
      (naming, topExtent) = (.joliet, DiscImage.top(wide))
    } else {
      (naming, topExtent) = (.plain, top)
    }
  }

  /// The directory that everything lies in.
  package var top: DiscDirectory { DiscDirectory(of: self, path: name, at: topExtent, below: []) }

  /// Counts a name that was read in a directory.
  ///
  /// - Throws: `unsafe` when they are more than any disc of ours has.
  func count(entry path: String) throws(Failure) {
    guard entriesRead.wrappingAdd(1, ordering: .relaxed).newValue <= DiscImage.mostEntries else {
      throw Failure(
        .unsafe,
        "disc-structure",
        "the directories of the disc list more than any that aptferry writes",
        subject: path,
        hint: "the disc or image was made to do harm: do not use it"
      )
    }
  }

  /// Whether a directory may be entered by a path; a disc whose directories are all one is not gone through.
  func enters(_ sector: UInt32, as path: String) -> Bool {
    entered.withLock { entered in
      let known = entered[sector, default: []]
      if known.contains(path) { return true }
      guard known.count < DiscImage.mostPaths else { return false }
      entered[sector, default: []].append(path)
      return true
    }
  }

  /// Equal for two ways to one image or drive.
  func identity() throws(Failure) -> String {
    let status = try file.file.status()
    return "\(status.device):\(status.inode)"
  }

  /// The failure of what is no disc.
  private static func noDisc(_ name: String) -> Failure {
    Failure(
      .usage,
      "no-disc",
      "this is no disc, and no image of one: it has no ISO 9660 volume",
      subject: name,
      hint:
        "name an image that aptferry wrote, the drive with the disc, or the directory where the "
        + "medium is mounted"
    )
  }

  private static func descriptors(
    of file: SharedFile
  ) throws(Failure) -> (plain: [UInt8]?, wide: [UInt8]?) {
    var (plain, wide): ([UInt8]?, [UInt8]?) = (nil, nil)
    let identifier = Array("CD001".utf8)
    for number in 0..<mostDescriptors {
      let at = UInt64(Int(DiscDescriptor.systemArea) + number) * UInt64(DiscBytes.sector)
      let bytes = try bytes(of: file, at: at, length: DiscBytes.sector)
      guard bytes.count == DiscBytes.sector, Array(bytes[1..<6]) == identifier else { break }
      switch bytes[0] {
      case 1 where plain == nil: plain = bytes
      case 2 where wide == nil && isJoliet(bytes): wide = bytes
      case 255: return (plain, wide)
      default: break
      }
    }
    return (plain, wide)
  }

  private static func isJoliet(_ bytes: [UInt8]) -> Bool {
    bytes[88] == 0x25 && bytes[89] == 0x2f && [0x40, 0x43, 0x45].contains(bytes[90])
  }

  private static func top(_ descriptor: [UInt8]) -> DiscExtent {
    DiscExtent(
      sector: DiscBytes.number32(descriptor, at: 158),
      length: DiscBytes.number32(descriptor, at: 166),
      isFollowed: false
    )
  }

  /// How many bytes Rock Ridge leaves out of each record; nil where the disc has no Rock Ridge.
  private static func rockRidge(
    _ file: SharedFile,
    _ top: DiscExtent,
    hasOther: Bool
  ) throws(Failure) -> Int? {
    let at = UInt64(top.sector) * UInt64(DiscBytes.sector)
    let bytes: [UInt8]
    do throws(Failure) {
      bytes = try self.bytes(of: file, at: at, length: DiscBytes.sector)
    } catch {
      guard hasOther, error.kind == .io else { throw error }
      return nil
    }
    // Behind a record of 34 bytes: SP 7 1 0xBE 0xEF, and the number.
    guard bytes.count > 41, bytes[0] >= 41, bytes[32] == 1,
      Array(bytes[34..<40]) == [0x53, 0x50, 7, 1, 0xBE, 0xEF]
    else { return nil }
    return Int(bytes[40])
  }

  /// Bytes of the disc; fewer at its end.
  func bytes(at offset: UInt64, length: Int) throws(Failure) -> [UInt8] {
    try DiscImage.bytes(of: file, at: offset, length: length)
  }

  private static func bytes(
    of file: SharedFile,
    at offset: UInt64,
    length: Int
  ) throws(Failure) -> [UInt8] {
    let block = Block(capacity: length)
    while block.room > 0 {
      if try read(file, into: block, at: offset + UInt64(block.count), limit: block.room) == 0 {
        break
      }
    }
    return Array(copying: Span(_bytes: block.bytes))
  }

  /// Reads at an offset of the disc; what cannot be read is named by its sector.
  func read(into block: Block, at offset: UInt64, limit: Int) throws(Failure) -> Int {
    try DiscImage.read(file, into: block, at: offset, limit: limit)
  }

  private static func read(
    _ file: SharedFile,
    into block: Block,
    at offset: UInt64,
    limit: Int
  ) throws(Failure) -> Int {
    do throws(Failure) {
      return try file.file.read(into: block, at: offset, limit: limit)
    } catch {
      guard error.kind == .io else { throw error }
      let sector = offset / UInt64(DiscBytes.sector)
      throw Failure(
        error.kind,
        error.name,
        error.reason + " (sector \(sector) of the disc)",
        subject: error.subject
      )
    }
  }
}
