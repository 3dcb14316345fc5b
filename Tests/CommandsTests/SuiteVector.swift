import Foundation
import Synchronization
import TestSupport
import Testing

/// One scenario of `Tests/Vectors/suites`: a bundle, what a site has pinned, and the verdict.
struct SuiteVector: Sendable, CustomTestStringConvertible {
  /// The directory's name.
  let name: String
  /// The fields of VERDICT.
  let fields: [String: String]

  var testDescription: String { name }
  /// The medium with the bundle.
  var medium: String { "\(SuiteVector.directory)/\(name)/medium" }

  /// Where all of them are.
  static let directory =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().path + "/Vectors/suites"

  /// All scenarios, by name.
  static let all: [SuiteVector] = {
    let names = (try? Disk.names(in: directory)) ?? []
    return names.filter { Disk.exists("\(directory)/\($0)/VERDICT") }
      .compactMap { try? SuiteVector($0) }
  }()

  private init(_ name: String) throws {
    self.name = name
    var fields: [String: String] = [:]
    for line in try Disk.text("\(SuiteVector.directory)/\(name)/VERDICT").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { throw TestSupportError("\(name)/VERDICT: \(line)") }
      fields[String(parts[0])] = String(parts[1].drop { $0 == " " })
    }
    self.fields = fields
  }

  /// The words of a field.
  func words(_ field: String) -> [String] {
    fields[field]?.split(separator: " ").map(String.init) ?? []
  }

  /// The file with a test key.
  static func key(_ name: String) -> String { "\(directory)/keys/\(name).asc" }

  /// The fingerprints of the test keys, by name.
  static let fingerprints: Result<[String: String], any Error> = Result {
    let home = try Disk.makeTemporaryDirectory(for: "keys")
    defer { Disk.removeGnuPGHome(home) }
    var found: [String: String] = [:]
    for name in ["exporter", "vendor", "vendor2", "other"] {
      let shown = try run(
        ["gpg", "--homedir", home, "--batch", "--with-colons", "--show-keys", key(name)]
      ).succeeded()
      let line = shown.split(separator: "\n").first { $0.hasPrefix("fpr:") } ?? ""
      found[name] = line.split(separator: ":").last.map(String.init)
    }
    return found
  }
}

/// Depots as the scenarios want them, each made once: most want the same.
final class PinnedDepots: Sendable {
  static let shared: Result<PinnedDepots, any Error> = Result { try PinnedDepots() }

  private let path: String
  private let made = Mutex<[String: String]>([:])

  private init() throws {
    path = try Disk.makeTemporaryDirectory(for: "pins")
    try AptFerry(home: path + "/home", depot: path + "/bare")("init", "--site", "north").succeeded()
    atexit {
      guard let depots = try? PinnedDepots.shared.get() else { return }
      _ = try? run(["gpgconf", "--homedir", depots.path + "/bare/gnupg", "--kill", "all"])
      Disk.remove(depots.path)
    }
  }

  /// A depot that has pinned what the scenario says and taken in what came before.
  func depot(for vector: SuiteVector) throws -> String {
    let wanted = ["Vendors", "Origin", "Streams", "Vouch", "Before"]
    let key = wanted.map { vector.fields[$0] ?? "" }.joined(separator: "|")
    return try made.withLock { made in
      if let depot = made[key] { return depot }
      let depot = "\(path)/depot-\(made.count)"
      try run(["cp", "-a", path + "/bare", depot]).succeeded()
      try prepare(try AptFerry(home: path + "/home", depot: depot), vector)
      made[key] = depot
      return depot
    }
  }

  private func prepare(_ site: AptFerry, _ vector: SuiteVector) throws {
    func pin(_ key: String, _ role: String, _ options: [String]) throws {
      try site(["trust", "add", SuiteVector.key(key), "--role", role, "--all"] + options)
        .succeeded()
    }
    func options(_ field: String, _ option: String) -> [String] {
      vector.words(field).flatMap { [option, $0] }
    }
    let scope = options("Streams", "--stream") + options("Vouch", "--may-vouch")
    try pin("exporter", "exporter", scope)
    for pair in vector.words("Vendors") {
      let words = pair.split(separator: "=").map(String.init)
      try pin(words[1], "upstream", ["--name", words[0]] + options("Origin", "--origin"))
    }
    for bundle in vector.words("Before") {
      try site("import", "\(SuiteVector.directory)/before/\(bundle)").succeeded()
    }
  }
}
