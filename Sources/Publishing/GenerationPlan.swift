internal import DebianRepository
internal import Depot
internal import SafeIO

/// What the tree of a generation holds; nothing is touched for it.
struct GenerationPlan {
  /// Every file, by its path below the prefix.
  let list: FileList
  /// The digest of the listing.
  let digest: SHA256Digest
  /// Directories at the top that all generations share, because nothing but packages is in them.
  let sharedTops: Set<String>
  /// Those of them that the vendor's view has too.
  let vendorTops: Set<String>
  /// Release files by path: files of their own, with the time that they carry.
  let releases: [String: UTCTime]

  /// A tree of nothing.
  static let empty = GenerationPlan()

  /// Where the vendor's view lies when there are two.
  static let vendor = "vendor"
  /// What stands in the tree beside the files of snapshots.
  static let reserved = [
    KeyFiles.directory, "snapshots", "vendor", GenerationTree.inner, PublicationDirectory.mark,
  ]

  /// The Release files of a distribution of this site, as they will be.
  struct SiteRelease {
    let distribution: String
    /// Name, size and digest.
    let files: [(name: String, size: UInt64, digest: SHA256Digest)]
  }

  /// The first component of a path, when there are more.
  static func top(_ path: some Collection<UInt8>) -> String? {
    guard let slash = path.firstIndex(of: 0x2f) else { return nil }
    return String(decoding: path[..<slash], as: UTF8.self)
  }

  private init() {
    (list, digest) = (.empty, FileList.empty.listDigest)
    (sharedTops, vendorTops, releases) = ([], [], [:])
  }

  /// A plan whose listing was made before.
  init(
    list: FileList,
    sharedTops: Set<String>,
    vendorTops: Set<String>,
    releases: [String: UTCTime]
  ) {
    (self.list, digest) = (list, list.listDigest)
    (self.sharedTops, self.vendorTops, self.releases) = (sharedTops, vendorTops, releases)
  }

  init(
    _ recipe: PublicationRecipe,
    _ sources: RecipeSources,
    _ siteReleases: [SiteRelease],
    _ further: [(path: String, bytes: [UInt8])] = [],
    carrying: (_ sharedTops: Set<String>) throws(Failure) -> CarriedFiles
  ) throws(Failure) {
    var placed = Placed()
    for view in sources.views { try placed.add(view, siteReleases) }
    placed.privateTops.insert(KeyFiles.directory)
    try placed.addPackages(recipe, sources)
    let carried = try carrying(placed.sharedTops)
    for file in carried.byHash where placed.directories.contains(where: file.path.starts(with:)) {
      try placed.add(file.path, file.size, file.digest)
    }
    sharedTops = placed.sharedTops
    vendorTops = placed.vendorTops
    releases = placed.releases
    let list = try placed.finish(with: further)
    self.list = try GenerationPlan.joining(list, carried.packages, vendorTops: placed.vendorTops)
    digest = self.list.listDigest
  }

  /// The listing with packages that were there before at paths where nothing is now; the first of
  /// two at one path is the newer one.
  private static func joining(
    _ list: FileList,
    _ before: [SuiteView.File],
    vendorTops: Set<String>
  ) throws(Failure) -> FileList {
    var missing: [String: SuiteView.File] = [:]
    for file in before {
      let path = String(decoding: file.path, as: UTF8.self)
      // What the two views share is not twice in a listing.
      let rest = path.hasPrefix(vendor + "/") ? file.path.dropFirst(vendor.utf8.count + 1) : []
      if let top = top(rest), vendorTops.contains(top) { continue }
      if missing[path] == nil, list.index(of: path) == nil { missing[path] = file }
    }
    guard !missing.isEmpty else { return list }
    var builder = FileList.Builder()
    for index in 0..<list.count {
      let path = Array(list.pathBytes(at: index))
      try builder.add(path: path.span, size: list.size(at: index), digest: list.digest(at: index))
    }
    for file in missing.values {
      try builder.add(path: file.path.span, size: file.size, digest: file.digest)
    }
    do throws(Failure) {
      return try builder.finish()
    } catch  where error.name == .fileAndDirectory {
      // A vendor made a directory of what was a file: nobody can have both.
      return list
    }
  }

  /// How many files are not so in the other listing, and their sizes together.
  func news(beside other: FileList?) -> (files: UInt64, bytes: UInt64) {
    guard let other else { return (UInt64(list.count), list.totalSize) }
    var (files, bytes) = (UInt64(0), UInt64(0))
    var position = 0
    for index in 0..<list.count {
      let path = list.pathBytes(at: index)
      while position < other.count,
        other.pathBytes(at: position).lexicographicallyPrecedes(path)
      {
        position += 1
      }
      if position < other.count, other.digest(at: position) == list.digest(at: index),
        other.pathBytes(at: position).elementsEqual(path)
      {
        continue
      }
      files += 1
      bytes &+= list.size(at: index)
    }
    return (files, bytes)
  }

  /// Whether the file at a position lies in what generations share.
  func isShared(_ index: Int) -> Bool {
    GenerationPlan.top(list.pathBytes(at: index)).map(sharedTops.contains) ?? false
  }
}

