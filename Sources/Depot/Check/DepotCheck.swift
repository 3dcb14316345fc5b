internal import Objects
package import SafeIO
private import Synchronization

/// `depot check`: every object hashed, every snapshot and generation compared with the objects.
///
/// What the published trees hold is compared by Publishing, which knows how they are laid out.
package struct DepotCheck {
  /// Where content is taken from that is damaged or missing here; whatever it gives is hashed.
  package protocol Source {
    /// Told once which objects are damaged or missing, as far as the lists say, before any of them is
    /// asked for.
    func expect(_ wanted: Set<SHA256Digest>) throws(Failure)
    /// A file that may have the content of a digest, or nil; the size is nil when only the digest is
    /// known.
    func file(for digest: SHA256Digest, size: UInt64?) throws(Failure) -> OpenFile?
  }

  private let depot: Depot

  package init(_ depot: Depot) { self.depot = depot }

  /// Checks, and repairs from `source` what it can; the lock must be held for a repair.
  package func run(repairingFrom source: (any Source)? = nil) throws(Failure) -> CheckReport {
    try depot.catalogue.checkWhole()
    var report = CheckReport()
    var present = try hashObjects(&report)
    if let source {
      try source.expect(try wanted(report))
      try repairCorrupt(source, &report)
    }
    for case .corruptObject(let digest) in report.findings { report.users[digest] = "" }
    let needed = try checkListings(&report, source)
    report.users = report.users.filter { !$0.value.isEmpty }
    present.removeAll { needed.contains($0) }
    report.unneeded = UInt64(present.count)
    report.unfinished = try depot.unfinishedWork()
    return report
  }

  private struct Found: Sendable {
    var digests: [SHA256Digest] = []
    var bytes: UInt64 = 0
    var findings: [CheckReport.Finding] = []
  }

  /// Hashes all objects on all processors; answers which are there and whole.
  private func hashObjects(_ report: inout CheckReport) throws(Failure) -> [SHA256Digest] {
    let objects = depot.objects
    let strays = try objects.strays()
    report.findings += strays.filter { !$0.contains("/") }.map { .strayFile($0) }
    let collected = Shared(Found())
    try Threads.forEach(count: ObjectCensus.bucketCount) { (bucket) throws(Failure) in
      let found = try DepotCheck.hash(bucket: UInt8(bucket), of: objects)
      collected.value.withLock { all in
        all.digests += found.digests
        all.bytes &+= found.bytes
        all.findings += found.findings
      }
    }
    let all = collected.value.withLock { $0 }
    report.objects = UInt64(all.digests.count)
    report.bytes = all.bytes
    let inside = strays.filter { $0.contains("/") }.map { CheckReport.Finding.strayFile($0) }
    report.findings += (all.findings + inside).sorted { $0.line < $1.line }
    return all.digests
  }

  private static func hash(
    bucket: UInt8,
    of objects: any ObjectStore
  ) throws(Failure) -> Found {
    var found = Found()
    let block = Block()
    try objects.forEachObject(inBucket: bucket) { (object) throws(Failure) in
      let digest = object.digest
      let content: ContentHash
      do throws(Failure) {
        content = try objects.hash(digest, block: block)
      } catch  where error.kind == .io {
        // A bad sector: as damaged as wrong bytes, and the others are still to be read.
        found.findings.append(.corruptObject(digest))
        return
      }
      found.bytes &+= content.size
      if content.digest == digest {
        // Gone when the depot was put back without its times: the next look need not read it again.
        try objects.marks?.mark(digest)
        found.digests.append(digest)
      } else {
        found.findings.append(.corruptObject(digest))
      }
    }
    return found
  }

  /// What is damaged, and what lists name that is not here; a list that cannot be read names nothing.
  private func wanted(_ report: CheckReport) throws(Failure) -> Set<SHA256Digest> {
    var wanted: Set<SHA256Digest> = []
    for case .corruptObject(let digest) in report.findings { wanted.insert(digest) }
    var seen: Set<SHA256Digest> = []
    for listing in try depot.recordedListings() where seen.insert(listing.digest).inserted {
      let list: FileList
      do throws(Failure) {
        list = try depot.catalogue.fileList(listing.digest, name: "the listing of \(listing.user)")
      } catch {
        wanted.insert(listing.digest)
        continue
      }
      for index in 0..<list.count {
        let digest = list.digest(at: index)
        if try depot.objects.size(of: digest) == nil { wanted.insert(digest) }
      }
    }
    return wanted
  }

  private func repairCorrupt(
    _ source: any Source,
    _ report: inout CheckReport
  ) throws(Failure) {
    var left: [CheckReport.Finding] = []
    for finding in report.findings {
      guard case .corruptObject(let digest) = finding, try repair(digest, nil, source) else {
        left.append(finding)
        continue
      }
      report.repaired.append(digest)
    }
    report.findings = left
  }

  /// Puts an object in from the source, once its bytes are seen to be right; durable.
  private func repair(
    _ digest: SHA256Digest,
    _ size: UInt64?,
    _ source: any Source
  ) throws(Failure) -> Bool {
    guard let file = try source.file(for: digest, size: size) else { return false }
    let staging = try depot.incoming.open(StagingNames.repair)
    let found = try staging.ingest(file)
    guard found?.digest == digest else {
      try staging.discard()
      return false
    }
    try staging.admitReplacing(digest)
    try staging.discard()
    return true
  }

  /// Compares all listings with the objects; answers every digest that one of them needs.
  private func checkListings(
    _ report: inout CheckReport,
    _ source: (any Source)?
  ) throws(Failure) -> Set<SHA256Digest> {
    var needed: Set<SHA256Digest> = []
    report.snapshots = try depot.catalogue.snapshots().count
    report.generations = try depot.catalogue.generations().count
    for listing in try depot.recordedListings() {
      try check(listing.digest, listing.user, &needed, &report, source)
    }
    return needed
  }

  private func check(
    _ listing: SHA256Digest,
    _ user: String,
    _ needed: inout Set<SHA256Digest>,
    _ report: inout CheckReport,
    _ source: (any Source)?
  ) throws(Failure) {
    // A generation of one snapshot has the same listing.
    guard needed.insert(listing).inserted else { return }
    if let source, try depot.objects.size(of: listing) == nil,
      try repair(listing, nil, source)
    {
      report.repaired.append(listing)
    }
    let list: FileList
    do {
      list = try depot.catalogue.fileList(listing, name: "the listing of \(user)")
    } catch {
      report.findings.append(.unusableListing(of: user, reason: error.reason))
      return
    }
    for index in 0..<list.count {
      let (digest, size) = (list.digest(at: index), list.size(at: index))
      guard needed.insert(digest).inserted else { continue }
      if report.users[digest] == "" { report.users[digest] = "\(user), \(list.path(at: index))" }
      // All of them were hashed before: a damaged one has been told of.
      if try depot.objects.size(of: digest) == size { continue }
      if let source, try repair(digest, size, source) {
        report.repaired.append(digest)
        continue
      }
      report.findings.append(
        .missingObject(digest, size: size, neededBy: "\(user), \(list.path(at: index))")
      )
    }
  }
}
