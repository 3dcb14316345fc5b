internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import SafeIO

/// Takes chunks in that no medium has whole, made again from the others and parity.
struct ChunkRebuilding {
  let media: BundleMedia
  let manifest: Manifest
  let table: EntryTable
  let depot: Depot
  let sink: StagingSink

  /// Makes chunks again, and takes their contents in.
  ///
  /// - Parameters:
  ///   - lost: those that are missing or damaged on all media.
  ///   - progress: called with the number of bytes that were dealt with.
  ///   - arrived: told of each that is in; false when no more is wanted.
  /// - Returns: what the operator should know.
  /// - Throws: only what is no finding of the media.
  func run(
    _ lost: [Int],
    progress: (UInt64) -> Void,
    arrived: (Int) throws(Failure) -> Bool
  ) throws(Failure) -> [Note] {
    guard !lost.isEmpty, manifest.parity != nil else { return [] }
    let set: ParitySet
    do throws(Failure) {
      guard let read = try ParitySet.read(from: media, for: manifest) else { return [] }
      set = read
    } catch {
      guard [.integrity, .incomplete].contains(error.kind) else { throw error }
      return [.note("nothing could be made again from parity: \(error.reason)")]
    }
    var made: [Int] = []
    for start in stride(from: 0, to: lost.count, by: PassingChunks.most) {
      let wanted = Set(lost[start..<min(lost.count, start + PassingChunks.most)])
      let target = PassingChunks(in: depot.root)
      let repair = ParityRepair(media, of: manifest, with: set)
      for number in try repair.run(wanted, into: target, progress: progress).rebuilt {
        guard try take(number, from: target, progress) else { continue }
        made.append(number)
        guard try arrived(number) else { return [] }
      }
    }
    guard !made.isEmpty else { return [] }
    return [.note("made again from parity: chunks \(SpokenRanges.text(made.sorted()))")]
  }

  private func take(
    _ number: Int,
    from target: PassingChunks,
    _ progress: (UInt64) -> Void
  ) throws(Failure) -> Bool {
    let reader = try ChunkReader(chunk: number, of: manifest, table: table, proving: .contents)
    let outcome = try reader.read(
      MediumFile(try target.file(ofChunk: number)),
      "chunk \(number), made again from parity",
      scratch: depot.root,
      into: sink,
      progress: progress
    )
    target.drop(number)
    return outcome.isGood
  }
}
