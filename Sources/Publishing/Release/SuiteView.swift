internal import DebianRepository
internal import Depot
internal import SafeIO

/// What one distribution shows in one of its views, below its directory, and the text of a Release
/// file of this site for it; a pure plan.
struct SuiteView {
  let recipe: DistributionRecipe
  let base: SuiteSource
  let components: [(name: String, source: SuiteSource)]

  /// A file below the distribution's directory.
  struct File {
    let path: [UInt8]
    let size: UInt64
    let digest: SHA256Digest
  }

  /// Where a path of the distribution comes from; nil when it is left out.
  private func source(of path: some Collection<UInt8>) -> SuiteSource? {
    for (name, source) in components where ComponentPath.lies(path, in: name) { return source }
    return recipe.hasOnlyItsComponents ? nil : base
  }

  private var sources: [SuiteSource] { [base] + components.map(\.source) }

  /// The vendor's files, byte for byte, with those of its Release files.
  ///
  /// Names by hash are added even where Release does not offer them: a client can be told to use
  /// them (`By-Hash: force`).
  func verbatimFiles() -> [File] {
    files(of: base) { _ in true } + byHashFiles(of: base) { _ in true }
  }

  /// The vendor's indexes for a Release file of this site.
  func resignedFiles() -> [File] {
    var found: [File] = []
    for (index, source) in sources.enumerated() {
      func isWanted(_ path: ArraySlice<UInt8>) -> Bool {
        if SuiteSource.isRelease(path) { return false }
        for (position, component) in components.enumerated()
        where ComponentPath.lies(path, in: component.name) {
          return position + 1 == index
        }
        return index == 0 && !recipe.hasOnlyItsComponents
      }
      func isServed(_ path: ArraySlice<UInt8>) -> Bool {
        isWanted(path) && !source.isRewritten(path)
      }
      found += files(of: source, where: isServed)
      found += byHashFiles(of: source, where: isServed)
      found += rewrittenFiles(of: source, where: isWanted)
    }
    return found
  }

  /// The indexes that this site writes itself, with their names by hash.
  private func rewrittenFiles(
    of source: SuiteSource,
    where isWanted: (ArraySlice<UInt8>) -> Bool
  ) -> [File] {
    source.rewritten.filter { isWanted(Array($0.path.utf8)[...]) }.flatMap { index in
      [index.path, ByHashPath(besides: index.path, .sha256, index.digest.hex).text].map {
        File(path: Array($0.utf8), size: UInt64(index.bytes.count), digest: index.digest)
      }
    }
  }

  /// What lies in the distribution's directory and is neither an index nor a Release file: packages,
  /// where a vendor keeps them beside the indexes.
  func packages() -> [File] {
    var indexes = Set(sources.flatMap { $0.release.files.map(\.path.bytes) })
    indexes.formUnion(sources.flatMap(\.rewritten).map { Array($0.path.utf8) })
    let files = recipe.mode == .verbatim ? files(of: base) { _ in true } : resignedFiles()
    return files.filter { file in
      !ByHashPath.isOne(file.path[...]) && !indexes.contains(file.path)
        && !SuiteSource.isRelease(file.path[...])
    }
  }

  private func files(
    of source: SuiteSource,
    where isWanted: (ArraySlice<UInt8>) -> Bool
  ) -> [File] {
    source.positions.compactMap { index in
      let path = source.relativePath(at: index)
      guard isWanted(path) else { return nil }
      return File(
        path: Array(path),
        size: source.list.size(at: index),
        digest: source.list.digest(at: index)
      )
    }
  }

  /// The names by hash that clients ask for, whether or not the vendor's tree had them.
  private func byHashFiles(
    of source: SuiteSource,
    where isWanted: (ArraySlice<UInt8>) -> Bool
  ) -> [File] {
    var found: [File] = []
    for file in source.release.files where isWanted(file.path.bytes[...]) {
      guard let index = source.position(of: file) else { continue }
      let digest = source.list.digest(at: index)
      var names = [ByHashPath(besides: file.path.text, .sha256, digest.hex).text]
      if let strong = file.sha512 {
        names.append(ByHashPath(besides: file.path.text, .sha512, strong).text)
      }
      found += names.map { File(path: Array($0.utf8), size: file.size, digest: digest) }
    }
    return found
  }

