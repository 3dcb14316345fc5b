import DebianRepository
import Foundation
import SafeIO

@testable import Depot
@testable import Publishing

/// A directory of one test with a depot in it.
final class Scratch {
  let path: String
  let depot: Depot

  init(publicDirectory: String? = nil) throws {
    path =
      FileManager.default.temporaryDirectory.path + "/aptferry-publishing-\(UUID().uuidString)"
    let configuration = try DepotConfiguration(site: "alpha", publicDirectory: publicDirectory)
    depot = try Depot.create(at: path + "/depot", configuration: configuration)
  }

  /// To be called at the end of the test; a `deinit` would come with the last mention.
  func remove() { try? FileManager.default.removeItem(atPath: path) }

  var publisher: Publisher { get throws { try Publisher(depot) } }

  func publish(_ names: String..., at prefix: String) throws -> PublicationResult {
    try publisher.publish(names, at: prefix, now: UTCTime(seconds: 1_700_000_000))
  }

  /// A snapshot of these files, all of them objects.
  func freeze(_ name: String, _ files: [String: String]) throws {
    var builder = FileList.Builder()
    let staging = try depot.objects.staging("freeze")
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
    let suite = SuiteRecord(distribution: name, signedBy: [], date: nil)
    let record = SnapshotRecord(
      name: name,
      list: list,
      suites: [suite],
      created: UTCTime(seconds: 1_700_000_000),
      origin: "tree"
    )
    try depot.catalogue.insert(record)
  }

  /// Every file below a path, through links, with its content.
  func tree(_ relative: String) throws -> [String: String] {
    let root = path + "/depot/public/" + relative
    var found: [String: String] = [:]
    let resolved = URL(fileURLWithPath: root).resolvingSymlinksInPath().path
    for name in try FileManager.default.subpathsOfDirectory(atPath: resolved) {
      let full = resolved + "/" + name
      let attributes = try FileManager.default.attributesOfItem(atPath: full)
      if attributes[.type] as? FileAttributeType == .typeDirectory { continue }
      found[name] = String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: full)),
        as: UTF8.self
      )
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
