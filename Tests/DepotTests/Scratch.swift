import Foundation
import Objects
import SafeIO
import TestSupport

@testable import Depot

/// A directory of one test.
final class Scratch {
  let path: String

  init() throws {
    path =
      Disk.temporaryDirectory + "/aptferry-depot-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// To be called at the end of the test; a `deinit` would come with the last mention.
  func remove() { try? FileManager.default.removeItem(atPath: path) }

  func depot(_ name: String = "depot", publicDirectory: String? = nil) throws -> Depot {
    let configuration = try DepotConfiguration(site: "alpha", publicDirectory: publicDirectory)
    return try Depot.create(at: path + "/" + name, configuration: configuration)
  }

  func mode(_ relative: String) throws -> UInt32 {
    let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + relative)
    return (attributes[.posixPermissions] as? NSNumber)?.uint32Value ?? 0
  }
}

extension Depot {
  /// Puts bytes in as objects.
  func put(_ contents: [[UInt8]], staging name: String = "test") throws -> [SHA256Digest] {
    let staging = try incoming.open(name)
    var digests: [SHA256Digest] = []
    for content in contents { digests.append(try staging.keep(bytes: content)) }
    try staging.admit(digests)
    try staging.discard()
    return digests
  }

  /// A snapshot of these files, all of them objects.
  func freeze(_ name: String, _ files: [String: String]) throws -> SnapshotRecord {
    var builder = FileList.Builder()
    for (path, text) in files {
      let bytes = Array(text.utf8)
      try builder.add(path: path, size: UInt64(bytes.count), digest: SHA256Digest.of(bytes))
    }
    let list = try builder.finish()
    _ = try put(files.values.map { Array($0.utf8) })
    let staging = try incoming.open("listing")
    try staging.admit([try staging.keep(list: list)])
    try staging.discard()
    let record = SnapshotRecord(
      name: name,
      list: list,
      suites: [],
      created: UTCTime(seconds: 1_700_000_000),
      origin: "tree"
    )
    try catalogue.insert(record)
    return record
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

extension Depot {
  /// Where an object lies: the directory of all objects, and its name below it.
  func objectPlace(of digest: SHA256Digest) throws -> (Directory, String) {
    (try root.directory("objects"), "\(digest.hex.prefix(2))/\(digest.hex)")
  }
}
