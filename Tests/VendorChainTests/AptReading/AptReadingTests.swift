import DebianRepository
import Foundation
import OpenPGP
import SafeIO
import TestSupport
import Testing
import VendorChain

/// Odd but plausible files of vendors, read by a real apt and by this program: what the one takes the
/// other takes, and the same of it.
///
/// The suite runs a few cases; `scripts/apt-reading` runs thousands. The differences that are meant
/// stand in docs/design/apt-reading.md.
@Suite(.serialized) struct AptReadingTests {
  /// How many cases each test has, and the first seed of them.
  private static let cases = number("APTFERRY_APT_CASES", 32)
  private static let seed = number("APTFERRY_APT_SEED", 1)

  private static func number(_ variable: String, _ standard: Int) -> Int {
    ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } ?? standard
  }

  private static func generator(_ number: Int, _ kind: UInt64) -> SeededGenerator {
    SeededGenerator(seed: UInt64(seed + number) << 8 | kind)
  }

  private static func keys() throws -> [PublicKey] {
    try KeyFile.read(Array(VendorKey.shared.get().armored.utf8), name: "vendor.asc")
  }

  /// What this program reads of a tree, as far as apt on amd64 reads it.
  private static func read(_ root: String, _ keys: [PublicKey]) throws -> (
    AptJudge.Suite, why: String
  ) {
    let files = try DirectoryFiles(root)
    do {
      let releases = try SignedRelease.readAll(
        ["stable"],
        files: files,
        trust: UpstreamTrust(keys: keys, now: .now())
      )
      let selection = ChainSelection(
        components: ["main"],
        architectures: ["amd64"],
        kinds: IndexFamily.standard
      )
      let result = try ChainOfTrust.follow(releases, files: files, selection: selection)
      var suite = AptJudge.Suite(isTaken: true)
      suite.indexes = Set(result.counts.map { String($0.path.dropFirst("dists/stable/".count)) })
      suite.hasInvalidDate = releases[0].release.date == nil
      return (suite, result.notes.map(\.text).joined(separator: "; "))
    } catch {
      return (AptJudge.Suite(), "\(error.code): \(error.reason) \(error.details)")
    }
  }

  /// Compares what the two make of trees, some dozens at a time.
  private static func compare(
    _ cases: Int,
    _ kind: UInt64,
    _ make: (inout SeededGenerator, OddTree) throws -> String
  ) throws {
    let key = try VendorKey.shared.get()
    let keys = try keys()
    try withScratchDirectory { scratch in
      let judge = try AptJudge(scratch)
      let model = try OddTree(at: scratch.path("model"), hasPlain: true)
      for first in stride(from: 0, to: cases, by: 40) {
        var roots: [String] = []
        for number in first..<min(first + 40, cases) {
          var random = generator(number, kind)
          let root = scratch.path("case\(number)")
          let tree = try OddTree(
            at: root,
            hasPlain: OddRelease.chance(2, &random),
            copying: model
          )
          try Disk.write(make(&random, tree), to: root + "/dists/stable/InRelease")
          roots.append(root)
        }
        let (suites, said) = try judge.update(from: roots, armoredKey: key.armored)
        for (root, apt) in zip(roots, suites) {
          let (ours, why) = try read(root, keys)
          let text = try Disk.text(root + "/dists/stable/InRelease")
          let name = (root as NSString).lastPathComponent
          let words = said.split(separator: "\n").filter {
            $0.contains(name + "/") || $0.contains(name + "_")
          }
          if apt.wasFatal { continue }
          // Where the first form is no good apt gives up, and we take another one.
          let isOtherForm = ["another form was tried", "listed by MD5"].contains {
            why.contains($0)
          }
          if !apt.isTaken && ours.isTaken && isOtherForm { continue }
          // Of a suite of which apt reads no index, nothing can be carried.
          if apt.isTaken && apt.indexes.isEmpty && ours.indexes.isEmpty { continue }
          if apt.isTaken && ours.isTaken {
            #expect(ours.hasInvalidDate == apt.hasInvalidDate, "\(name): \(text)")
          }
          #expect(
            ours.isTaken == apt.isTaken && ours.indexes == apt.indexes,
            "\(name): apt \(apt.isTaken) \(apt.indexes.sorted()) \(words.isEmpty && !apt.isTaken ? [said.suffix(1000)] : words), here \(ours.isTaken) \(ours.indexes.sorted()) \(why)\n\(text)"
          )
          Disk.remove(root)
        }
      }
    }
  }

  @Test func `Release files are read as apt reads them`() throws {
    let key = try VendorKey.shared.get()
    try AptReadingTests.compare(AptReadingTests.cases, 1) { random, tree in
      try key.clearSign(OddRelease.text(about: tree, &random))
    }
  }

  @Test func `InRelease files are split and verified as apt does it`() throws {
    let key = try VendorKey.shared.get()
    var known: [String: OddMessage] = [:]
    try AptReadingTests.compare(AptReadingTests.cases, 2) { random, tree in
      var text = "Origin: Vendor\nSuite: stable\nDate: \(OddRelease.dates[0])\nSHA256:"
      for index in tree.indexes { text += "\n \(index.sha256) \(index.size) \(index.path)" }
      let message = try known[text] ?? OddMessage(text, by: key)
      known[text] = message
      return message.message(&random)
    }
  }

  @Test func `Packages files are read as apt reads them`() throws {
    try withScratchDirectory { scratch in
      let judge = try AptJudge(scratch)
      let root = scratch.path("tree")
      try OddIndex.write(below: root)
      for number in 0..<AptReadingTests.cases {
        var random = AptReadingTests.generator(number, 3)
        let text = OddIndex.text(&random)
        let apt = try judge.offers(of: text, at: root, names: OddIndex.names)
          .map { offers in Set(offers.filter { isThere($0, below: root) }.map(\.name)) }
        let ours = try AptReadingTests.obtainable(text, root)
        #expect(ours.names == apt, "case \(number): \(ours.why)\n\(text.debugDescription)")
      }
    }
  }

  /// Whether the file is there as it is listed, and within the tree.
  private func isThere(_ offer: AptJudge.Offer, below root: String) -> Bool {
    let path = (root + "/" + offer.path as NSString).resolvingSymlinksInPath
    let plain = (root as NSString).resolvingSymlinksInPath
    // Only the plain path: `pool/x.deb/` is no file.
    guard path.hasPrefix(plain + "/"), !offer.path.hasSuffix("/"),
      let bytes = FileManager.default.contents(atPath: root + "/" + offer.path)
        ?? FileManager.default.contents(atPath: path)
    else { return false }
    return bytes.count == offer.size
      && offer.hash == "SHA256:" + SHA256Digest.of(Array(bytes)).hex
  }

  private static func obtainable(
    _ text: String,
    _ root: String
  ) throws -> (names: Set<String>?, why: String) {
    var reader = PackageIndexReader(.packages, name: "Packages")
    var names: Set<String> = []
    var reasons: [String] = []
    func take(_ stanza: PackageStanza) {
      if let reason = stanza.unusable { reasons.append(reason.reason) }
      guard let file = stanza.files.first,
        let bytes = FileManager.default.contents(atPath: root + "/" + file.path.text),
        UInt64(bytes.count) == file.size, SHA256Digest.of(Array(bytes)) == file.sha256,
        file.sha512 == nil
      else { return }
      names.insert(stanza.package.lowercased())
    }
    do {
      let bytes = Array(text.utf8)
      try reader.feed(bytes.span, take)
      try reader.finish(take)
    } catch {
      return (nil, error.reason)
    }
    return (names, reasons.joined(separator: "; "))
  }

  @Test(arguments: ["x.list", "x.sources"])
  func `Sources files are read as apt reads them`(name: String) throws {
    try withScratchDirectory { scratch in
      let judge = try AptJudge(scratch)
      for number in 0..<AptReadingTests.cases {
        var random = AptReadingTests.generator(number, name == "x.list" ? 4 : 5)
        let text = name == "x.list" ? OddSources.list(&random) : OddSources.stanzas(&random)
        let (apt, said) = try judge.targets(of: text, name: name)
        // Entries are mirrored each for itself.
        if apt == nil, said.contains("Conflicting values") { continue }
        // An address of a kind that there is not is refused later.
        if apt == nil, said.contains("The method driver") { continue }
        let (ours, why) = try AptReadingTests.targets(of: text, name: name)
        #expect(ours == apt, "case \(number): \(why) \(said)\n\(text.debugDescription)")
      }
    }
  }

  private static func targets(
    of text: String,
    name: String
  ) throws -> (addresses: Set<String>?, why: String) {
    let entries: [SourcesEntry]
    do {
      entries = try SourcesList.parse(Array(text.utf8), name: name, architecture: "amd64")
    } catch {
      return (nil, error.reason)
    }
    var addresses: Set<String> = []
    for entry in entries {
      let root = entry.uri.hasSuffix("/") ? entry.uri : entry.uri + "/"
      for suite in entry.suites {
        if suite.hasSuffix("/") {
          let directory = root + (suite == "/" ? "" : suite)
          if entry.hasSources { addresses.insert(directory + "Sources") }
          if entry.hasBinaries { addresses.insert(directory + "Packages") }
          continue
        }
        for component in entry.components {
          let directory = "\(root)dists/\(suite)/\(component)/"
          if entry.hasSources { addresses.insert(directory + "source/Sources") }
          guard entry.hasBinaries else { continue }
          for architecture in entry.architectures.isEmpty ? ["amd64"] : entry.architectures
          where architecture != "all" {
            addresses.insert("\(directory)binary-\(architecture)/Packages")
          }
        }
      }
    }
    return (addresses, "")
  }
}
