import DebianRepository
import Foundation
import Objects
import SafeIO
import TestSupport

@testable import Depot
@testable import Publishing

/// A directory of one test with a depot in it.
final class Scratch {
  let path: String
  let depot: Depot

  init(publicDirectory: String? = nil, over store: (any ObjectStore)? = nil) throws {
    path =
      Disk.temporaryDirectory + "/aptferry-publishing-\(UUID().uuidString)"
    let configuration = try DepotConfiguration(site: "alpha", publicDirectory: publicDirectory)
    let made = try Depot.create(at: path + "/depot", configuration: configuration)
    depot = if let store { try Depot.open(at: path + "/depot", over: store) } else { made }
  }

  /// To be called at the end of the test; a `deinit` would come with the last mention.
  func remove() { try? FileManager.default.removeItem(atPath: path) }

  var publisher: Publisher { get throws { try Publisher(depot, facts: AuditFacts()) } }

  func publish(
    _ names: String...,
    at prefix: String,
    now: Int64 = 1_700_000_000,
    _ change: (inout PublishRequest) -> Void = { _ in }
  ) throws -> PublicationResult {
    var request = PublishRequest(names, at: prefix, now: UTCTime(seconds: now))
    change(&request)
    return try publisher.publish(request)
  }

  /// A snapshot of these files, all of them objects, and a Release of its suite that lists what
  /// lies beside it.
  func freeze(
    _ name: String,
    _ files: [String: String],
    suite: String = "stable",
    date: Int64 = 1_600_000_000,
    release fields: String = ""
  ) throws {
    let directory = suite.hasSuffix("/") ? suite : "dists/\(suite)/"
    var files = files
    let listed = files.filter {
      $0.key.hasPrefix(directory) && !$0.key.contains("/by-hash/") && !$0.key.hasSuffix(".deb")
    }.map { (String($0.key.dropFirst(directory.count)), Array($0.value.utf8)) }
      .sorted { $0.0 < $1.0 }
    let components = Set(listed.compactMap { $0.0.split(separator: "/").first.map(String.init) })
    files[directory + "Release"] =
      """
      Origin: Vendor
      Suite: \(suite)
      Codename: \(suite)
      Date: \(ArchiveDate.text(UTCTime(seconds: date)))
      Components: \(components.sorted().joined(separator: " "))
      Architectures: amd64
      \(fields)SHA256:

      """
      // A Release that lists nothing is none for apt.
      + (listed.isEmpty ? [("absent", [])] : listed)
      .map { " \(SHA256Digest.of($0.1).hex) \($0.1.count) \($0.0)\n" }.joined()
    var builder = FileList.Builder()
    let staging = try depot.incoming.open("freeze")
    var digests: [SHA256Digest] = []
    var kept: Set<SHA256Digest> = []
    for (path, text) in files {
      let bytes = Array(text.utf8)
      let digest = SHA256Digest.of(bytes)
      if kept.insert(digest).inserted { digests.append(try staging.keep(bytes: bytes)) }
      try builder.add(path: path, size: UInt64(bytes.count), digest: digest)
    }
    let list = try builder.finish()
    digests.append(try staging.keep(list: list))
    try staging.admit(digests)
    try staging.discard()
    let record = SnapshotRecord(
      name: name,
      list: list,
      suites: [
        SuiteRecord(
          distribution: suite,
          proof: .unsigned(vouchedBy: []),
          date: UTCTime(seconds: date)
        )
      ],
      created: UTCTime(seconds: 1_700_000_000),
      origin: "tree"
    )
    try depot.catalogue.insert(record)
  }

  /// The files that clients see below a prefix, through links, with their content; without Release
  /// files, names by hash and what leads to other generations.
  func tree(_ relative: String) throws -> [String: String] {
    try everything(relative).filter { path, _ in
      !path.contains("/by-hash/") && !path.hasSuffix("Release") && !path.hasSuffix("Release.gpg")
        && !["snapshots/", "keys/", ".tree/"].contains(where: path.hasPrefix)
    }
  }

  /// Every file below a path, through links, with its content.
  func everything(_ relative: String) throws -> [String: String] {
    let root = path + "/depot/public/" + relative
    var found: [String: String] = [:]
    var waiting = [""]
    while let below = waiting.popLast() {
      let manager = FileManager.default
      for name in try manager.contentsOfDirectory(atPath: root + "/" + below) {
        let path = below.isEmpty ? name : below + "/" + name
        var isDirectory: ObjCBool = false
        _ = unsafe manager.fileExists(atPath: root + "/" + path, isDirectory: &isDirectory)
        if isDirectory.boolValue {
          waiting.append(path)
        } else {
          let content = try Data(contentsOf: URL(fileURLWithPath: root + "/" + path))
          found[path] = String(decoding: content, as: UTF8.self)
        }
      }
    }
    return found
  }

  func names(_ relative: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path + "/depot/" + relative).sorted()
  }

  func link(_ relative: String) throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: path + "/depot/" + relative)
  }
}

/// The failure that `body` throws, or nil.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure
  }
}
