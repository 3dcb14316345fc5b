internal import DebianRepository
internal import Depot
internal import OpenPGP
internal import SafeIO

/// Settles the times of the Release files of a recipe, and writes and signs those of this site that
/// are new.
struct Composition {
  let depot: Depot
  let now: UTCTime
  let ownKey: Publisher.OwnKey

  /// The Release files of this site, and what the operator should know.
  struct Composed {
    var releases: [GenerationPlan.SiteRelease] = []
    /// The bytes of those that are new; they are no objects yet.
    var texts: [[UInt8]] = []
    /// How many distributions would get Release files, but for a dry run.
    var unsigned = 0
    var notes: [Note] = []
  }

  /// How much the clock may go back between two commands, in seconds.
  private static let tolerance: Int64 = 60

  func compose(
    _ recipe: inout PublicationRecipe,
    _ sources: RecipeSources,
    beside old: PublicationRecipe?,
    current: FileList?,
    isDryRun: Bool
  ) throws(Failure) -> Composed {
    var result = Composed()
    // Servers compare the times of files for “not modified”: they only ever grow.
    let before = old?.distributions.compactMap { $0.release?.modified.seconds }.max() ?? .min
    let modified = UTCTime(seconds: max(now.seconds, before < .max ? before + 1 : before))
    let signsAnew = old?.signers != recipe.signers || old?.url != recipe.url
    var fresh: [Fresh] = []
    var keys: [SigningKey] = []
    var publicKeys: [PublicKey]?
    for index in recipe.distributions.indices {
      let distribution = recipe.distributions[index]
      let previous = old?.distribution(distribution.name)
      let view = sources.views[index]
      if let previous, previous.release != nil, !distribution.differs(from: previous),
        !distribution.wantsRenewal(at: now), !(signsAnew && distribution.mode.hasResigned),
        try isSigned(distribution, recipe, in: current, by: &publicKeys)
      {
        recipe.distributions[index].release = previous.release
        if distribution.mode.hasResigned, let current {
          result.releases.append(present(distribution, in: current))
        }
        continue
      }
      let times = try settle(distribution, after: previous, view, &result.notes)
      recipe.distributions[index].release = .init(
        date: times.date,
        modified: modified,
        newest: times.newest
      )
      guard let date = times.date else { continue }
      if keys.isEmpty { keys = try telling { () throws(Failure) in try signers(recipe) } }
      let text = release(recipe, view, date: date, keys)
      fresh.append(Fresh(distribution: distribution.name, bytes: text.bytes))
      note(view, text, &result.notes)
      try noteSigners(view, &result.notes)
    }
    if isDryRun {
      result.unsigned = fresh.count
    } else if !fresh.isEmpty {
      try sign(fresh, with: keys, into: &result)
    }
    return result
  }

  /// A Release file of this site that is to be signed.
  private struct Fresh {
    let distribution: String
    let bytes: [UInt8]
  }

  /// The times of a distribution's new Release, and notes about what clients will make of them.
  private func settle(
    _ distribution: DistributionRecipe,
    after previous: DistributionRecipe?,
    _ view: SuiteView,
    _ notes: inout [Note]
  ) throws(Failure) -> (date: UTCTime?, newest: UTCTime?) {
    var newest: UTCTime?
    let date = try date(of: distribution, after: previous, view, newest: &newest, &notes)
    noteVendor(view, previous, try vendorDate(of: previous), &notes)
    let shown = date ?? view.base.release.date
    return (date, [newest, shown].compactMap(\.self).max())
  }

