internal import Comparison
internal import DebianRepository
package import Depot
internal import Objects
package import SafeIO
internal import Trust
internal import VendorChain

/// Which vendor's signature stands behind each package of a snapshot, verified anew.
package struct ProvenanceReport: Sendable {
  /// The signed state of a vendor's suite.
  package struct Proof: Sendable {
    /// The suite as its vendor's clients name it.
    package let suite: String
    package let date: UTCTime?
    /// The vendor's keys, by primary fingerprint; empty where this site does not check signatures.
    package let signers: [String]
    /// What the vendor is called here.
    package let vendors: [String]
  }

  /// A package, and what stands behind it.
  package struct Package: Sendable {
    package let suite: String
    package let name: String
    package let version: String
    /// `source` for a source package.
    package let architecture: String
    /// The position of its proof; nil where no vendor vouches for it.
    package let proof: Int?
  }

  package let snapshot: SnapshotReference
  package let kind: SnapshotRecord.Kind
  package internal(set) var proofs: [Proof] = []
  /// In the order of the indexes; one that stands in several of a suite comes once.
  package internal(set) var packages: [Package] = []
  /// The exporters that vouched for what no vendor does.
  package let vouchers: [String]
}

extension Session {
  /// Verifies again what vouches for the packages of a snapshot, with the keys that are pinned now.
  ///
  /// - Throws: `trust` where a signature is not by a pinned key, `integrity` for a package that is another
  ///   than its vendor's.
  package func provenance(ofSnapshot name: String) throws(Failure) -> ProvenanceReport {
    let depot = try depot()
    return try interruption.govern { () throws(Failure) in
      try ProvenanceSearch(try depot.catalogue.snapshot(name), depot).run()
    }
  }
}

/// The check of one snapshot of the depot.
private struct ProvenanceSearch {
  let record: SnapshotRecord
  let depot: Depot
  let vendors: Vendors
  let archive: ListedArchive

  init(_ record: SnapshotRecord, _ depot: Depot) throws(Failure) {
    (self.record, self.depot) = (record, depot)
    vendors = try Vendors(depot)
    archive = ListedArchive(list: try depot.catalogue.fileList(of: record), objects: depot.objects)
  }

  func run() throws(Failure) -> ProvenanceReport {
    var report = ProvenanceReport(
      snapshot: SnapshotReference(name: record.name, digest: record.digest),
      kind: record.kind,
      vouchers: Set(record.suites.flatMap(\.vouchedBy)).sorted()
    )
    switch record.kind {
    case .verbatim: try ofVendors(&report)
    case .composed: try ofComposer(&report)
    }
    return report
  }

  /// As it was judged when it came in: keys may have expired since.
  private func trust(allowUnsigned: Bool) throws(Failure) -> UpstreamTrust {
    var trust = UpstreamTrust(
      keys: try PinnedKeys.read(try depot.catalogue.trust(role: .upstream), depot),
      allowUnsigned: allowUnsigned,
      acceptRecorded: depot.configuration.upstream == .recorded,
      now: record.created,
      judge: vendors.judge(for: depot)
    )
    trust.acceptExpiredKeys = true
    return trust
  }

  private func proof(_ suite: VerifiedSuite) -> ProvenanceReport.Proof {
    ProvenanceReport.Proof(
      suite: suite.distribution,
      date: suite.date,
      signers: suite.signedBy,
      vendors: vendors.identity(of: suite).names
    )
  }

  private func ofComposer(_ report: inout ProvenanceReport) throws(Failure) {
    var packages: [ProvenanceReport.Package] = []
    let result = try ComposedChain.check(
      suites: record.suites.map(\.distribution),
      trees: try ProvenanceTree.all(in: archive.paths(below: ProvenanceTree.root)),
      files: archive,
      trust: try trust(allowUnsigned: false)
    ) { suite, stanza, proof in
      packages.append(ProvenanceSearch.package(stanza, suite, proof))
    }
    report.proofs = result.proofs.map { proof($0.suite) }
    report.packages = packages
  }

  private func ofVendors(_ report: inout ProvenanceReport) throws(Failure) {
    let result = try ChainOfTrust.check(
      suites: record.suites.map(\.distribution),
      files: archive,
      trust: try trust(allowUnsigned: record.suites.contains(where: \.isUnsigned)),
      leaving: LeaveOut(claimed: record.leftOut)
    )
    var positions: [String: Int] = [:]
    for suite in result.suites where suite.signature != .unsigned {
      positions[suite.distribution] = report.proofs.count
      report.proofs.append(proof(suite))
    }
    var seen: [String: Set<SHA256Digest>] = [:]
    var packages: [ProvenanceReport.Package] = []
    try SnapshotComparison.forEachStanza(
      of: SnapshotComparison.State(files: archive.list, suites: record.suites.map(\.distribution))
    ) { (digest) throws(Failure) in
      try depot.objects.open(digest)
    } _: { (suite, stanza) in
      guard stanza.unusable == nil,
        seen[suite, default: []].insert(stanza.identity(.binary)).inserted
      else { return }
      packages.append(ProvenanceSearch.package(stanza, suite, positions[suite]))
    }
    report.packages = packages
  }

  private static func package(
    _ stanza: PackageStanza,
    _ suite: String,
    _ proof: Int?
  ) -> ProvenanceReport.Package {
    ProvenanceReport.Package(
      suite: suite,
      name: stanza.package,
      version: stanza.version,
      architecture: stanza.architecture,
      proof: proof
    )
  }
}

/// The files of a snapshot of the depot, as its listing has them.
final class ListedArchive: ArchiveFiles {
  let list: FileList
  private let objects: any ObjectStore

  init(list: FileList, objects: any ObjectStore) { (self.list, self.objects) = (list, objects) }

  /// The listing is enough.
  var remembersTaken: Bool { true }

  func paths(below directory: String) -> [String] {
    list.indices(withPrefix: directory).map { list.path(at: $0) }
  }

  func contents(of path: String, limit: Int) throws(Failure) -> [UInt8]? {
    guard let index = list.index(of: path) else { return nil }
    let bytes = try objects.open(list.digest(at: index)).readAll(limit: limit)
    guard SHA256Digest.of(bytes) == list.digest(at: index) else {
      throw Failure(
        .integrity,
        .damagedObject,
        "an object of the depot is damaged",
        subject: path,
        hint: "run: aptferry depot check --repair-from DIR"
      )
    }
    return bytes
  }

  func has(_ path: String) throws(Failure) -> Bool { list.index(of: path) != nil }

  func take(_ expected: ExpectedFile) throws(Failure) -> TakenFile? {
    guard let index = list.index(of: expected.path) else { return nil }
    let (size, digest) = (list.size(at: index), list.digest(at: index))
    // What is listed by SHA-512 alone was hashed when it came in.
    try expected.check(size: size, sha256: digest, sha512: expected.sha512)
    return TakenFile(path: expected.path, size: size, sha256: digest)
  }

  func open(_ taken: TakenFile) throws(Failure) -> OpenFile { try objects.open(taken.sha256) }
}
