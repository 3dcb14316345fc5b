internal import DebianRepository
internal import Depot
internal import SafeIO
internal import VendorChain

extension MirrorUpdate {
  /// A suite as it is going to be recorded.
  struct NewState {
    let state: MirrorState
    /// Its files; nil when the upstream had nothing new.
    let list: FileList?
    let packages: PackageCounts
    /// What there is beside packages.
    let kinds: [KindSize]
  }

  /// Whether a state is looked at again although the upstream has nothing new: something was left out
  /// that may be there now, or something else is wanted since.
  private func mustFollow(_ state: MirrorState) -> Bool {
    state.leftOut.contains { if case .file = $0.place { true } else { false } }
      || isEdited(state) || state.filter != request.mirror.filter
  }

  /// Whether the upstream has nothing new of a suite, and nothing else is wanted of it.
  private func isAsBefore(_ release: SignedRelease) -> Bool {
    guard let before = known(release) else { return false }
    return before.release == release.files[0].sha256 && !mustFollow(before)
  }

  /// Whether the mirror was another one when this state was taken.
  func isEdited(_ state: MirrorState) -> Bool {
    request.mirror.edited.map { $0 >= state.updated } ?? false
  }

  /// What is taken of all suites; nil for everything, or where nothing is new.
  func choose(
    _ releases: [SignedRelease],
    _ files: UpstreamFiles
  ) throws(Failure) -> MirrorChoosing.Choice? {
    guard let choosing = request.choosing, !releases.allSatisfy(isAsBefore) else { return nil }
    var suites: [MirrorChoosing.Suite] = []
    for release in choosing.needsIndexes ? releases : [] {
      files.beginIndexes()
      let indexes = try ChainOfTrust.indexes(
        of: release,
        files: files,
        selection: selection,
        leaving: leaveOut(of: release)
      )
      suites.append(MirrorChoosing.Suite(suite: SuiteRecord(release.suite), indexes: indexes))
    }
    let choice = try choosing.choose(suites) { (digest) throws(Failure) in
      try files.openIndex(digest)
    }
    notes += choice.notes
    return choice
  }

  /// What may be left out of a suite: what this very state leaves out was allowed before.
  private func leaveOut(of release: SignedRelease) -> LeaveOut {
    guard let before = known(release), before.release == release.files[0].sha256 else {
      return request.leaveOut
    }
    return request.leaveOut.and(before.leftOut)
  }

  /// Fetches all of a suite that is wanted and not here.
  func follow(
    _ release: SignedRelease,
    _ files: UpstreamFiles,
    _ choice: MirrorChoosing.Choice?
  ) throws(Failure) -> NewState {
    let main = release.files[0]
    let before = known(release)
    // What a package needs may be in another suite, which is new.
    let isChosenAnew = choice != nil && request.choosing?.needsIndexes == true
    if let before, isAsBefore(release), !isChosenAnew {
      notes += release.notes
      var counts = PackageCounts()
      counts.kept = before.indexes.reduce(0) { $0 + $1.packages }
      return NewState(state: before, list: nil, packages: counts, kinds: [])
    }
    files.beginIndexes()
    let result = try ChainOfTrust.follow(
      [release],
      files: files,
      selection: selection,
      leaving: leaveOut(of: release),
      choosing: choice?.takes
    )
    notes += result.notes
    notes += MirrorReach.notes(on: release, result.files, selection)
    let old = try before.map { (state) throws(Failure) in
      try depot.catalogue.fileList(
        state.listing,
        name: "the listing of mirror \(request.mirror.name)"
      )
    }
    let list = result.files
    let state = MirrorState(
      suite: SuiteRecord(release.suite),
      names: ReleaseNames(of: release.release),
      validUntil: release.release.validUntil,
      release: main.sha256 ?? list.listDigest,
      isInRelease: main.path.hasSuffix("InRelease"),
      lastModified: files.releases.answer(for: main.path)?.lastModified ?? "",
      listing: list.listDigest,
      files: UInt64(list.count),
      bytes: list.totalSize,
      updated: request.now,
      indexes: result.counts.map { count in
        MirrorIndex(
          path: count.path,
          isSources: count.isSources,
          packages: UInt64(count.stanzas),
          bytes: count.bytes
        )
      },
      leftOut: result.leftOut,
      filter: request.mirror.filter
    )
    return NewState(
      state: state,
      list: list,
      packages: PackageCounts.compare(old, list),
      kinds: KindSize.all(of: release.release, selection)
    )
  }
}
