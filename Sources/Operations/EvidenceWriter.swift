internal import BundleFormat
internal import Depot
internal import Objects
internal import SafeIO
internal import Transfer
internal import Trust

/// Writes the evidence of one bundle.
final class EvidenceWriter {
  private let order: EvidenceOrder
  let depot: Depot
  let now: UTCTime
  /// The directory while it is unfinished, and where its name is.
  let place: Directory
  private let above: Directory
  private let name: String
  let lists: Directory
  let manifest: Manifest
  private let digest: SHA256Digest
  /// Whether the bundle came in here; else it was made here.
  let isAccepted: Bool
  private let evidence: KeptEvidence
  private var sums: [(path: String, digest: SHA256Digest)] = []
  var page: EvidencePage
  var lacking: [String] = []
  /// The indexes that list the package, by snapshot; nil where all are wanted.
  private var wanted: [String: Set<String>]?

  init(_ order: EvidenceOrder, _ depot: Depot, now: UTCTime) throws(Failure) {
    (self.order, self.depot, self.now) = (order, depot, now)
    evidence = KeptEvidence(depot)
    let accepted = try depot.catalogue.accepted().last { bundle in
      BundleName.directory(stream: bundle.stream, sequence: bundle.sequence) == order.bundle
    }
    let made = try depot.catalogue.exports().last { $0.name == order.bundle }
    guard let digest = accepted?.manifest ?? made?.manifest else {
      throw Failure(
        .usage,
        "no-bundle",
        "no bundle with that name was made here or came in here",
        subject: order.bundle,
        hint: "aptferry ledger show lists them"
      )
    }
    (self.digest, isAccepted) = (digest, accepted != nil)
    lists = try EvidenceWriter.lists(order.bundle, digest, isAccepted, depot)
    let text = try lists.contents(of: "MANIFEST", limit: BundleLimits.manifestLength)
    guard SHA256Digest.of(text) == digest else {
      throw Failure(
        .integrity,
        "evidence",
        "the MANIFEST that was kept is not the one that the ledger knows",
        subject: lists.describe("MANIFEST"),
        hint: "find out who changed it; a backup of the depot may have it"
      )
    }
    manifest = try Manifest(text: text)
    page = EvidencePage(order.bundle, digest)
    (above, name) = try EvidenceWriter.free(order.destination, depot)
    if let package = order.package {
      let found = try EvidenceSightings.find(package, manifest, evidence)
      (wanted, page.files) = (found.wanted, found.files)
    }
    // What an interrupted run left there is nobody's.
    _ = try above.removeTree(EvidenceWriter.unfinished(name))
    _ = try above.makeDirectory(EvidenceWriter.unfinished(name))
    place = try above.directory(EvidenceWriter.unfinished(name))
  }

  /// What the directory is called until it is whole; unfinished bundles have names of another kind.
  private static func unfinished(_ name: String) -> String {
    ".\(SHA256Digest.of(Array(name.utf8)).hex.prefix(16)).aptferry-evidence"
  }

  /// Removes what was written of evidence that did not become whole.
  func drop() throws(Failure) { _ = try above.removeTree(EvidenceWriter.unfinished(name)) }

  private static func lists(
    _ name: String,
    _ manifest: SHA256Digest,
    _ isAccepted: Bool,
    _ depot: Depot
  ) throws(Failure) -> Directory {
    guard isAccepted else { return try ExportedLists.open(name, in: depot) }
    if let lists = try KeptEvidence(depot).bundle(manifest) { return lists }
    throw Failure(
      .state,
      "lists-gone",
      "the lists of this bundle were not kept: it came in with an earlier version of aptferry",
      subject: name,
      hint: "its medium has them: MANIFEST, MANIFEST.asc and ENTRIES.zst"
    )
  }

  /// Where the new directory is to be; nothing has that name.
  private static func free(
    _ path: String,
    _ depot: Depot
  ) throws(Failure) -> (above: Directory, name: String) {
    let (parent, name) = NamedPath.split(path)
    let above = try Directory(opening: parent)
    try depot.requireOutside(above)
    guard ![".", "..", ""].contains(name), try above.status(name) == nil else {
      throw Failure(
        .usage,
        "directory-exists",
        "the evidence gets a directory of its own, and something with this name is there",
        subject: path,
        hint: "name a directory that is not there yet"
      )
    }
    return (above, name)
  }

  /// The receipts of the sites that the bundle is for, as they came in.
  func keptReceipts() throws(Failure) -> [UInt8] {
    let sites = Set(
      try depot.catalogue.acknowledgements(stream: manifest.stream)
        .filter { $0.sequence == manifest.sequence }.map(\.site)
    )
    for receipt in try depot.catalogue.receipts() where sites.contains(receipt.site) {
      return receipt.text
    }
    return []
  }

  /// The keys in the evidence that are never trusted again, by fingerprint.
  var revokedKeys: [String] {
    let written = Set(page.keys.flatMap(\.fingerprints))
    return page.revoked.map(\.key).filter(written.contains)
  }

  /// Writes what the depot has kept.
  func writeKept() throws(Failure) {
    try writeLists()
    for snapshot in manifest.snapshots { try writeVouchers(of: snapshot) }
    try writeKeys()
  }

