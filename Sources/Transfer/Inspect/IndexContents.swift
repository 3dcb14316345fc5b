internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import Objects
internal import SafeIO
internal import VendorChain

/// The contents of selected entries, taken from the media into private files without names.
final class IndexContents {
  private var files: [String: SharedFile] = [:]
  private var contents: [SHA256Digest: SharedFile] = [:]
  /// What could not be read, and why.
  private(set) var notes: [Note] = []

  init(
    _ selection: IndexSelection,
    media: BundleMedia,
    manifest: Manifest,
    table: EntryTable
  ) throws(Failure) {
    let scratch = try Directory(opening: "/tmp")
    let chunks = Set(table.placements.filter { selection.entries.contains($0.entry) }.map(\.chunk))
    for number in chunks.sorted() {
      try read(Int(number), selection, media, manifest, table, scratch)
    }
    for (path, file) in files {
      if let index = table.files.index(of: path) { contents[table.files.digest(at: index)] = file }
    }
  }

  /// The content of an entry by its path; nil when it could not be had.
  func file(_ path: String) -> SharedFile? { files[path] }

  /// A content that was taken from the media, from its first byte on; nil when it was not.
  func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile? {
    guard let shared = contents[digest] else { return nil }
    try shared.file.seek(to: 0)
    return try shared.file.duplicate()
  }

  /// The Release files of a snapshot, as far as they are on the media or in the depot.
  func releases(
    of snapshot: String,
    _ table: EntryTable,
    _ objects: any ObjectStore
  ) -> ReleasesAtHand {
    ReleasesAtHand(snapshot: snapshot, contents: self, table: table, objects: objects)
  }

  private func read(
    _ number: Int,
    _ selection: IndexSelection,
    _ media: BundleMedia,
    _ manifest: Manifest,
    _ table: EntryTable,
    _ scratch: Directory
  ) throws(Failure) {
    let places = table.placements(inChunk: number).filter { selection.entries.contains($0.entry) }
    for candidate in media.candidates(forChunk: number, of: manifest) {
      guard try candidate.directory.status(candidate.path)?.size == manifest.chunks[number - 1].size
      else { continue }
      guard manifest.chunks[number - 1].isCompressed else {
        let shared = try candidate.directory.file(candidate.path)
        for place in places where place.part == 0 {
          let path = table.files.path(at: Int(place.entry))
          files[path] = try copy(place, of: shared, table, scratch)
          if files[path] == nil { notes.append("\(candidate.place): damaged at \(path)") }
        }
        return
      }
      let sink = Collector(selection, table, scratch)
      let reader = try ChunkReader(chunk: number, of: manifest, table: table)
      let outcome = try reader.read(candidate, scratch: nil, into: sink)
      if outcome.isGood {
        files.merge(sink.files) { _, new in new }
        return
      }
      notes.append(.note("\(outcome.place): " + outcome.faults.joined(separator: "; ")))
    }
    let name = manifest.chunkName(number)
    notes.append("chunks/\(name) is not here (or damaged): its indexes could not be read")
  }

  /// Copies one entry out of a stored chunk; nil when it is not what ENTRIES says.
  private func copy(
    _ place: Placement,
    of chunk: MediumFile,
    _ table: EntryTable,
    _ scratch: Directory
  ) throws(Failure) -> SharedFile? {
    let copy = SharedFile(try scratch.unnamedFile())
    let block = Block()
    var hasher = SHA256Hasher()
    var done: UInt64 = 0
    while done < place.length {
      block.clear()
      let limit = Int(clamping: place.length - done)
      guard try chunk.read(into: block, at: place.offset + done, limit: limit) > 0 else {
        return nil
      }
      hasher.update(block.bytes)
      try copy.file.write(block.bytes)
      done += UInt64(block.count)
      try Interruption.check()
    }
    guard hasher.finish() == table.files.digest(at: Int(place.entry)) else { return nil }
    try copy.file.seek(to: 0)
    return copy
  }

  /// Keeps the selected entries of a compressed chunk.
  private final class Collector: ChunkSink {
    private let selection: IndexSelection
    private let table: EntryTable
    private let scratch: Directory
    private var current: SharedFile?
    var files: [String: SharedFile] = [:]

    init(_ selection: IndexSelection, _ table: EntryTable, _ scratch: Directory) {
      self.selection = selection
      self.table = table
      self.scratch = scratch
    }

    private func wanted(_ member: ChunkLayout.Member) -> [UInt32] {
      member.placements.map { table.placements[$0].entry }
        .filter { selection.entries.contains($0) }
    }

    func begin(_ member: ChunkLayout.Member) throws(Failure) {
      current = nil
      guard member.part == 0, !wanted(member).isEmpty else { return }
      current = SharedFile(try scratch.unnamedFile())
    }

    func write(_ bytes: RawSpan) throws(Failure) { try current?.file.write(bytes) }

    func end(_ member: ChunkLayout.Member, isGood: Bool) throws(Failure) {
      guard let current, isGood else { return }
      try current.file.seek(to: 0)
      for entry in wanted(member) { files[table.files.path(at: Int(entry))] = current }
    }
  }
}

/// The Release files of a snapshot of a bundle, each with the digest that ENTRIES states.
struct ReleasesAtHand: ReleaseSource {
  let snapshot: String
  let contents: IndexContents
  let table: EntryTable
  let objects: any ObjectStore

  func contents(of path: String, limit: Int) throws(Failure) -> [UInt8]? {
    guard let index = table.files.index(of: "\(snapshot)/\(path)") else { return nil }
    let digest = table.files.digest(at: index)
    if let file = try contents.open(digest) { return try file.readAll(limit: limit) }
    guard try objects.size(of: digest) != nil else { return nil }
    let bytes = try objects.open(digest).readAll(limit: limit)
    return SHA256Digest.of(bytes) == digest ? bytes : nil
  }
}
