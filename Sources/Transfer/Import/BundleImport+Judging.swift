internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import Objects
internal import SafeIO

/// What is odd about the media themselves.
extension BundleImport {
  /// How many strangers are named.
  private static let mostNamed = 10

  /// Notes names that a medium changed, and what it has that nobody signed.
  func noteMedia() throws(Failure) {
    let changed = media.media.flatMap(\.directory.changedNames)
    if let first = changed.first {
      let count = Counted.text(changed.count, "name")
      notes.append(
        .note("the media changed \(count), such as \(first.place), which is \(first.path)")
      )
    }
    let strangers = try media.unknown(to: manifest)
    guard !strangers.isEmpty else { return }
    let names = strangers.prefix(BundleImport.mostNamed).joined(separator: ", ")
    let count = Counted.text(strangers.count, "stranger")
    notes.append(
      .note(
        "\(count) on the media, not looked at: \(names)"
          + (strangers.count > BundleImport.mostNamed ? ", …" : "")
      )
    )
  }
}

/// What a dry run says of a bundle.
extension BundleImport {
  /// Judges the bundle as an import will, as far as the media at hand show it.
  func judge(_ table: EntryTable, _ trust: BundleTrust, _ arrived: Set<Int>) throws(Failure) {
    try noteRetired()
    try judgeSuites(trust, table)
    try refuseIncomplete(table, arrived)
  }

  /// What an import would find missing in the end, said by a dry run already.
  private func refuseIncomplete(_ table: EntryTable, _ arrived: Set<Int>) throws(Failure) {
    var missing: [Int] = []
    for index in manifest.chunks.indices where !arrived.contains(index + 1) {
      guard media.candidates(forChunk: index + 1, of: manifest).isEmpty,
        try !ChunkImport.isHeld(index + 1, table, depot)
      else { continue }
      missing.append(index + 1)
    }
    if !missing.isEmpty {
      guard try isRestored(missing) else {
        throw ChunkImport.missing(missing, of: manifest, on: media, "none is kept")
      }
      notes.append(
        .note("\(Counted.text(missing.count, "chunk")) on no medium: parity makes good what lacks")
      )
    }
    let relied = try ReliedFiles(
      table: table,
      media: media,
      objects: depot.objects,
      staging: nil
    )
    guard isFirst || relied.lacking.isEmpty else {
      notes.append(
        .note(
          "it relies on \(relied.lacking.count) files that this depot does not have, unless the bundles "
            + "before it bring them"
        )
      )
      return
    }
    try relied.check(table, of: manifest, on: media)
  }

  /// Whether parity makes up for chunks that are on no medium.
  private func isRestored(_ chunks: [Int]) throws(Failure) -> Bool {
    do throws(Failure) {
      return try ParitySet.read(from: media, for: manifest)?.restores(chunks, on: media) ?? false
    } catch {
      guard [.integrity, .incomplete].contains(error.kind) else { throw error }
      return false
    }
  }

  /// The suites of the bundle as far as the first medium shows them, judged as the import will.
  private func judgeSuites(_ trust: BundleTrust, _ table: EntryTable) throws(Failure) {
    let wanted = IndexSelection(
      manifest: manifest,
      table: table,
      isVerified: true,
      onlyReleases: true
    )
    let contents = try IndexContents(wanted, media: media, manifest: manifest, table: table)
    let standings = SuiteStanding.all(
      of: manifest,
      trust,
      table,
      contents,
      depot.objects,
      allowsOlder: isOlder || request.reasonForOlder != nil
    )
    if let refusal = standings.compactMap(\.refusal).first { throw refusal }
    var findings = ChainCheck.Findings()
    for standing in standings {
      guard let record = standing.verified else { continue }
      findings.suites[standing.snapshot, default: []].append(record)
    }
    notes += manifest.snapshots.flatMap(trust.notes)
    suites = arrivals(findings, trust)
    try request.beforeCommit(records(findings))
  }
}
