internal import BundleFormat
internal import DebianRepository
internal import Depot
internal import SafeIO
internal import Trust
internal import VendorChain

/// The rule against older states of a vendor's suite: of every suite that was taken in from a
/// bundle, by whatever stream, the newest Date is kept, and nothing older comes in after it.
///
/// It looks at what was verified here, never at what MANIFEST says.
struct SuiteFreshness {
  let catalogue: Catalogue
  let vendors: Vendors

  /// The newest state of the suite that was taken in, when the suite is older than that.
  ///
  /// - Parameters:
  ///   - suite: what comes in.
  ///   - packages: the packages of the snapshot that has it (`PackageStems`).
  /// - Returns: nil when nothing newer came before.
  /// - Throws: `io` and `state` when the catalogue cannot be read.
  func newer(
    than suite: VerifiedSuite,
    with packages: @autoclosure () -> PackageStems
  ) throws(Failure) -> SuiteDate? {
    guard let date = suite.date else { return nil }
    let known = try catalogue.newestDates(signedBy: signers(of: suite))
      .filter { $0.date > date && SuiteFreshness.isSame($0.suite, suite) }
      .sorted { $0.date > $1.date }
    for state in known where try hasCommonPackage(state, packages()) { return state }
    return nil
  }

  /// The keys that may have signed the same suite before: all of the vendor's.
  private func signers(of suite: VerifiedSuite) -> Set<String> {
    guard !suite.signedBy.isEmpty else { return [""] }
    return suite.signedBy.reduce(into: []) { $0.formUnion(vendors.keysOfSameVendor(as: $1)) }
  }

  /// Whether both may be states of one suite: the exporter chose where it lies, so what the vendor
  /// signed as its name counts as well as the distribution.
  ///
  /// Another Origin or Label is another suite. Flat repositories all may be called `./`.
  private static func isSame(_ known: SeenSuite, _ suite: VerifiedSuite) -> Bool {
    let (old, new) = (known.names, suite.names)
    guard old.origin == new.origin, old.label == new.label else { return false }
    let hasSameName: Bool? =
      if !old.codename.isEmpty && !new.codename.isEmpty {
        old.codename == new.codename
      } else if !old.suite.isEmpty && !new.suite.isEmpty {
        old.suite == new.suite
      } else {
        nil
      }
    if plain(known.distribution) == plain(suite.distribution) {
      return !Distribution.isFlat(suite.distribution) || hasSameName ?? true
    }
    return hasSameName ?? false
  }

  private static func plain(_ distribution: String) -> String {
    distribution == "/" ? "./" : distribution
  }

  /// Whether the two have a package in common, by the path before its version.
  ///
  /// Some vendors sign several repositories with one key and give all of them the same names. Two of
  /// them have no package in common; two states of one have. Where the snapshot is gone, or both have
  /// lists of different components and architectures only, nobody can say, and it counts as the same.
  private func hasCommonPackage(
    _ known: SuiteDate,
    _ packages: PackageStems
  ) throws(Failure) -> Bool {
    guard let record = try catalogue.findSnapshot(known.snapshot) else { return true }
    // Whoever chose its packages left others out: what it has says nothing of the repository.
    if record.kind == .composed { return true }
    let before = PackageStems.all(of: try catalogue.fileList(of: record))
    if before.stems.isEmpty || packages.stems.isEmpty { return true }
    guard before.stems.isDisjoint(with: packages.stems) else { return true }
    guard let known = before.places, let places = packages.places else { return false }
    return known.isDisjoint(with: places)
  }

  /// A newer state that came before.
  struct Newer {
    let date: UTCTime
    let snapshot: String
  }

  /// The refusal of a suite that is older than what came before.
  static func refusal(
    _ distribution: String,
    of date: UTCTime?,
    _ known: Newer,
    _ subject: String
  ) -> Failure {
    Failure(
      .freshness,
      "older-suite",
      "the vendor's Release file of \(distribution) is of \(date?.rfc3339 ?? "no date"), "
        + "older than that of \(known.snapshot), which came before: \(known.date)",
      subject: subject,
      hint: "ask the exporter; to import the older state anyway: --accept-older --reason TEXT"
    )
  }
}

/// The packages of a snapshot by their paths without version and architecture:
/// `pool/main/p/pier/pier`.
struct PackageStems {
  var stems: Set<String> = []
  /// Which lists of packages it has, as `main/binary-amd64`; empty text for one that lies elsewhere.
  ///
  /// Nil where nobody counted them.
  var places: Set<String>?

  static func all(of list: FileList) -> PackageStems {
    all((0..<list.count).lazy.map { list.pathBytes(at: $0) })
  }

  static func all(of table: EntryTable, snapshot: String) -> PackageStems {
    let prefix = snapshot.utf8.count + 1
    return all(
      table.range(ofSnapshot: snapshot).lazy.map { table.files.pathBytes(at: $0).dropFirst(prefix) }
    )
  }

  private static func all(_ paths: some Sequence<ArraySlice<UInt8>>) -> PackageStems {
    var (stems, places): (Set<String>, Set<String>) = ([], [])
    for path in paths {
      PathStem.add(path, to: &stems)
      if let place = place(path) { places.insert(place) }
    }
    return PackageStems(stems: stems, places: places)
  }

  /// The component and the architecture of a list of packages, by its path; nil for any other file.
  private static func place(_ path: ArraySlice<UInt8>) -> String? {
    let start = path.lastIndex(of: 0x2f).map { $0 + 1 } ?? path.startIndex
    let name = path[start...]
    guard ["Packages", "Sources"].contains(where: { name.starts(with: $0.utf8) }) else {
      return nil
    }
    let parts = String(decoding: path, as: UTF8.self).split(separator: "/").dropLast()
    guard let last = parts.last, last.hasPrefix("binary-") || last == "source" else { return "" }
    return parts.suffix(2).joined(separator: "/")
  }
}