  private func release(
    _ recipe: PublicationRecipe,
    _ view: SuiteView,
    date: UTCTime,
    _ keys: [SigningKey]
  ) -> ReleaseText {
    // Without links there is no way to what was before.
    let url = (recipe.hasLinks ? recipe.url : nil).map { url in
      (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/snapshots/@SNAPSHOTID@/"
    }
    return view.release(date: date, signers: keys.map(\.fingerprint.text), snapshotsURL: url)
  }

  /// Signs all new Release files in one go.
  private func sign(
    _ fresh: [Fresh],
    with keys: [SigningKey],
    into result: inout Composed
  ) throws(Failure) {
    let signed = try telling { () throws(Failure) in
      try SigningKey.sign(fresh.map(\.bytes), with: keys)
    }
    for (one, signature) in zip(fresh, signed) {
      let files = [
        ("InRelease", signature.clearsigned), ("Release", one.bytes),
        ("Release.gpg", signature.detached),
      ]
      result.texts += files.map(\.1)
      result.releases.append(
        .init(
          distribution: one.distribution,
          files: files.map { ($0.0, UInt64($0.1.count), SHA256Digest.of($0.1)) }
        )
      )
    }
  }

  /// gpg has its own words for a full disk: that it finds no key, that it cannot lock.
  private func telling<Value>(
    _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    do throws(Failure) {
      return try body()
    } catch {
      let free = try depot.root.freeSpace()
      // It has removed its own files again when the question comes.
      guard free.bytes < 1 << 18 || (free.inodes ?? .max) < 64 else { throw error }
      throw Failure(
        .resource,
        "no-space",
        "could not sign, for the depot's file system is full: \(error.reason)",
        subject: depot.root.path,
        hint: "free space on that file system and run the same command again"
      )
    }
  }

  /// The keys that sign what this site signs of a recipe.
  func signers(_ recipe: PublicationRecipe) throws(Failure) -> [SigningKey] {
    if recipe.signers.isEmpty { return try ownKey() }
    var keys: [SigningKey] = []
    for signer in recipe.signers {
      guard let fingerprint = Fingerprint(signer.fingerprint) else {
        throw Failure(.usage, "arguments", "this is not a fingerprint", subject: signer.fingerprint)
      }
      if let home = signer.home {
        keys.append(SigningKey(home: home, fingerprint: fingerprint))
        continue
      }
      guard let own = try ownKey().first(where: { $0.fingerprint == fingerprint }) else {
        throw Failure(
          .configuration,
          "no-secret-key",
          "the depot's own key is another one",
          subject: fingerprint.text,
          hint: "say where this key is: --gnupg-home DIR"
        )
      }
      keys.append(own)
    }
    return keys
  }

  /// Whether the keys that sign now signed all that this site signs in the tree of a listing.
  func isSigned(_ recipe: PublicationRecipe, in list: FileList) throws(Failure) -> Bool {
    var keys: [PublicKey]?
    for distribution in recipe.distributions {
      guard try isSigned(distribution, recipe, in: list, by: &keys) else { return false }
    }
    return true
  }

  /// Whether the keys that sign now signed what clients have, where this site signs it.
  ///
  /// The depot's own key is another one after a rotation, though the recipe says the same.
  private func isSigned(
    _ distribution: DistributionRecipe,
    _ recipe: PublicationRecipe,
    in current: FileList?,
    by known: inout [PublicKey]?
  ) throws(Failure) -> Bool {
    guard distribution.mode.hasResigned, let current else { return true }
    let keys: [PublicKey]
    if let known {
      keys = known
    } else {
      keys = try signers(recipe).map { (key) throws(Failure) in try key.publicKey() }
      known = keys
    }
    return try SiteSignature.isSigned(distribution, in: current, by: keys, of: depot)
  }

  /// The Release files that clients have: of a distribution that stays as it is.
  private func present(
    _ distribution: DistributionRecipe,
    in list: FileList
  ) -> GenerationPlan.SiteRelease {
    var files: [(name: String, size: UInt64, digest: SHA256Digest)] = []
    for name in SuiteSource.releaseNames {
      guard let index = list.index(of: distribution.directory + name) else { continue }
      files.append((name, list.size(at: index), list.digest(at: index)))
    }
    return .init(distribution: distribution.name, files: files)
  }

  /// `Date` of a new Release of this site; nil when there is none.
  ///
  /// It never goes back: apt keeps the lists that it has when it does.
  private func date(
    of distribution: DistributionRecipe,
    after previous: DistributionRecipe?,
    _ view: SuiteView,
    newest: inout UTCTime?,
    _ notes: inout [Note]
  ) throws(Failure) -> UTCTime? {
    var seen = previous?.release.flatMap { $0.newest ?? $0.date }
    if seen == nil { seen = try vendorDate(of: previous) }
    newest = seen
    guard distribution.mode.hasResigned else {
      // Clients of a Release that was signed here need another key first.
      if let seen, let date = view.base.release.date, date < seen,
        previous?.mode.hasResigned != true
      {
        notes.append(
          .note(
            "\(distribution.name): clients that have seen the Release of \(seen) keep it: the "
              + "vendor's of \(date) is older, and apt takes no older one; a Release of this site "
              + "would be taken: --mode resigned"
          )
        )
      }
      return nil
    }
    guard let seen, seen > now else { return now }
    guard seen.seconds - now.seconds <= Composition.tolerance else {
      throw Failure(
        .freshness,
        "clock-behind",
        "clients have seen a Release of \(seen), and the clock says \(now): apt would not take a "
          + "Release of now",
        subject: distribution.name,
        hint: "set this host's clock"
      )
    }
    return seen
  }

  /// `Date` of the vendor's Release that a distribution was made from.
  private func vendorDate(of previous: DistributionRecipe?) throws(Failure) -> UTCTime? {
    guard let previous else { return nil }
    let record = try depot.catalogue.findSnapshot(previous.snapshot.name)
    return record?.suites.first { $0.distribution == previous.source }?.date
  }
}

extension DistributionRecipe {
  /// Whether it is made otherwise; when it was made is no matter.
  func differs(from other: DistributionRecipe) -> Bool {
    var (left, right) = (self, other)
    left.dropNotes()
    right.dropNotes()
    return left != right
  }
}
