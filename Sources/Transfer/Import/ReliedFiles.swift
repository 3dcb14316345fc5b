internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import Objects
internal import SafeIO

/// The files that lie in no chunk of an increment: admission is by content.
///
/// The depot must hold them, or a medium must have them as resent files.
struct ReliedFiles {
  /// The entries whose content is neither here nor on the media, in order.
  private(set) var lacking: [Int] = []
  /// Those of them that are here and damaged.
  private(set) var damaged: [SHA256Digest] = []
  /// The bytes that came as resent files.
  private(set) var newBytes: UInt64 = 0

  /// Looks for all of them, and takes what was resent into the staging when there is one.
  init(
    table: EntryTable,
    media: BundleMedia,
    objects: any ObjectStore,
    staging: Staging?
  ) throws(Failure) {
    for (entry, digest) in table.unplacedContents {
      let size = table.files.size(at: entry)
      if try objects.contains(digest, size: size) { continue }
      if let staging, try staging.contains(digest, size: size) { continue }
      if try ReliedFiles.take(digest, size: size, from: media, into: staging) {
        newBytes &+= size
      } else {
        lacking.append(entry)
        if try objects.size(of: digest) == size { damaged.append(digest) }
      }
    }
  }

  /// What earlier runs took of resent files, as far as it is whole.
  static func kept(_ table: EntryTable, in staging: Staging) throws(Failure) -> Set<SHA256Digest> {
    var kept: Set<SHA256Digest> = []
    for (entry, digest) in table.unplacedContents
    where try staging.contains(digest, size: table.files.size(at: entry)) {
      if try staging.check(digest, size: table.files.size(at: entry)) { kept.insert(digest) }
    }
    return kept
  }

  private static func take(
    _ digest: SHA256Digest,
    size: UInt64,
    from media: BundleMedia,
    into staging: Staging?
  ) throws(Failure) -> Bool {
    guard let staging else {
      return try ResentFiles.read(digest, size: size, from: media, begin: {}, { _ in })
    }
    var file: SharedFile?
    let isWhole = try ResentFiles.read(
      digest,
      size: size,
      from: media,
      begin: { () throws(Failure) in file = SharedFile(try staging.create(digest)) },
      { (bytes) throws(Failure) in try file?.file.write(bytes) }
    )
    if isWhole { try staging.keep(digest) }
    return isWhole
  }

  /// Refuses the bundle when something is lacking.
  func check(_ table: EntryTable, of manifest: Manifest, on media: BundleMedia) throws(Failure) {
    guard let first = lacking.first else { return }
    guard damaged.isEmpty else {
      throw Failure(
        .integrity,
        .damagedObject,
        "the bundle \(manifest.directory) relies on \(damaged.count) objects that are damaged in "
          + "this depot; what arrived is kept",
        subject: table.files.path(at: first),
        hint: "repair them: aptferry depot check --repair-from DIR, with a tree that has them; or "
          + "have them brought again: aptferry receipt request "
          + "\(media.words) --to FILE, and outside: aptferry export "
          + "--resend FILE --to DIR",
        details: damaged.map { "corrupt object \($0.hex)" }
      )
    }
    throw Failure(
      .incomplete,
      .objectsMissing,
      "the bundle \(manifest.directory) relies on \(lacking.count) files that this depot does not "
        + "have; what arrived is kept",
      subject: table.files.path(at: first),
      hint: "import the bundles before it; or carry a request out and what it brings in: aptferry "
        + "receipt request \(media.words) --to FILE, and outside: "
        + "aptferry export --resend FILE --to DIR"
    )
  }
}
