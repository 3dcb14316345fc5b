internal import BundleFormat
internal import SafeIO

/// Finds the bundles' directories in what the user named: a bundle, a medium that holds some, or a
/// directory in which media are mounted.
///
/// The nearest ones count: below a bundle, or beside one, nothing deeper is looked at.
struct BundleSearch {
  private let top: MediumDirectory
  private let path: String
  private var found: [MediumDirectory] = []
  private var unreadable: Failure?
  private var count = 0

  /// How many directories are looked at.
  private static let mostDirectories = 10_000

  /// The directories of bundles in what the user named; under the bundles' own names, whatever the
  /// medium made of them.
  ///
  /// - Throws: `incomplete` when no bundle is there.
  static func directories(
    in path: String,
    among far: FarMedia
  ) throws(Failure) -> [MediumDirectory] {
    var search = BundleSearch(top: try MediumDirectory(opening: path, among: far), path: path)
    try search.run()
    return search.found
  }

  private init(top: MediumDirectory, path: String) { (self.top, self.path) = (top, path) }

  private mutating func run() throws(Failure) {
    if try BundleSearch.isBundle(top) {
      found = [try MediumNames.recognise(top, looksInside: true)]
      return
    }
    try look(below: top, looksInside: false)
    if found.isEmpty { try take(top, looksInside: false) }
    if found.isEmpty {
      try forEachDirectory(in: top) { (search, directory) throws(Failure) in
        try search.look(below: directory, looksInside: false)
      }
    }
    // By what is in the files: only where no name says anything.
    if found.isEmpty { try take(top, looksInside: true) }
    if found.isEmpty { try look(below: top, looksInside: true) }
    guard found.isEmpty else { return }
    throw unreadable ?? noBundle
  }

  private static func isBundle(_ directory: MediumDirectory) throws(Failure) -> Bool {
    if try directory.status("MANIFEST") != nil { return true }
    // A bundle with parity has its lists twice.
    return try directory.status(ParityList.directory + "/MANIFEST") != nil
  }

  private mutating func look(
    below parent: MediumDirectory,
    looksInside: Bool
  ) throws(Failure) {
    try forEachDirectory(in: parent) { (search, directory) throws(Failure) in
      try search.take(directory, looksInside: looksInside)
    }
  }

  private mutating func take(
    _ directory: MediumDirectory,
    looksInside: Bool
  ) throws(Failure) {
    let known = try MediumNames.recognise(directory, looksInside: looksInside)
    if try BundleSearch.isBundle(known) { found.append(known) }
  }

  private mutating func forEachDirectory(
    in parent: MediumDirectory,
    _ body: (inout BundleSearch, MediumDirectory) throws(Failure) -> Void
  ) throws(Failure) {
    for entry in try parent.list() where entry.kind == .directory && !isUnfinished(entry.name) {
      count += 1
      guard count <= BundleSearch.mostDirectories else { return }
      try Interruption.check()
      let before = found.count
      defer { if found.count == before { parent.forget(entry.name) } }
      do throws(Failure) {
        try body(&self, try parent.directory(entry.name))
      } catch {
        // Such as `lost+found`, which only root may open: no reason to refuse the bundle beside it.
        guard error.isOfMedium else { throw error }
        unreadable = error
      }
    }
  }

  /// Whether an export that was interrupted left it.
  private func isUnfinished(_ name: String) -> Bool {
    let folded = name.lowercased()
    return [PartialBundle.suffix, "_partial"].contains { folded.hasSuffix($0) }
  }

  private var noBundle: Failure {
    Failure(
      .incomplete,
      .noBundle,
      "there is no bundle here: neither this directory nor one in it has a MANIFEST",
      subject: path,
      hint: "name the directory <stream>-<sequence> on the medium; a directory that ends in "
        + ".partial is an export that was interrupted"
    )
  }
}
