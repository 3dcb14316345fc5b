import Foundation
import Glibc
import SafeIO
import TestSupport
import Testing

/// What all threat tests begin with, made once: an exporter's depot with a bundle on a medium, and
/// an isolated depot that trusts the exporter and the vendor and has taken nothing in yet.
final class ThreatsLab: Sendable {
  static let shared: Result<ThreatsLab, any Error> = Result { try ThreatsLab() }

  let path: String
  let vendor: VendorKey
  /// The GnuPG home that signs bundles.
  var exporterHome: String { path + "/connected/gnupg" }
  var exporterKey: String { path + "/exporter.asc" }
  /// A medium with the bundle `mainland-000001`, made by the program itself.
  var medium: String { path + "/medium" }

  private init() throws {
    let made = try Disk.makeTemporaryDirectory(for: "lab")
    path = URL(fileURLWithPath: made).resolvingSymlinksInPath().path
    vendor = try VendorKey.shared.get()
    atexit {
      guard let lab = try? ThreatsLab.shared.get() else { return }
      for home in ["connected", "isolated"] {
        _ = try? run(["gpgconf", "--homedir", lab.path + "/\(home)/gnupg", "--kill", "all"])
      }
      Disk.remove(lab.path)
    }
    let connected = try AptFerry(home: path + "/home", depot: path + "/connected")
    let isolated = try AptFerry(home: path + "/home", depot: path + "/isolated")
    try connected("init", "--site", "mainland").succeeded()
    try isolated("init", "--site", "island").succeeded()
    let keys = try AptFerry(home: path + "/home")
    try keys("key", "export", exporterKey, "--depot", path + "/connected").succeeded()
    let vendorKey = path + "/vendor.asc"
    try Disk.write(vendor.armored, to: vendorKey)
    for site in [connected, isolated] {
      try site(
        ["trust", "add", vendorKey, "--role", "upstream", "--name", "vendor"]
          + ["--fingerprint", vendor.fingerprint]
      ).succeeded()
    }
    try isolated(
      ["trust", "add", exporterKey, "--role", "exporter", "--name", "mainland"]
        + ["--fingerprint", try ThreatsLab.fingerprint(exporterHome)]
    ).succeeded()
    let forge = try RepositoryForge(at: path + "/vendor", key: vendor)
    var suite = ForgedSuite.small()
    suite.components["main"]?.append(ForgedPackage("ballast", payload: 90_000))
    try forge.build(suite)
    try connected(
      ["snapshot", "create", "first", "--tree", forge.root, "--suite", "stable"]
        + ["--upstream", "vendor"]
    ).succeeded()
    try Disk.makeDirectory(medium)
    try connected("export", "first", "--to", medium, "--chunk-size", "64KiB").succeeded()
  }

  /// The fingerprint of the first secret key in a GnuPG home.
  static func fingerprint(_ home: String) throws -> String {
    let listing = try run(
      ["gpg", "--homedir", home, "--batch", "--with-colons", "--list-secret-keys"]
    ).succeeded()
    let line = listing.split(separator: "\n").first { $0.hasPrefix("fpr:") } ?? ""
    return line.split(separator: ":").last.map(String.init) ?? ""
  }

  /// A forge that signs as the exporter, for the vendor's tree.
  func forge(_ change: (inout ForgedVendor) throws -> Void = { _ in }) throws -> BundleForge {
    var forged = ForgedVendor(vendor)
    try change(&forged)
    return BundleForge(signingHome: exporterHome, [try forged.snapshot()])
  }
}

/// One isolated depot and a medium of a test's own.
struct ThreatsSite {
  let lab: ThreatsLab
  let scratch: ScratchDirectory
  var site: AptFerry
  let kiosk: AptFerry
  let depot: String
  let medium: String

  /// The bundle's directory on the medium.
  var bundle: String { medium + "/mainland-000001" }
  var chunks: [String] {
    get throws { try Disk.names(in: bundle + "/chunks").map { bundle + "/chunks/" + $0 } }
  }

  /// A fresh copy of the isolated depot; the medium is empty, or has the lab's bundle.
  static func with(
    exported: Bool = false,
    _ body: (inout ThreatsSite) throws -> Void
  ) throws {
    let lab = try ThreatsLab.shared.get()
    try withScratchDirectory { scratch in
      let depot = scratch.path("isolated")
      try run(["cp", "-a", lab.path + "/isolated", depot]).succeeded()
      let medium = scratch.path("medium")
      if exported {
        try Disk.copyTree(lab.medium, to: medium)
      } else {
        try Disk.makeDirectory(medium)
      }
      var site = ThreatsSite(
        lab: lab,
        scratch: scratch,
        site: try AptFerry(home: scratch.path("home"), depot: depot),
        kiosk: try AptFerry(home: scratch.path("home")),
        depot: depot,
        medium: medium
      )
      try body(&site)
    }
  }

  /// Puts the depot back to what the lab's is.
  func reset() throws {
    Disk.remove(depot)
    try run(["cp", "-a", lab.path + "/isolated", depot]).succeeded()
  }

  /// What a refusal must leave as it was.
  struct State {
    /// Objects and publications, with modes and times.
    let content: [TreeDigest]
    /// Unfinished imports.
    let incoming: TreeDigest
    /// The bytes of the catalogue.
    let catalogue: [UInt8]
    /// The bytes of the configuration.
    let configuration: [UInt8]
    /// Everything that is not the depot.
    let outside: TreeDigest
  }

