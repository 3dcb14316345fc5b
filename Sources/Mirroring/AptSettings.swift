internal import DebianRepository
internal import SafeIO

/// What this machine's `apt` is configured with, as far as it says how to reach upstreams.
struct AptSettings: Sendable {
  let configuration: AptConfiguration

  /// Reads the file that `APT_CONFIG` names, `apt.conf.d` and `apt.conf`, in `apt`'s order (apt.conf(5)): what
  /// comes later counts, and the first may say where the others are.
  init(environment: [String: String]) throws(Failure) {
    var configuration = AptConfiguration()
    func read(_ path: String) throws(Failure) {
      guard let text = try AptSettings.contents(path) else { return }
      try configuration.read(text, including: AptSettings.included)
    }
    if let path = environment["APT_CONFIG"] { try read(path) }
    let parts = AptSettings.path("parts", "apt.conf.d", configuration)
    for path in try AptSettings.parts(parts, suffix: ".conf", orNone: true) { try read(path) }
    try read(AptSettings.path("main", "apt.conf", configuration))
    self.configuration = configuration
  }

  /// The files with credentials, or their directory where this user may not look into it.
  func authFiles() throws(Failure) -> [String] {
    let file = path("netrc", "auth.conf")
    let directory = path("netrcparts", "auth.conf.d")
    guard !NamedPath.isForbidden(directory) else { return [file, directory] }
    return [file] + (try AptSettings.parts(directory, suffix: ".conf", orNone: true))
  }

  /// The keyrings that count for sources without `Signed-By`, and that fingerprints in one are
  /// looked for in.
  func trustedKeyrings() throws(Failure) -> [String] {
    let directory = path("trustedparts", "trusted.gpg.d")
    return
      (try AptSettings.parts(directory, suffix: ".asc", orNone: false)
      + AptSettings.parts(directory, suffix: ".gpg", orNone: false)).sorted()
  }

  /// A path below `Dir::Etc`, as `apt` puts it together.
  private func path(_ name: String, _ standard: String) -> String {
    AptSettings.path(name, standard, configuration)
  }

  private static func path(
    _ name: String,
    _ standard: String,
    _ configuration: AptConfiguration
  ) -> String {
    let value = configuration.value("Dir::Etc::\(name)") ?? standard
    if value.hasPrefix("/") { return value }
    var parent = configuration.value("Dir::Etc") ?? "etc/apt"
    if !parent.hasPrefix("/") { parent = below(configuration.value("Dir") ?? "/", parent) }
    return below(parent, value)
  }

  private static func below(_ directory: String, _ name: String) -> String {
    directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }

  /// The files of a directory that `apt` would read, sorted; none when it is absent.
  static func parts(
    _ path: String,
    suffix: String,
    orNone: Bool
  ) throws(Failure) -> [String] {
    let directory: Directory
    do throws(Failure) {
      directory = try Directory(opening: path)
    } catch  where error.name == .noDirectory {
      return []
    }
    return try directory.list().map(\.name).filter { name in
      name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.:".contains($0)) }
        && (name.hasSuffix(suffix) || (orNone && !name.contains(".")))
    }.sorted().map { path + "/" + $0 }
  }

  /// The texts that `#include` of a path stands for: a file, or the parts of a directory.
  static func included(_ path: String) throws(Failure) -> [[UInt8]] {
    guard path.hasSuffix("/") else { return try contents(path).map { [$0] } ?? [] }
    var texts: [[UInt8]] = []
    for part in try parts(String(path.dropLast()), suffix: ".conf", orNone: true) {
      if let text = try contents(part) { texts.append(text) }
    }
    return texts
  }

  /// The content of a file; nil when it is absent.
  static func contents(_ path: String) throws(Failure) -> [UInt8]? {
    try NamedPath.contents(path, limit: 1 << 20)
  }
}
