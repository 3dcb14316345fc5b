private import Foundation

/// Writes the indexes and Release files of one suite whose packages are in the pool.
struct SuiteWriter {
  let forge: RepositoryForge
  let suite: ForgedSuite

  private var directory: String { forge.root + "/" + suite.directory }

  func write() throws {
    if !suite.isFlat { Disk.remove(directory) }
    let plain = try writeIndexes()
    for compression in suite.compressions { try compress(plain, with: compression) }
    let release = try release()
    for path in plain where !suite.keepsPlainIndexes { Disk.remove(path) }
    if suite.hasByHash { try writeByHash(release) }
    try forge.sign(release, of: suite)
  }

  /// Writes every index uncompressed; answers the paths.
  private func writeIndexes() throws -> [String] {
    var written: [String] = []
    func put(_ text: String, _ path: String) throws {
      try Disk.write(text, to: directory + "/" + path)
      written.append(directory + "/" + path)
    }
    let binaries = try stanzas("packages")
    if suite.isFlat {
      let packages = suite.components.values.flatMap { $0 }
      try put(text(packages, "", binaries), "Packages")
      if packages.contains(where: \.hasSource) {
        try put(try stanzas("sources").values.sorted().joined(), "Sources")
      }
      return written
    }
    for (component, packages) in suite.components.sorted(by: { $0.key < $1.key }) {
      for architecture in suite.architectures + (hasAll ? ["all"] : []) {
        let here = packages.filter { [architecture, "all"].contains($0.architecture) }
        let debs = text(here.filter { !$0.isUdeb }, component, binaries)
        try put(
          debs + suite.furtherStanzas,
          "\(component)/binary-\(architecture)/Packages"
        )
        if packages.contains(where: \.isUdeb) {
          let udebs = text(here.filter(\.isUdeb), component, binaries)
          try put(udebs, "\(component)/debian-installer/binary-\(architecture)/Packages")
        }
        if suite.hasContents {
          let lines = here.filter { !$0.isUdeb }
            .map { "usr/share/\($0.name)/payload-\($0.architecture) misc/\($0.name)\n" }
          try put(lines.sorted().joined(), "\(component)/Contents-\(architecture)")
        }
      }
      if suite.hasTranslations {
        try put(translations(packages, component, binaries), "\(component)/i18n/Translation-en")
      }
      if packages.contains(where: \.hasSource) {
        let all = try stanzas("sources")
        let names = Set(packages.filter(\.hasSource).map(\.name))
        let here = all.filter { $0.key.hasPrefix("pool/\(component)/") }
          .filter { names.contains(($0.key as NSString).lastPathComponent) }
        try put(here.values.sorted().joined(), "\(component)/source/Sources")
      }
    }
    return written
  }

  private var hasAll: Bool {
    suite.components.values.contains { $0.contains { $0.architecture == "all" } }
  }

  private func text(
    _ packages: [ForgedPackage],
    _ component: String,
    _ stanzas: [String: String]
  ) -> String {
    packages.map { stanzas[suite.path(of: $0, in: component)] ?? "" }.sorted().joined()
  }

  /// What apt-ftparchive writes about the pool, by Filename (packages) or Directory (sources).
  private func stanzas(_ kind: String) throws -> [String: String] {
    let place = suite.isFlat ? suite.directory : "pool"
    let all = try run(
      [
        "apt-ftparchive", "-o", "APT::FTPArchive::LongDescription=\(!suite.hasTranslations)", kind,
        place,
      ],
      in: forge.root
    ).succeeded()
    let field = kind == "packages" ? "Filename: " : "Directory: "
    var found: [String: String] = [:]
    for stanza in all.components(separatedBy: "\n\n") where !stanza.isEmpty {
      let key = value(of: field, in: stanza)
      found[key, default: ""] += stanza.trimmingCharacters(in: .newlines) + "\n\n"
    }
    return found
  }

  private func value(of field: String, in stanza: String) -> String {
    stanza.split(separator: "\n").first { $0.hasPrefix(field) }
      .map { String($0.dropFirst(field.count)) } ?? ""
  }

  private func translations(
    _ packages: [ForgedPackage],
    _ component: String,
    _ stanzas: [String: String]
  ) -> String {
    var lines: Set<String> = []
    for package in packages where !package.isUdeb {
      let stanza = stanzas[suite.path(of: package, in: component)] ?? ""
      lines.insert(
        """
        Package: \(package.name)
        Description-md5: \(value(of: "Description-md5: ", in: stanza))
        Description-en: the package \(package.name)
         The long description of \(package.name).


        """
      )
    }
    return lines.sorted().joined()
  }

  private func compress(_ paths: [String], with compression: String) throws {
    let command: [String]
    switch compression {
    case "xz": command = ["xz", "-k", "-0", "-f", "--"]
    case "gz": command = ["gzip", "-n", "-k", "-f", "--"]
    case "bz2": command = ["bzip2", "-k", "-f", "--"]
    case "zst": command = ["zstd", "-q", "-k", "-f", "--"]
    default: throw TestSupportError("no compression \(compression)")
    }
    try run(command + paths).succeeded()
  }

  func release() throws -> String {
    var fields = [
      "Origin": "Test Vendor", "Label": "Test Vendor", "Suite": suite.name,
      "Codename": suite.name,
    ]
    if suite.isFlat {
      fields["Suite"] = nil
      fields["Codename"] = nil
    } else {
      fields["Architectures"] = (suite.architectures + (hasAll ? ["all"] : [])).sorted()
        .joined(separator: " ")
      fields["Components"] = suite.components.keys.sorted().joined(separator: " ")
      // As Debian does: packages for all architectures stand in every index too.
      if hasAll { fields["No-Support-for-Architecture-all"] = "Packages" }
    }
    if suite.hasByHash { fields["Acquire-By-Hash"] = "yes" }
    fields.merge(suite.fields) { _, new in new }
    for name in ["InRelease", "Release", "Release.gpg"] { Disk.remove(directory + "/" + name) }
    // Beside what it lists by itself: command-not-found's files, and a flat repository's German.
    let more = ["Commands-*", "de"].flatMap {
      ["-o", "APT::FTPArchive::Release::Patterns::=\($0)"]
    }
    var text = try run(["apt-ftparchive"] + more + ["release", directory]).succeeded()
    if let date = suite.date {
      let rest = text.split(separator: "\n", maxSplits: 1)[1]
      text = "Date: \(date)\n" + rest
    }
    return fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }.joined() + text
  }

  private func writeByHash(_ release: String) throws {
    guard let start = release.range(of: "\nSHA256:\n") else {
      throw TestSupportError("Release has no SHA256 list")
    }
    for line in release[start.upperBound...].split(separator: "\n") {
      guard line.hasPrefix(" ") else { break }
      let words = line.split(separator: " ")
      let path = directory + "/" + words[2]
      guard Disk.exists(path) else { continue }
      let bytes = try Disk.read(path)
      let parent = (path as NSString).deletingLastPathComponent
      try Disk.write(bytes, to: parent + "/by-hash/SHA256/" + words[0])
    }
  }
}