  func state() throws -> State {
    State(
      content: try ["objects", "public"].map {
        try TreeDigest(of: depot + "/" + $0, [.modes, .times])
      },
      incoming: try TreeDigest(of: depot + "/incoming", [.modes, .times]),
      catalogue: try Disk.read(depot + "/catalogue.sqlite"),
      configuration: try Disk.read(depot + "/depot.conf"),
      outside: try TreeDigest(
        of: scratch.path,
        [.modes, .times],
        skipping: ["isolated", "home"]
      )
    )
  }

  /// What is not as it was: files, and records of the catalogue (its bytes may have been written
  /// anew with the same records).
  func changes(since before: State, withIncoming: Bool = true) throws -> [String] {
    let now = try state()
    var found: [String] = []
    for (new, old) in zip(now.content, before.content) { found += old.difference(to: new) }
    if withIncoming { found += before.incoming.difference(to: now.incoming) }
    found += before.outside.difference(to: now.outside)
    if now.configuration != before.configuration { found.append("depot.conf differs") }
    if now.catalogue != before.catalogue {
      // Which chunks arrived belongs to what is in `incoming`; a refusal has its audit record.
      func isWanted(_ line: String) -> Bool {
        !line.hasPrefix("INSERT INTO \"audit_checkpoint\"")
          && (withIncoming || !line.hasPrefix("INSERT INTO \"arriv"))
      }
      let new = try records(now.catalogue).filter(isWanted)
      let old = try records(before.catalogue).filter(isWanted)
      found += new.filter { !old.contains($0) }.map { "+ " + $0 }
      found += old.filter { !new.contains($0) }.map { "- " + $0 }
    }
    return found
  }

  /// The records of a catalogue, as SQL.
  private func records(_ catalogue: [UInt8]) throws -> [String] {
    let script = """
      import sqlite3, sys, tempfile
      with tempfile.NamedTemporaryFile() as f:
        f.write(sys.stdin.buffer.read()); f.flush()
        for line in sqlite3.connect(f.name).iterdump(): print(line)
      """
    return try run(["python3", "-c", script], input: catalogue).succeeded()
      .split(separator: "\n").map { String($0) }
  }

  /// What a refused import may leave behind.
  enum Leaves {
    /// Nothing at all: no byte of the depot differs.
    case nothing
    /// Chunks that arrived undamaged, in `incoming`.
    case arrivedChunks
  }

  /// Imports the medium, and expects a refusal of this class and code that names these things and
  /// changes nothing.
  @discardableResult
  func expectRefusal(
    _ kind: FailureClass,
    _ code: String,
    naming names: String...,
    leaving: Leaves = .nothing,
    media: [String]? = nil,
    under: [String] = [],
    what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> RunResult {
    let before = try state()
    let result = try site(["import"] + (media ?? [medium]), under: under)
    let shown = Comment(rawValue: what + "\n" + result.everything)
    #expect(result.status == kind.rawValue, shown, sourceLocation: sourceLocation)
    #expect(
      result.errors.contains("code: E-" + code + " "),
      shown,
      sourceLocation: sourceLocation
    )
    #expect(result.text.isEmpty, shown, sourceLocation: sourceLocation)
    for name in names {
      #expect(result.errors.contains(name), shown, sourceLocation: sourceLocation)
    }
    ThreatsSite.expectHarmless(result, what, sourceLocation: sourceLocation)
    let changes = try changes(since: before, withIncoming: leaving == .nothing)
    #expect(changes == [], shown, sourceLocation: sourceLocation)
    if leaving == .arrivedChunks {
      try expectOnlyTrueNames(below: "incoming", sourceLocation: sourceLocation)
    }
    return result
  }

  /// Imports the medium and expects that it is taken in, and that media are left as they are.
  @discardableResult
  func expectImport(
    media: [String]? = nil,
    _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> RunResult {
    let before = try TreeDigest(of: medium, [.modes, .times])
    let result = try site(["import"] + (media ?? [medium]))
    let shown = Comment(rawValue: what + "\n" + result.everything)
    #expect(result.status == 0, shown, sourceLocation: sourceLocation)
    ThreatsSite.expectHarmless(result, what, sourceLocation: sourceLocation)
    #expect(
      try TreeDigest(of: medium, [.modes, .times]) == before,
      shown,
      sourceLocation: sourceLocation
    )
    try expectOnlyTrueNames(below: "objects", sourceLocation: sourceLocation)
    return result
  }

  /// Every file below the directory that is named by a hash has that hash.
  func expectOnlyTrueNames(
    below directory: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for entry in try TreeDigest(of: depot + "/" + directory).entries where entry.kind == .file {
      let name = String(entry.path.split(separator: "/").last ?? "")
      guard SHA256Digest(hex: name) != nil else { continue }
      #expect(entry.content == name, "\(entry.path)", sourceLocation: sourceLocation)
    }
  }

  /// No raw control or direction character in anything that was written.
  static func expectHarmless(
    _ result: RunResult,
    _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let written = result.output + Array(result.errors.utf8)
    let isText = String(validating: written, as: UTF8.self) != nil
    #expect(isText, "\(what): not UTF-8", sourceLocation: sourceLocation)
    let text = String(decoding: written, as: UTF8.self)
    for scalar in text.unicodeScalars where scalar != "\n" && Escaped.isDangerous(scalar) {
      Issue.record(
        "\(what): U+\(String(scalar.value, radix: 16)) in: \(text)",
        sourceLocation: sourceLocation
      )
      return
    }
  }
}