  /// The Release file of this site: the vendor's fields unless changed, and what is carried.
  func release(date: UTCTime, signers: [String], snapshotsURL: String?) -> ReleaseText {
    var text = ReleaseText()
    text.take(base.release)
    if recipe.name != recipe.source {
      // Else apt warns that the distribution is not the one that was asked for.
      text.set("Suite", recipe.name)
    }
    for (name, value) in recipe.fields { text.set(name, value.isEmpty ? nil : value) }
    text.set("Date", ArchiveDate.text(date))
    text.set("Valid-Until", recipe.validFor.map { ArchiveDate.text(date.adding(seconds: $0)) })
    text.set("Acquire-By-Hash", "yes")
    text.set("Snapshots", snapshotsURL)
    text.set("Signed-By", recipe.namesSigners ? signers.joined(separator: ", ") : nil)
    text.files = listedFiles()
    limit(&text)
    return text
  }

  /// Compressed forms that an uncompressed index may have.
  private static let compressions = ["xz", "gz", "bz2", "zst", "lz4", "lzma"]

  /// What is carried, and the uncompressed twin of what is carried compressed: apt verifies that
  /// after decompression.
  private func listedFiles() -> [ListedFile] {
    var found: [ListedFile] = []
    for (index, source) in sources.enumerated() {
      var twins: Set<String> = []
      var carried: Set<String> = []
      func isWanted(_ path: [UInt8]) -> Bool {
        for (position, component) in components.enumerated()
        where ComponentPath.lies(path, in: component.name) {
          return position + 1 == index
        }
        return index == 0 && !recipe.hasOnlyItsComponents
      }
      found += source.rewritten.filter { isWanted(Array($0.path.utf8)) }.flatMap(\.listed)
      let listed = source.release.files.filter { file in
        isWanted(file.path.bytes) && !source.isRewritten(file.path.bytes[...])
      }
      for file in listed {
        guard let position = source.position(of: file) else { continue }
        found.append(file.with(sha256: source.list.digest(at: position)))
        carried.insert(file.path.text)
        let name = file.path.text
        guard let dot = name.lastIndex(of: "."),
          SuiteView.compressions.contains(String(name[name.index(after: dot)...]))
        else { continue }
        twins.insert(String(name[..<dot]))
      }
      for file in listed where twins.contains(file.path.text) && !carried.contains(file.path.text) {
        found.append(file)
      }
    }
    return found
  }

  /// Leaves out architectures and components of which nothing is carried: apt would complain.
  private func limit(_ text: inout ReleaseText) {
    if recipe.isFlat { return }
    let paths = text.files.map(\.path.text)
    let found = Set(paths.compactMap { IndexPath($0) }.compactMap(SuiteView.carriedArchitecture))
    var componentNames = recipe.hasOnlyItsComponents ? [] : base.release.components
    for (name, _) in components where !componentNames.contains(name) { componentNames.append(name) }
    let carried = componentNames.filter { name in
      paths.contains { ComponentPath.lies($0.utf8, in: name) }
    }
    if !carried.isEmpty { text.set("Components", carried.joined(separator: " ")) }
    var architectures = base.release.architectures
    for (_, source) in components {
      for name in source.release.architectures where !architectures.contains(name) {
        architectures.append(name)
      }
    }
    let repeatsAll = text.value(of: "No-Support-for-Architecture-all") != nil
    let present = architectures.filter { $0 == "all" && repeatsAll || found.contains($0) }
    if !present.isEmpty { text.set("Architectures", present.joined(separator: " ")) }
  }

  /// The architecture that a client can have something of when this file is carried.
  private static func carriedArchitecture(_ index: IndexPath) -> String? {
    switch index.kind {
    case .packages, .udebs, .contents, .udebContents, .installer, .directoryRelease:
      index.architecture
    default: nil
    }
  }
}
