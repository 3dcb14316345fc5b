internal import Depot
package import OpenPGP
package import SafeIO
package import Transfer
internal import Trust

extension Session {
  /// What the papers of the bundles on some media say.
  ///
  /// What this depot made, its ledger vouches for; other bundles are verified with these keys, or with
  /// those of the exporters that the depot pins. What nobody can verify here is said to be claimed.
  package func papers(
    of media: [String],
    with keys: [PublicKey]?,
    around: StoreSurroundings = StoreSurroundings()
  ) throws(Failure) -> [BundlePapers] {
    let depot = try root() == nil ? nil : try depot()
    var known = keys ?? []
    if keys == nil, let depot { known = try PinnedKeys.read(depot, role: .exporter) }
    let reading = PaperReading(depot: depot, keys: known, now: now)
    return try interruption.govern { () throws(Failure) in
      try reading.papers(of: media, among: try farMedia(media, around))
    }
  }

  /// What the papers of a bundle say that this depot made; its media may be anywhere.
  package func papers(ofBundle name: String) throws(Failure) -> BundlePapers {
    try PaperReading.papers(ofBundle: name, in: try depot())
  }

  /// Refuses a path that papers could not be written to, with a depot or without.
  package func checkPaper(_ path: String) throws(Failure) { _ = try paper(path) }

  /// Writes papers durably, at once or not at all, and never into the depot.
  package func writePaper(_ bytes: [UInt8], to path: String) throws(Failure) {
    try paper(path).write(bytes)
  }

  private func paper(_ path: String) throws(Failure) -> OutsideFile {
    let depot = try root() == nil ? nil : try depot()
    return try OutsideFile(path) { (directory, present) throws(Failure) in
      try Depot.requireOutsideAny(directory)
      try depot?.requireOutside(directory, replacing: present)
    }
  }
}
