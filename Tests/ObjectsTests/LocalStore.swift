import Foundation
import SafeIO

@testable import Objects

/// A directory of one test with a store of files in it, and its stagings.
final class LocalStore {
  let path: String
  let objects: LocalObjects
  let stagings: Stagings

  init() throws {
    path =
      FileManager.default.temporaryDirectory.path + "/aptferry-objects-\(UUID().uuidString)"
    for name in ["objects", "incoming"] {
      try FileManager.default.createDirectory(
        atPath: path + "/" + name,
        withIntermediateDirectories: true
      )
    }
    objects = LocalObjects(try Directory(opening: path + "/objects"))
    stagings = Stagings(try Directory(opening: path + "/incoming"), into: objects)
  }

  /// To be called at the end of the test; a `deinit` would come with the last mention.
  func remove() { try? FileManager.default.removeItem(atPath: path) }

  func mode(_ relative: String) throws -> UInt32 {
    let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + relative)
    return (attributes[.posixPermissions] as? NSNumber)?.uint32Value ?? 0
  }

  /// Puts bytes in as objects, by way of a staging.
  func put(_ contents: [[UInt8]]) throws -> [SHA256Digest] {
    let staging = try stagings.open("test")
    var digests: [SHA256Digest] = []
    for content in contents { digests.append(try staging.keep(bytes: content)) }
    try staging.admit(digests)
    try staging.discard()
    return digests
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
