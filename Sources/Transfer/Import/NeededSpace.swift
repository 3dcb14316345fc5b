internal import BundleFormat
internal import Depot
internal import Objects
internal import SafeIO

/// How much room an import needs in the depot's file system, known before anything is written.
struct NeededSpace {
  /// Content that the depot does not have, in bytes.
  let newBytes: UInt64
  /// How many files that is.
  let newFiles: UInt64
  /// Room for the private copy of the largest chunk that needs one, in bytes.
  private let slack: UInt64

  init(table: EntryTable, manifest: Manifest, arrived: Set<Int>, depot: Depot) throws(Failure) {
    var bytes: UInt64 = 0
    var files: UInt64 = 0
    var lastOffset: (chunk: UInt32, offset: UInt64)?
    for place in table.placements where !arrived.contains(Int(place.chunk)) {
      // Further names of one content follow it, at the same place.
      if let last = lastOffset, last == (place.chunk, place.offset) { continue }
      lastOffset = (place.chunk, place.offset)
      let digest = table.files.digest(at: Int(place.entry))
      let size = table.files.size(at: Int(place.entry))
      if try depot.objects.contains(digest, size: size) { continue }
      let (sum, overflow) = bytes.addingReportingOverflow(place.length)
      bytes = overflow ? .max : sum
      if place.part <= 1 { files += 1 }
    }
    newBytes = bytes
    newFiles = files
    // A chunk that parity makes again lies there whole, too.
    slack =
      manifest.chunks.filter { $0.isCompressed || manifest.parity != nil }.map(\.size).max() ?? 0
  }

  /// Refuses when the file system is too small.
  func check(_ depot: Depot) throws(Failure) {
    let free = try depot.freeSpace()
    let margin = newBytes / 50 + slack + (4 << 20)
    let (need, overflow) = newBytes.addingReportingOverflow(margin)
    guard !overflow, need <= free.bytes else {
      throw Failure(
        .resource,
        "depot-too-small",
        "the depot's file system is too small: \(ByteSize.text(need)) needed, "
          + "\(ByteSize.text(free.bytes)) free",
        subject: depot.root.path,
        hint:
          "free \(ByteSize.text(overflow ? need : need - free.bytes)) there and run the same command again"
      )
    }
    // Directories, lists and what the catalogue needs beside the objects.
    let inodesNeeded = newFiles + 1000
    if let inodes = free.inodes, inodesNeeded > inodes {
      throw Failure(
        .resource,
        "no-inodes",
        "the depot's file system has too few inodes: \(inodesNeeded) are needed, "
          + "\(inodes) are free",
        subject: depot.root.path,
        hint: "move the depot to a file system with more inodes"
      )
    }
  }
}
