internal import Archives
internal import DebianRepository
internal import SafeIO

/// Which listed files are taken, in which order of forms, and under which names.
extension SuiteIndexes {
  /// The wanted files, each in all the forms that are listed, the best first.
  func wanted() throws(Failure) -> [[ListedFile]] {
    var places: [[UInt8]: Int] = [:]
    var groups: [[ListedFile]] = []
    for listed in signed.release.files
    where !isPatchIndex(listed.path) && selection.wants(listed.path, of: signed.release)
      && unreadReason(listed) == nil
    {
      if listed.isImpossible {
        guard try !isWanted(impossible: listed) else { throw impossible(listed) }
        continue
      }
      let stem = Array(SuiteIndexes.stem(listed.path).utf8)
      if !selection.takesAllForms, let place = places[stem] {
        groups[place].append(listed)
      } else {
        places[stem] = groups.count
        groups.append([listed])
      }
    }
    guard !selection.takesAllForms else { return groups }
    return groups.map { forms in
      forms.sorted { SuiteIndexes.rank($0.path) < SuiteIndexes.rank($1.path) }
    }
  }

  /// Whether a file that is listed with a hash that no file has keeps the suite out: of a tree one that is
  /// there, of an upstream an index that clients ask for.
  private func isWanted(impossible listed: ListedFile) throws(Failure) -> Bool {
    guard selection.takesAllForms else {
      return IndexForm(listed.path) != nil && isAskedFor(listed.path)
    }
    return try files.has(directory + listed.path.text)
  }

  /// The path without the compression's ending.
  static func stem(_ path: RelativePath) -> String {
    for compression in Compression.allCases where compression != .none {
      if path.text.hasSuffix(compression.suffix) {
        return String(path.text.dropLast(compression.suffix.utf8.count))
      }
    }
    return path.text
  }

  /// The order in which forms are tried: the smallest first, as far as the name tells.
  private static func rank(_ path: RelativePath) -> Int {
    let order: [Compression] = [.xz, .zstd, .bzip2, .gzip, .lzma, .lz4]
    return order.firstIndex { path.text.hasSuffix($0.suffix) } ?? order.count
  }

  /// The name itself first, then the by-hash names: those that may be there, or the one by the
  /// strongest hash, for which `apt` asks.
  func names(of listed: ListedFile) -> [String] {
    let plain = directory + listed.path.text
    let byHash = ListedHash.allCases.compactMap { hash in
      listed.value(of: hash).map { ByHashPath(besides: plain, hash, $0).text }
    }
    guard !selection.takesAllForms else { return [plain] + byHash }
    return [plain] + (signed.release.acquireByHash ? byHash.prefix(1) : [])
  }

  /// Patches against older indexes are not carried: a site that is updated by bundles has no use
  /// for them, and apt takes the whole index when their list is absent.
  private func isPatchIndex(_ path: RelativePath) -> Bool {
    path.lastComponent == "Index" && (path.parent?.text.hasSuffix(".diff") ?? false)
  }

  /// Why apt does not take a listed index, though it is there; nil for what it takes, and for files
  /// that are no indexes of packages.
  private func unreadReason(_ listed: ListedFile) -> String? {
    guard let index = IndexPath(listed.path.text) else {
      return listed.isWeak ? "is listed by MD5 or SHA-1 only" : nil
    }
    if listed.isWeak { return "is listed by MD5 or SHA-1 only" }
    // The Debian installer needs no plain form, and a stray index is nobody's.
    guard index.kind == .packages || index.kind == .sources, !index.ending.isEmpty else {
      return nil
    }
    let plain = RelativePath(index.plain.text).flatMap { signed.release.file($0) }
    if let plain {
      return plain.isWeak ? "is listed, but the index itself by MD5 or SHA-1 only" : nil
    }
    return "is listed, but the index is not listed uncompressed"
  }

  /// The indexes of packages that the Release file lists in a way in which apt does not find them, a
  /// sentence each.
  func unreadIndexes() -> [String] {
    var lines: [String] = []
    for listed in signed.release.files
    where IndexForm(listed.path) != nil && selection.wants(listed.path, of: signed.release) {
      guard let reason = unreadReason(listed) else { continue }
      lines.append("\(directory)\(listed.path) \(reason): apt does not take it, and it is left out")
    }
    for name in signed.release.unread {
      guard let path = ArchivePath.resolve(Array(name.utf8).span), IndexForm(path) != nil,
        signed.release.file(path) == nil
      else { continue }
      lines.append("\(directory): its Release file lists \(name), where apt looks for \(path)")
    }
    return Array(lines.prefix(50))
  }

  private func impossible(_ listed: ListedFile) -> Failure {
    Failure(
      .integrity,
      "wrong-hash",
      "the Release file lists this file with a hash that no file has; apt refuses it too",
      subject: directory + listed.path.text
    )
  }
}
