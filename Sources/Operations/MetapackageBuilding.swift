internal import Composing
internal import Depot
internal import Metapackages
package import SafeIO
package import Solving

/// What meta-packages are built from, and where they go.
package struct MetapackageOrder: Sendable {
  /// The control file, or the list.
  package let file: String
  /// For a list: what the package is called.
  package var name: String?
  package var version: String?
  package var maintainer: String?
  /// The one line of the description.
  package var synopsis: String?
  /// The time of the files where no changelog says one; nil for now.
  package var time: UTCTime?
  /// Snapshots whose versions are written into the dependencies; empty for none.
  package var pins: [String] = []
  /// For machines of these architectures; empty for all that the snapshots have.
  package var architectures: [String] = []
  /// Where the packages go; nil when nothing is to be written.
  package var destination: Destination?
  /// Whether a package of the same name and version with other bytes is replaced.
  package var isReplacing = false

  /// A place for packages.
  package enum Destination: Sendable {
    case directory(String)
    /// A repository of this depot.
    case repo(String)
  }

  package init(file: String) { self.file = file }

  /// What is said besides the file.
  func settings(now: UTCTime) -> MetapackageFile.Settings {
    var settings = MetapackageFile.Settings()
    settings.name = name
    settings.version = version
    settings.maintainer = maintainer
    settings.synopsis = synopsis
    settings.time = time ?? now
    return settings
  }
}

/// What became of an order.
package struct MetapackageResult: Sendable {
  /// One package.
  package struct Built: Sendable {
    package let name: String
    package let version: String
    /// Its file: a path when it was written, else what it would be called.
    package let file: String
    package let size: UInt64
    package let sha256: SHA256Digest
    /// Its control file.
    package let control: String
    /// Whether the file was there already, with the same bytes.
    package let isUnchanged: Bool
  }

  package internal(set) var packages: [Built] = []
  /// What the snapshots cannot satisfy; then nothing was written.
  package internal(set) var problems: [DependencyProblem] = []

  /// Refuses when something could not be satisfied.
  package func requireSatisfied() throws(Failure) {
    guard !problems.isEmpty else { return }
    throw Failure(
      .incomplete,
      "uninstallable",
      "the snapshot does not have all that the meta-package needs; nothing was written",
      hint: "leave out what is missing, or pin to a snapshot that has it (--pin is repeatable)"
    )
  }
}

extension Session {
  /// Builds the meta-packages that a file describes; a depot is needed for pins alone.
  ///
  /// - Throws: `usage` with the line that is wrong, `state` for a file that would be replaced.
  package func buildMetapackages(
    _ order: MetapackageOrder
  ) throws(Failure) -> MetapackageResult {
    let bytes = try text(order.file)
    let directory = NamedPath.split(order.file).directory
    var packages = try MetapackageFile(bytes, name: order.file)
      .packages(order.settings(now: now)) { (name) throws(Failure) in
        try NamedPath.contents(directory + "/" + name, limit: MetapackageFile.longest)
      }
    if order.time == nil, packages.contains(where: { !$0.isDated }) {
      tell(
        Note(
          .warning,
          "metapackage-clock",
          "there is no changelog and no SOURCE_DATE_EPOCH: the files of the package have the time of "
            + "now, and another build has other bytes"
        )
      )
    }
    var result = MetapackageResult()
    if !order.pins.isEmpty {
      let pinning = try MetapackagePinning(
        order.pins,
        architectures: order.architectures,
        try depot()
      )
      for index in packages.indices { result.problems += try pinning.pin(&packages[index]) }
    }
    guard result.problems.isEmpty else { return result }
    // All are made before the first is written.
    let made = try packages.map { (package) throws(Failure) in try package.packaged() }
    let files = zip(packages, made).map { (name: $0.fileName, bytes: $1) }
    let (paths, unchanged) = try put(files, order)
    for (index, package) in packages.enumerated() {
      result.packages.append(
        MetapackageResult.Built(
          name: package.name,
          version: package.version,
          file: paths[index],
          size: UInt64(made[index].count),
          sha256: SHA256Digest.of(made[index]),
          control: try package.control(),
          isUnchanged: unchanged.contains(package.name)
        )
      )
    }
    return result
  }

  private func text(_ path: String) throws(Failure) -> [UInt8] {
    do throws(Failure) {
      return try NamedFile.read(path, limit: MetapackageFile.longest)
    } catch {
      guard error.name == "too-large" else { throw error }
      throw Failure(
        .unsafe,
        "too-large",
        "the file has more than \(MetapackageFile.longest) bytes",
        subject: path,
        hint: "name a control file or a list, not a package or an index"
      )
    }
  }

  /// Puts packages where they are wanted.
  ///
  /// - Returns: what their files are called there, and the names of those that were there already.
  private func put(
    _ files: [(name: String, bytes: [UInt8])],
    _ order: MetapackageOrder
  ) throws(Failure) -> (paths: [String], unchanged: Set<String>) {
    let names = files.map(\.name)
    func package(_ label: String) -> String {
      String(label.prefix { $0 != " " && $0 != "_" })
    }
    switch order.destination {
    case nil: return (names, [])
    case .repo(let repo):
      let outcome = try addToRepo(repo, files, replacing: order.isReplacing)
      return (names, Set(outcome.unchanged.map(package)))
    case .directory(let directory):
      let base = directory.hasSuffix("/") ? directory : directory + "/"
      var unchanged: Set<String> = []
      for file in files where try isThere(base + file.name, file.bytes, order.isReplacing) {
        unchanged.insert(package(file.name))
      }
      for file in files where !unchanged.contains(package(file.name)) {
        try OutsideFile(base + file.name) { (directory, _) throws(Failure) in
          try Depot.requireOutsideAny(directory)
        }.write(file.bytes)
      }
      return (names.map { base + $0 }, unchanged)
    }
  }

  /// Whether the file is there already; refuses another one of its name.
  private func isThere(
    _ path: String,
    _ bytes: [UInt8],
    _ isReplacing: Bool
  ) throws(Failure) -> Bool {
    let present = try NamedPath.contents(path, limit: 64 << 20)
    guard present == nil || present == bytes || isReplacing else {
      throw Failure(
        .state,
        "metapackage-exists",
        "a file of this name is there, with other bytes",
        subject: path,
        hint: "raise the version, or add --replace if no machine has the other one"
      )
    }
    return present == bytes
  }
}