/// Files of generations before that clients in the middle of an update still ask for.
struct CarriedFiles {
  /// Indexes by their hash.
  var byHash: [SuiteView.File] = []
  /// Packages that are not in the pool that the next generation goes on with; the newest first.
  var packages: [SuiteView.File] = []
}

/// Collects the files of a plan.
private struct Placed {
  var builder = FileList.Builder()
  var releases: [String: UTCTime] = [:]
  // Directories of distributions, in each view.
  var directories: [[UInt8]] = []
  var privateTops: Set<String> = []
  var sharedTops: Set<String> = []
  var vendorTops: Set<String> = []

  mutating func add(
    _ path: [UInt8],
    _ size: UInt64,
    _ digest: SHA256Digest
  ) throws(Failure) {
    try builder.add(path: path.span, size: size, digest: digest)
  }

  private mutating func add(
    _ files: [SuiteView.File],
    below directory: [UInt8]
  ) throws(Failure) {
    directories.append(directory)
    for file in files {
      let path = directory + file.path
      if let top = GenerationPlan.top(path) { privateTops.insert(top) }
      try add(path, file.size, file.digest)
    }
  }

  mutating func add(
    _ view: SuiteView,
    _ siteReleases: [GenerationPlan.SiteRelease]
  ) throws(Failure) {
    let recipe = view.recipe
    let modified = recipe.release?.modified ?? .earliest
    let directory = recipe.directory
    if recipe.mode.hasResigned {
      var files = view.resignedFiles()
      for release in siteReleases where release.distribution == recipe.name {
        for file in release.files {
          files.append(.init(path: Array(file.name.utf8), size: file.size, digest: file.digest))
          releases[directory + file.name] = modified
        }
      }
      try add(files, below: Array(directory.utf8))
    }
    guard recipe.mode.hasVerbatim else { return }
    let prefix = recipe.mode == .both ? GenerationPlan.vendor + "/" + directory : directory
    let files = view.verbatimFiles()
    for file in files where SuiteSource.isRelease(file.path[...]) {
      releases[prefix + String(decoding: file.path, as: UTF8.self)] = modified
    }
    try add(files, below: Array(prefix.utf8))
  }

  /// The packages of all snapshots, at the prefix and in the vendor's view.
  mutating func addPackages(
    _ recipe: PublicationRecipe,
    _ sources: RecipeSources
  ) throws(Failure) {
    var names: [String] = []
    var ofVendor: Set<String> = []
    for distribution in recipe.distributions {
      for snapshot in distribution.snapshots where !names.contains(snapshot.name) {
        names.append(snapshot.name)
      }
      if distribution.mode == .both { ofVendor.insert(distribution.snapshot.name) }
    }
    let vendor = Array((GenerationPlan.vendor + "/").utf8)
    for name in names {
      var lastTop: (bytes: [UInt8], isShared: Bool)?
      try sources.forEachPoolFile(of: name) { (span, size, digest) throws(Failure) in
        let path = Array(copying: span)
        try add(path, size, digest)
        if lastTop.map({ !path.starts(with: $0.bytes) }) ?? true {
          lastTop = share(path, recipe, isOfVendor: ofVendor.contains(name))
        }
        guard ofVendor.contains(name), !(lastTop?.isShared ?? false) else { return }
        try add(vendor + path, size, digest)
      }
    }
  }

  /// Decides of the directory at the top of a path whether generations share it.
  private mutating func share(
    _ path: [UInt8],
    _ recipe: PublicationRecipe,
    isOfVendor: Bool
  ) -> (bytes: [UInt8], isShared: Bool)? {
    guard let top = GenerationPlan.top(path) else { return nil }
    let isShared = recipe.hasLinks && !privateTops.contains(top)
    if isShared {
      sharedTops.insert(top)
      if isOfVendor { vendorTops.insert(top) }
    }
    return (Array(top.utf8) + [0x2f], isShared)
  }

  /// The listing: the files of snapshots, and those that this program adds.
  mutating func finish(
    with further: [(path: String, bytes: [UInt8])]
  ) throws(Failure) -> FileList {
    do throws(Failure) {
      let added = Set(further.map(\.path))
      for file in further {
        try add(Array(file.path.utf8), UInt64(file.bytes.count), SHA256Digest.of(file.bytes))
      }
      let list = try builder.finish()
      for name in GenerationPlan.reserved where name != GenerationPlan.vendor {
        let inside = list.indices(withPrefix: name + "/")
        guard list.index(of: name) == nil, inside.allSatisfy({ added.contains(list.path(at: $0)) })
        else {
          throw Failure(
            .state,
            "conflict",
            "a snapshot has files where this program has its own",
            subject: name
          )
        }
      }
      return list
    } catch  where error.name == .twoContents || error.name == .fileAndDirectory {
      throw Failure(
        .state,
        "conflict",
        "the snapshots cannot be published together: \(error.reason)",
        subject: error.subject,
        hint: "publish them at different prefixes"
      )
    }
  }
}
