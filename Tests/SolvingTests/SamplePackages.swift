import DebianRepository
import SafeIO
import Solving
import TestSupport

/// The text of an index, made of lines such as `alpha 1.0-1 amd64|Depends: beta`.
enum SamplePackages {
  static func packages(_ lines: [String]) -> String {
    lines.map { line in
      let fields =
        stanza(line) + [
          "Filename: pool/\(line.hashText).deb", "Size: 1",
          "SHA256: " + String(repeating: "a", count: 64),
        ]
      return fields.joined(separator: "\n") + "\n\n"
    }.joined()
  }

  /// dpkg's status, in which everything is installed.
  static func status(_ lines: [String]) -> String {
    lines.map { line in
      let state = line.contains("|Hold") ? "hold" : "install"
      let fields = stanza(line.replacing("|Hold", with: "")) + ["Status: \(state) ok installed"]
      return fields.joined(separator: "\n") + "\n\n"
    }.joined()
  }

  static func sources(_ lines: [String]) -> String {
    let digest = String(repeating: "a", count: 64)
    return lines.map { line in
      let words = line.split(separator: " ")
      return """
        Package: \(words[0])
        Version: \(words[1])
        Directory: pool
        Checksums-Sha256:
         \(digest) 1 \(words[0]).dsc


        """
    }.joined()
  }

  private static func stanza(_ line: String) -> [String] {
    let parts = line.split(separator: "|").map { String($0).replacing(" / ", with: " | ") }
    let words = parts[0].split(separator: " ")
    return [
      "Package: \(words[0])", "Version: \(words[1])",
      "Architecture: \(words.count > 2 ? words[2] : "amd64")", "Maintainer: A <a@example.org>",
      "Description: a package",
    ] + parts.dropFirst()
  }

  /// Hands out the stanzas of a text.
  static func forEach(
    _ text: String,
    _ kind: PackageIndexReader.Kind,
    _ body: (PackageStanza) throws(Failure) -> Void
  ) throws(Failure) {
    var reader = PackageIndexReader(kind, name: "sample")
    let bytes = Array(text.utf8)
    try reader.feed(bytes.span, body)
    try reader.finish(body)
  }
}

extension String {
  fileprivate var hashText: String {
    String(utf8.map { Character(UnicodeScalar($0)) }.filter { $0.isLetter || $0.isNumber })
  }
}

/// What is offered and what a machine has, and questions to both us and `apt`.
struct Sample {
  var offered: String
  var base = ""
  var sources = ""
  var architectures = ["amd64"]

  init(_ lines: [String], base: [String] = [], architectures: [String] = ["amd64"]) {
    offered = SamplePackages.packages(lines)
    self.base = SamplePackages.status(base)
    self.architectures = architectures
  }

  /// The universe; packages for which `isRoot` says so are wanted.
  func universe(
    isRoot: @escaping (PackageStanza) -> Bool = { _ in false }
  ) throws(Failure) -> PackageUniverse {
    var builder = try UniverseBuilder(architectures: architectures)
    var found: [(PackageStanza, Int, UniverseBuilder.Role)] = []
    try SamplePackages.forEach(offered, .packages) { found.append(($0, 0, .offered)) }
    try SamplePackages.forEach(base, .status) { found.append(($0, 1, .installed)) }
    try SamplePackages.forEach(sources, .sources) { found.append(($0, 2, .offered)) }
    for (stanza, index, role) in found {
      try builder.add(stanza, index: index, role, isRoot: isRoot(stanza))
    }
    return try builder.finish()
  }

  func closure(
    _ names: [String],
    _ change: (inout ClosureRequest) -> Void = { _ in }
  ) throws(Failure) -> PackageClosure {
    var request = ClosureRequest(names: names)
    change(&request)
    return try universe().closure(of: request)
  }

  /// The stanzas of a closure, byte for byte.
  func text(of closure: PackageClosure) -> String {
    let bytes = Array(offered.utf8)
    return closure.members.map { member in
      let extent = Int(member.place.extent.lowerBound)..<Int(member.place.extent.upperBound)
      return String(decoding: bytes[extent], as: UTF8.self) + "\n"
    }.joined()
  }

  /// What `apt` says of an installation from these packages.
  func judge(
    _ names: [String],
    packages: String? = nil,
    recommends: Bool = false,
    command: [String] = ["install"]
  ) throws -> Verdict {
    try withScratchDirectory { scratch in
      let tree = try scratch.directory("tree")
      try Disk.write(packages ?? offered, to: tree + "/Packages")
      let apt = try AptClient(root: try scratch.directory("apt"), architectures: architectures)
      try Disk.write(base, to: apt.root + "/var/lib/dpkg/status")
      try apt.addSource(
        tree: tree,
        suite: "./",
        components: [],
        armoredKey: nil,
        more: "Trusted: yes\nAllow-Insecure: yes\n"
      )
      try apt.aptGet("update").succeeded()
      let answer = try apt.aptGetList(
        ["-s", "-y", "-o", "APT::Install-Recommends=\(recommends ? 1 : 0)"] + command + names
      )
      let lines = answer.text.split(separator: "\n")
      return Verdict(
        isPossible: answer.status == 0 && !lines.contains { $0.hasPrefix("Remv ") },
        installed: lines.filter { $0.hasPrefix("Inst ") }
          .map { String($0.split(separator: " ")[1]) }.sorted(),
        text: answer.everything
      )
    }
  }

  struct Verdict {
    let isPossible: Bool
    let installed: [String]
    let text: String
  }
}

extension AptClient {
  func aptGetList(_ arguments: [String]) throws -> RunResult {
    try run(["apt-get"] + arguments, environment: ["APT_CONFIG": root + "/apt.conf", "HOME": root])
  }
}

extension PackageClosure {
  /// The names of what is chosen, as `apt` prints them: `name`, or `name:architecture`.
  var names: [String] {
    members.map { member in
      let architecture = member.label.architecture
      let isPlain = ["amd64", "all"].contains(architecture)
      return isPlain ? member.label.name : "\(member.label.name):\(architecture)"
    }.sorted()
  }
}
