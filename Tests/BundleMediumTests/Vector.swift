import SafeIO
import TestSupport
import Testing

/// One scenario of `Tests/Vectors/bundle`: media, and the verdict that every reader must reach.
struct Vector: Sendable, CustomTestStringConvertible {
  /// The directory's name.
  let name: String
  /// The fields of VERDICT.
  let fields: [String: String]

  var testDescription: String { name }

  /// Where all of them are.
  static let directory: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(2)
    return parts.joined(separator: "/") + "/Vectors/bundle"
  }()

  /// All scenarios, by name.
  static let all: [Vector] = {
    let names = (try? Disk.names(in: directory)) ?? []
    return names.filter { Disk.exists("\(directory)/\($0)/VERDICT") }.compactMap { try? Vector($0) }
  }()

  init(_ name: String) throws {
    self.name = name
    var fields: [String: String] = [:]
    for line in try Disk.text("\(Vector.directory)/\(name)/VERDICT").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { throw TestSupportError("\(name)/VERDICT: \(line)") }
      fields[String(parts[0])] = String(parts[1].drop { $0 == " " })
    }
    self.fields = fields
  }

  /// The directory of the scenario.
  var path: String { "\(Vector.directory)/\(name)" }

  /// The paths of its media.
  func media() throws -> [String] {
    try Disk.names(in: path).filter { $0.hasPrefix("medium-") }.map { "\(path)/\($0)" }
  }

  /// A field that must be there.
  func field(_ name: String) throws -> String {
    guard let value = fields[name] else {
      throw TestSupportError("\(self.name)/VERDICT has no \(name)")
    }
    return value
  }

  /// A field that is a time.
  func time(_ name: String) throws -> UTCTime? {
    guard let text = fields[name] else { return nil }
    guard let time = UTCTime(rfc3339: text) else { throw TestSupportError("no time: \(text)") }
    return time
  }
}
