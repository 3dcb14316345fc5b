package import DebianRepository
package import OpenPGP
package import SafeIO

/// Whom to believe about an upstream.
package struct UpstreamTrust: Sendable {
  /// The vendor's pinned keys; one good signature by one of them suffices.
  package var keys: [PublicKey]
  /// Whether a suite without any signature file is taken, as the operator said.
  ///
  /// A signature that is there and does not verify is refused all the same.
  package var allowUnsigned: Bool
  /// Whether a key that has expired since may still vouch for what it signed before; nothing else of
  /// such a key is passed over.
  package var acceptExpiredKeys = false
  /// Whether signatures are not checked here, because this site's policy is to believe what the
  /// exporter recorded (`Upstream: recorded`); everything else of the chain is checked.
  package var acceptRecorded: Bool
  /// The start of the command.
  package var now: UTCTime
  /// Refuses a suite whose signers are trusted, but not for it; answers what people should know.
  package var judge: Judge

  /// Decides on a suite whose signatures have been verified.
  package typealias Judge = @Sendable (VerifiedSuite) throws(Failure) -> [Note]

  package init(
    keys: [PublicKey],
    allowUnsigned: Bool = false,
    acceptRecorded: Bool = false,
    now: UTCTime,
    judge: @escaping Judge = { _ throws(Failure) in [] }
  ) {
    self.judge = judge
    self.keys = keys
    self.allowUnsigned = allowUnsigned
    self.acceptRecorded = acceptRecorded
    self.now = now
  }
}

/// What a check of an APT tree found: all that the vendor's signatures reach, and nothing else.
package struct ChainResult: Sendable {
  /// The suites, in the order asked for.
  package let suites: [VerifiedSuite]
  /// The Release files, the files that they list and the by-hash names that exist.
  package let indexes: FileList
  /// Everything that a snapshot of these suites is: the indexes, and what they list (packages,
  /// sources, installer images); empty when the taker of the files remembers them itself.
  package let files: FileList
  /// The indexes that were read, each once whatever forms it has, for summaries.
  package let counts: [IndexCount]
  /// What the indexes list and `files` does not have, in order.
  package let leftOut: [LeftOut]
  /// What is odd but no reason to refuse, for people.
  package let notes: [Note]
}

/// How many stanzas an index has.
package struct IndexCount: Hashable, Sendable {
  /// The path of the plain index below the archive's root.
  package let path: String
  /// Whether it lists source packages.
  package let isSources: Bool
  /// How many packages it lists that are wanted.
  package let stanzas: Int
  /// The sum of the sizes of their files, in bytes; saturates.
  package let bytes: UInt64

  package init(path: String, isSources: Bool, stanzas: Int, bytes: UInt64) {
    self.path = path
    self.isSources = isSources
    self.stanzas = stanzas
    self.bytes = bytes
  }
}

/// What has been found while the suites are read.
struct Gathered<Files: ArchiveFiles> {
  var indexes = FileList.Builder()
  var wanted: WantedFiles<Files>
  var counts: [IndexCount] = []
  var notes: [Note] = []
  /// Which packages are wanted; nil for all.
  let choice: StanzaChoice?
  private var usable = 0
  private var firstUnusable: Failure?

  init(from files: Files, leaving leaveOut: LeaveOut, _ choice: StanzaChoice? = nil) {
    self.choice = choice
    wanted = WantedFiles(from: files, leaving: leaveOut)
  }

  /// Takes in what an index has, and says which packages apt cannot install.
  mutating func add(_ found: IndexContent.Found, of name: String) {
    usable += found.usable
    firstUnusable = firstUnusable ?? found.reasons.first
    for reason in found.reasons {
      notes.append("\(name): \(reason.reason): apt cannot get that package, and it is left out")
    }
    let more = found.unusable - found.reasons.count
    if more > 0 { notes.append("\(name): \(more) more packages are left out in the same way") }
  }

  /// Refuses suites of whose packages apt can install none.
  func checkUsable() throws(Failure) {
    guard usable == 0, let firstUnusable else { return }
    throw firstUnusable
  }

  /// Takes in a Release file or one that it lists, which was taken.
  mutating func addIndex(_ taken: TakenFile) throws(Failure) {
    try indexes.add(taken)
    try wanted.addTaken(taken)
  }
}

/// The check of an APT tree from the vendor's signature to the last pool file.
package enum ChainOfTrust {
  /// Verifies the Release files of the suites, every index they list that is there, and every
  /// file that these indexes list, and takes them all.
  ///
  /// Listed files that are absent are normal for what Release lists; a pool file that a present
  /// index lists must be there.
  /// - Throws: `trust` for a missing or bad signature and for weak hashes, `integrity` for a file
  ///   that is not what its list says, `incomplete` for absent pool files or a suite without any
  ///   index, `unsafe` for paths and sizes that may not be.
  package static func check(
    suites: [String],
    files: some ArchiveFiles,
    trust: UpstreamTrust,
    leaving leaveOut: LeaveOut = .nothing
  ) throws(Failure) -> ChainResult {
    let releases = try SignedRelease.readAll(suites, files: files, trust: trust)
    return try follow(releases, files: files, leaving: leaveOut)
  }

  /// Takes all that verified Release files lead to, as far as it is selected; of packages those that are
  /// chosen, or all.
  ///
  /// - Throws: as `check`, but for signatures.
  package static func follow(
    _ releases: [SignedRelease],
    files: some ArchiveFiles,
    selection: ChainSelection = .everything,
    leaving leaveOut: LeaveOut = .nothing,
    choosing choice: StanzaChoice? = nil
  ) throws(Failure) -> ChainResult {
    var gathered = Gathered(from: files, leaving: leaveOut, choice)
    for signed in releases {
      gathered.notes += signed.notes
      try SuiteIndexes(signed: signed, files: files, selection: selection).take(into: &gathered)
    }
    try gathered.checkUsable()
    let indexes = try gathered.indexes.finish()
    let (all, leftOut, notes) = try gathered.wanted.takeAll(besides: indexes)
    return ChainResult(
      suites: releases.map(\.suite),
      indexes: indexes,
      files: all,
      counts: gathered.counts,
      leftOut: leftOut,
      notes: gathered.notes + notes
    )
  }

  /// Takes the Release file of a suite and the indexes that it leads to, as `follow` does before it
  /// takes what these list.
  ///
  /// - Throws: as `follow`, but for pool files.
  package static func indexes(
    of signed: SignedRelease,
    files: some ArchiveFiles,
    selection: ChainSelection,
    leaving leaveOut: LeaveOut
  ) throws(Failure) -> FileList {
    let nothing = StanzaChoice { _, _ in false }
    var gathered = Gathered(from: files, leaving: leaveOut, nothing)
    try SuiteIndexes(signed: signed, files: files, selection: selection).take(into: &gathered)
    return try gathered.indexes.finish()
  }
}

extension FileList.Builder {
  /// Takes all files of a list in.
  package mutating func add(_ list: FileList) throws(Failure) {
    for index in 0..<list.count {
      let path = Array(list.pathBytes(at: index))
      try add(path: path.span, size: list.size(at: index), digest: list.digest(at: index))
    }
  }
}
