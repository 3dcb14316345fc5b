internal import Objects
internal import SafeIO

/// A listing whose files the depot must keep, and who says so.
struct NeededListing: Sendable {
  /// Where the listing lies.
  enum Place: Hashable, Sendable {
    /// It is an object itself, and needed like its files.
    case object
    /// A staging with that name notes it; its files may lie there or in the depot.
    case staging(String)
  }

  /// The digest of the listing.
  let digest: SHA256Digest
  /// Where the listing lies.
  let place: Place
  /// Who needs it, for messages: `snapshot bookworm-1`.
  let user: String
}

extension Depot {
  /// Everything that holds objects of this depot: the one place that says what gc must leave.
  ///
  /// An object that no listing here names, and that is no listing here, is garbage.
  /// `doomed` are generations that count as gone already.
  func neededListings(without doomed: [GenerationRecord]) throws(Failure) -> [NeededListing] {
    try recordedListings(without: doomed) + notedListings()
  }

  /// What the catalogue says is needed; each listing is an object, and all of its files should be.
  ///
  /// Whoever adds a table that refers to objects adds its listings here.
  func recordedListings(
    without doomed: [GenerationRecord] = []
  ) throws(Failure) -> [NeededListing] {
    var needed: [NeededListing] = []
    func need(_ digest: SHA256Digest, _ user: String) {
      needed.append(NeededListing(digest: digest, place: .object, user: user))
    }
    for snapshot in try catalogue.snapshots() { need(snapshot.digest, "snapshot \(snapshot.name)") }
    for (mirror, listing) in try catalogue.mirrorListings() { need(listing, "mirror \(mirror)") }
    for repo in try catalogue.repos() { need(repo.listing, "repository \(repo.name)") }
    // Whatever its state: a prepared one may be what clients see.
    for generation in try catalogue.generations() where !doomed.contains(generation) {
      need(
        generation.listing,
        "publication \(generation.prefix), generation \(generation.number)"
      )
    }
    // What a site may still ask for again (`export --resend`), as long as nobody has said that it
    // arrived or is lost.
    for bundle in try catalogue.unacknowledgedExports() {
      // A list that went when nothing here held it cannot be asked for any more.
      for snapshot in bundle.snapshots where try objects.size(of: snapshot.digest) != nil {
        need(snapshot.digest, "bundle \(bundle.name), not acknowledged")
      }
    }
    // Between the medium and the ledger; written again from its snapshots if need be.
    for intent in try catalogue.exportIntents() {
      for snapshot in intent.record.snapshots {
        need(
          snapshot.digest,
          "export \(intent.record.stream) \(intent.record.sequence), snapshot \(snapshot.name)"
        )
      }
    }
    return needed
  }

  /// What commands that are not finished rely on, as their stagings note it.
  private func notedListings() throws(Failure) -> [NeededListing] {
    var needed: [NeededListing] = []
    for staging in try incoming.names() where try !isLeftover(staging) {
      for digest in try listings(noted: staging) {
        needed.append(
          NeededListing(digest: digest, place: .staging(staging), user: "unfinished \(staging)")
        )
      }
    }
    return needed
  }

  /// The listings that an unfinished import or mirror update goes on with.
  private func listings(noted staging: String) throws(Failure) -> [SHA256Digest] {
    let noted = try incoming.notedListings(in: staging)
    guard let manifest = StagingNames.manifest(ofImport: staging) else { return noted }
    // Every chunk is read again then, and what it has is looked for anew.
    if try catalogue.arrivals(of: manifest).isEmpty { return [] }
    guard noted.isEmpty else { return noted }
    throw unusable(staging, "an unfinished import does not say which objects it relies on")
  }

  /// Nothing may be guessed about what an unfinished command needs.
  func unusable(_ staging: String, _ what: String) -> Failure {
    Failure(
      .state,
      "unfinished",
      what,
      subject: incoming.describe(staging),
      hint: "run the command that it belongs to once more, to its end; if nobody ever will, remove "
        + "that directory"
    )
  }

  /// Whether nobody goes on with a staging; the locks of the depot and of all mirrors must be held.
  func isLeftover(_ staging: String) throws(Failure) -> Bool {
    if StagingNames.passing.contains(staging) { return true }
    if let manifest = StagingNames.manifest(ofImport: staging) {
      return try catalogue.accepted().contains { $0.manifest == manifest }
    }
    guard staging.hasPrefix(MirrorRecord.stagingPrefix) else { return false }
    return try !catalogue.mirrors().contains { $0.stagingName == staging }
  }
}
