internal import Archives
internal import DebianRepository
internal import SafeIO

/// Which listed files are taken, in which order of forms, and under which names.
extension SuiteIndexes {
  /// The wanted files, each in all the forms that are listed, the best first.
  func wanted() throws(Failure) -> [[ListedFile]] {
    var places: [String: Int] = [:]
    var groups: [[ListedFile]] = []
    for listed in signed.release.files
    where !isPatchIndex(listed.path) && selection.wants(listed.path, of: signed.release) {
      if listed.isWeak {
        guard try !files.has(directory + listed.path.text) else { throw weak(listed) }
        continue
      }
      let stem = SuiteIndexes.stem(listed.path)
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

  /// The path without the compression's ending.
  private static func stem(_ path: RelativePath) -> String {
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

  private func weak(_ listed: ListedFile) -> Failure {
    Failure(
      .trust,
      "weak-hashes",
      "the Release file vouches for this file by MD5 or SHA-1 only",
      subject: directory + listed.path.text
    )
  }
}
