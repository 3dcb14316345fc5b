private import Foundation

/// A machine's real apt, with directories of its own: needs no root and touches nothing outside.
package struct AptClient: Sendable {
  /// Where its `etc`, `var` and downloads are.
  package let root: String
  private let environment: [String: String]

  /// A client without any source.
  package init(root: String, architectures: [String] = ["amd64"]) throws {
    self.root = root
    environment = ["APT_CONFIG": root + "/apt.conf", "HOME": root]
    for directory in [
      "etc/apt/apt.conf.d", "etc/apt/sources.list.d", "etc/apt/preferences.d",
      "etc/apt/trusted.gpg.d", "var/lib/apt/lists/partial", "var/cache/apt/archives/partial",
      "var/lib/dpkg", "var/log/apt", "downloads",
    ] {
      try Disk.makeDirectory(root + "/" + directory)
    }
    try Disk.write("", to: root + "/var/lib/dpkg/status")
    let list = architectures.map { "\"\($0)\";" }.joined(separator: " ")
    // The sandbox user could not enter a private temporary directory.
    try Disk.write(
      """
      Dir "\(root)/";
      Dir::State "var/lib/apt";
      Dir::State::status "\(root)/var/lib/dpkg/status";
      Dir::Cache "var/cache/apt";
      Dir::Etc "etc/apt";
      Dir::Etc::trusted "\(root)/etc/apt/trusted.gpg";
      Dir::Etc::trustedparts "\(root)/etc/apt/trusted.gpg.d";
      Dir::Log "var/log/apt";
      APT::Architecture "\(architectures.first ?? "amd64")";
      APT::Architectures { \(list) };
      APT::Sandbox::User "";
      APT::Get::Assume-Yes "true";
      APT::Install-Recommends "true";
      Acquire::Languages { "en"; };
      Acquire::Retries "0";

      """,
      to: root + "/apt.conf"
    )
  }

  /// Adds a deb822 source over `file:` whose signatures must be by the given armored key.
  package func addSource(
    _ name: String = "test",
    tree: String,
    suite: String,
    components: [String],
    armoredKey: String?,
    withSources: Bool = false,
    more: String = ""
  ) throws {
    var text = """
      Types: deb\(withSources ? " deb-src" : "")
      URIs: file:\(tree)
      Suites: \(suite)

      """
    if !components.isEmpty { text += "Components: \(components.joined(separator: " "))\n" }
    if let armoredKey {
      let keyring = root + "/etc/apt/\(name).asc"
      try Disk.write(armoredKey, to: keyring)
      text += "Signed-By: \(keyring)\n"
    }
    try Disk.write(text + more, to: root + "/etc/apt/sources.list.d/\(name).sources")
  }

  /// `apt-get update`; warnings are failures too.
  package func update() throws -> RunResult {
    try run(
      ["apt-get", "--error-on=any", "update"],
      environment: environment
    )
  }

  /// `apt-get` with these arguments, in the downloads directory.
  package func aptGet(_ arguments: String...) throws -> RunResult {
    try run(["apt-get"] + arguments, environment: environment, in: root + "/downloads")
  }

  /// `apt-cache` with these arguments.
  package func aptCache(_ arguments: String...) throws -> RunResult {
    try run(["apt-cache"] + arguments, environment: environment)
  }

  /// Every package that the sources offer, as `name:architecture=version`, sorted.
  package func available() throws -> [String] {
    var found: Set<String> = []
    for stanza in try aptCache("dumpavail").succeeded().components(separatedBy: "\n\n") {
      var fields: [Substring: Substring] = [:]
      for line in stanza.split(separator: "\n") where !line.hasPrefix(" ") {
        let parts = line.split(separator: ":", maxSplits: 1)
        if parts.count == 2 { fields[parts[0]] = parts[1].dropFirst() }
      }
      guard let name = fields["Package"], let version = fields["Version"] else { continue }
      found.insert("\(name):\(fields["Architecture"] ?? "all")=\(version)")
    }
    return found.sorted()
  }

  /// Downloads every available package, checked by apt; answers the file names.
  package func downloadAll() throws -> [String] {
    // An architecture-independent package has no architecture as far as `download` goes.
    let wanted = try available().map { $0.replacing(":all=", with: "=") }
    try run(
      ["apt-get", "download"] + wanted,
      environment: environment,
      in: root + "/downloads"
    ).succeeded()
    return try Disk.names(in: root + "/downloads")
  }

  /// The packages that an installation would bring, as `apt-get --simulate install` says.
  package func simulateInstall(_ names: String...) throws -> [String] {
    let text = try run(
      ["apt-get", "--simulate", "install"] + names,
      environment: environment
    ).succeeded()
    return text.split(separator: "\n").filter { $0.hasPrefix("Inst ") }
      .map { String($0.split(separator: " ")[1]) }.sorted()
  }
}