  /// Writes what is made now, and gives the directory its name.
  func finish(_ receipt: [UInt8]) throws(Failure) -> WrittenEvidence {
    // With the record of the receipt.
    try writeLog()
    if !receipt.isEmpty {
      try write(receipt, as: "receipt")
      page.hasReceipt = true
    } else {
      lacking.append("receipt: no site has acknowledged this bundle by a receipt")
    }
    try writeSums()
    guard
      try above.renameWithoutReplacing(
        EvidenceWriter.unfinished(name),
        to: above,
        as: name
      )
    else {
      throw Failure(
        .usage,
        "directory-exists",
        "something got the name of the evidence while it was written",
        subject: above.describe(name),
        hint: "name a directory that is not there yet"
      )
    }
    try above.syncFileSystem()
    return WrittenEvidence(files: sums.map(\.path).sorted() + ["SHA256SUMS"], lacking: lacking)
  }

  private func writeLists() throws(Failure) {
    _ = try place.makeDirectory("bundle")
    let bundle = try place.directory("bundle")
    for name in ["MANIFEST", "MANIFEST.asc", "ENTRIES.zst"] {
      try DurableFile.copy(name, from: lists, to: bundle)
      sums.append(("bundle/" + name, try ContentHash.of(try bundle.file(name)).digest))
    }
    guard sums.last?.digest == manifest.entries.digest else {
      throw Failure(
        .integrity,
        "evidence",
        "the ENTRIES.zst that was kept is not the one that MANIFEST names",
        subject: lists.describe("ENTRIES.zst"),
        hint: "find out who changed it; the bundle's medium has it too"
      )
    }
  }

  /// The whole log: a record alone proves nothing.
  private func writeLog() throws(Failure) {
    let file = try place.createFile("audit.log")
    var block: [UInt8] = []
    var head: AuditHead?
    var records: [UInt64] = []
    let name = order.bundle
    var noted: [UInt64] = []
    try depot.audit.forEachRecord { (record) throws(Failure) in
      // The rest of a record that was never complete is no line yet.
      guard record.bytes.last == 0x0a, record.length == UInt64(record.bytes.count) else { return }
      block += record.bytes
      if let chain = record.chain {
        head = AuditHead(sequence: chain.sequence, digest: record.digest)
        let facts = record.content?.facts ?? []
        if facts.contains(where: {
          ["accepted", "exported"].contains($0.kind) && $0.bundle == name
        }) {
          noted.append(chain.sequence)
          records.append(chain.sequence)
        }
      }
      if block.count >= 1 << 18 {
        try file.write(block)
        block.removeAll(keepingCapacity: true)
      }
    }
    try file.write(block)
    try file.sync()
    sums.append(("audit.log", try ContentHash.of(try place.file("audit.log")).digest))
    (page.head, page.records) = (head, records)
    if try !depot.audit.verify().isWhole {
      lacking.append(
        "audit.log: IT IS NOT WHOLE, and proves nothing: aptferry audit verify says what does not fit"
      )
    }
  }

  private func writeVouchers(of snapshot: Manifest.Snapshot) throws(Failure) {
    guard let files = try evidence.listing(snapshot.digest) else {
      lacking.append("snapshots/\(snapshot.name): its list was not kept when it was removed")
      return
    }
    for index in 0..<files.count {
      let path = files.path(at: index)
      guard KeptEvidence.vouches(path) else { continue }
      let isRelease = path.split(separator: "/").last?.contains("Release") ?? false
      if !isRelease, let wanted, wanted[snapshot.name]?.contains(path) != true { continue }
      try writeVoucher(files.digest(at: index), "snapshots/\(snapshot.name)/\(path)")
    }
  }

  private func writeVoucher(_ digest: SHA256Digest, _ path: String) throws(Failure) {
    guard let source = try evidence.open(digest) else {
      lacking.append("\(path): it was not kept when its snapshot was removed")
      return
    }
    let (parent, name) = NamedPath.split(path)
    guard let relative = RelativePath(parent) else { return }
    let directory = try place.makePath(relative)
    let file = try directory.createFile(name)
    var hasher = SHA256Hasher()
    let block = Block()
    while true {
      block.clear()
      if try source.read(into: block) == 0 { break }
      hasher.update(block.bytes)
      try file.write(block.bytes)
    }
    guard hasher.finish() == digest else {
      throw Failure(.integrity, .damagedObject, "what was kept is damaged", subject: path)
    }
    try file.sync()
    try directory.sync()
    sums.append((path, digest))
    page.vouchers.append(path)
  }

  /// The page, and the sums over everything, signed by this depot.
  private func writeSums() throws(Failure) {
    page.isSiteOwn = isAccepted
    page.revoked = try depot.catalogue.revokedKeys()
    try write(Array(page.text.utf8), as: "README.txt")
    let lines = sums.sorted { $0.path < $1.path }.map { "\($0.digest.hex)  \($0.path)\n" }
    let text = Array(lines.joined().utf8)
    try DurableFile.write(text, as: "SHA256SUMS", in: place)
    let keys = try DepotIdentity.keys(of: depot, now: now)
    try DurableFile.write(try keys.signDetached(text), as: "SHA256SUMS.asc", in: place)
    try place.syncFileSystem()
  }

  func write(_ bytes: [UInt8], as path: String) throws(Failure) {
    let (parent, name) = NamedPath.split(path)
    var directory = place
    if let relative = RelativePath(parent) { directory = try place.makePath(relative) }
    try DurableFile.write(bytes, as: name, in: directory)
    sums.append((path, SHA256Digest.of(bytes)))
  }
}
