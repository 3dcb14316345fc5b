internal import Depot
internal import SafeIO

/// One publication on disk: `.publications/<prefix>/` with its generations and `current`, and
/// the link at the prefix that leads there.
struct PublicationDirectory {
  let prefix: PublicationPrefix
  let publicRoot: Directory
  let directory: Directory
  let generations: Directory
  /// Whether it has no links.
  let isPlain: Bool

  static let container = ".publications"
  private static let snapshots = "snapshots"

  /// The pools that its generations share.
  var pools: Pools { Pools(publication: directory) }
  private static let current = "current"

  /// Opens the directory of a publication; made when `making`, else nil when it is not there.
  ///
  /// One that is made is one without links when `isPlain`; one that is there stays what it is.
  init?(
    _ prefix: PublicationPrefix,
    in publicRoot: Directory,
    making: Bool,
    isPlain: Bool = false
  ) throws(Failure) {
    let path = PublicationDirectory.container + "/" + prefix.directoryName + "/generations"
    if making {
      guard let path = RelativePath(path) else { return nil }
      let isNew = try publicRoot.directoryIfPresent(path.text) == nil
      _ = try publicRoot.makePath(path)
      if isNew, isPlain, let home = path.parent {
        let directory = try publicRoot.directory(home.text)
        try DurableFile.write([], as: PublicationDirectory.plain, in: directory)
      }
    }
    guard let generations = try publicRoot.directoryIfPresent(path) else { return nil }
    self.prefix = prefix
    self.publicRoot = publicRoot
    self.generations = generations
    directory = try publicRoot.directory(
      PublicationDirectory.container + "/" + prefix.directoryName
    )
    self.isPlain = try directory.status(PublicationDirectory.plain) != nil
    // Each generation has a link to it: it is there before the first one can be seen.
    if making, !self.isPlain { _ = try directory.makeDirectory(PublicationDirectory.snapshots) }
  }

  /// The tree of a generation, wherever it stands; nil when it is missing.
  func tree(_ number: UInt64) throws(Failure) -> Directory? {
    if isPlain, try currentNumber() == number { return try plainTree() }
    return try generations.directoryIfPresent(PublicationDirectory.name(number))
  }

  /// The name of a generation's tree: six digits at least.
  static func name(_ number: UInt64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
  }

  /// The number of a tree's name, or nil when it is none.
  static func number(_ name: String) -> UInt64? {
    guard let number = UInt64(name), number > 0, PublicationDirectory.name(number) == name else {
      return nil
    }
    return number
  }

  /// The generation that clients see; nil when they see none.
  func currentNumber() throws(Failure) -> UInt64? {
    if isPlain {
      return try plainTree().flatMap { (tree) throws(Failure) in
        try PublicationDirectory.marked(tree)
      }
    }
    guard try directory.status(PublicationDirectory.current) != nil else { return nil }
    guard let target = try directory.symbolicLinkTarget(PublicationDirectory.current),
      target.hasPrefix("generations/"),
      let number = PublicationDirectory.number(String(target.dropFirst("generations/".count)))
    else {
      throw Failure(
        .state,
        "foreign-link",
        "`current` of the publication is not a link that this program made",
        subject: directory.describe(PublicationDirectory.current),
        hint: "find out who changed it; remove it and publish again"
      )
    }
    return number
  }

  /// Clients see something that the catalogue has no row for: never removed, never gone over.
  func unknown(_ number: UInt64) -> Failure {
    Failure(
      .state,
      "unknown-generation",
      "clients see a generation that the catalogue does not know",
      subject: "\(prefix.text), generation \(number)",
      hint:
        "put the catalogue that belongs to this public directory back from a backup; when there "
        + "is none any more, move \(directory.path) away and publish again: clients find nothing "
        + "meanwhile"
    )
  }

  /// The one step that clients notice: `current` points to another generation, durably.
  func switchTo(_ number: UInt64) throws(Failure) {
    if isPlain { return try switchPlain(to: number) }
    let temporary = "." + PublicationDirectory.current + ".part"
    _ = try directory.removeFile(temporary)
    let target = "generations/" + PublicationDirectory.name(number)
    try directory.makeSymbolicLink(temporary, target: target)
    try directory.rename(temporary, to: directory, as: PublicationDirectory.current)
    try directory.sync()
  }

  /// The trees that are there, unfinished ones by name.
  func trees() throws(Failure) -> (numbers: Set<UInt64>, unfinished: [String]) {
    var numbers: Set<UInt64> = []
    var unfinished: [String] = []
    for entry in try generations.list() {
      if entry.kind == .directory, let number = PublicationDirectory.number(entry.name) {
        numbers.insert(number)
      } else {
        unfinished.append(entry.name)
      }
    }
    return (numbers, unfinished)
  }

  /// Removes a tree: under another name first, so that half of one is never taken for whole.
  func removeTree(_ number: UInt64) throws(Failure) {
    let name = PublicationDirectory.name(number)
    let doomed = "." + name + ".gone"
    _ = try generations.removeTree(doomed)
    guard try generations.status(name) != nil else { return }
    try generations.rename(name, to: generations, as: doomed)
    _ = try generations.removeTree(doomed)
  }

  /// Makes `snapshots/<name>` lead to the generation that has this address, and to nothing for a
  /// snapshot that no generation has.
  func showSnapshots(
    _ generations: [GenerationRecord],
    of depot: Depot,
    _ beforeChange: () throws(Failure) -> Void = {}
  ) throws(Failure) {
    if isPlain { return }
    var present: [GenerationRecord] = []
    for generation in generations where generation.state != .prepared {
      let tree = PublicationDirectory.name(generation.number) + "/" + GenerationTree.inner
      if try self.generations.status(tree) != nil { present.append(generation) }
    }
    var wanted = try SnapshotAddresses.choose(among: present, in: depot)
      .mapValues { generation in
        "../generations/\(PublicationDirectory.name(generation.number))/\(GenerationTree.inner)"
      }
    let isLacking = try directory.status(PublicationDirectory.snapshots) == nil
    if wanted.isEmpty, isLacking { return }
    if isLacking { try beforeChange() }
    let isNew = try directory.makeDirectory(PublicationDirectory.snapshots)
    let links = try directory.directory(PublicationDirectory.snapshots)
    var hasChanged = isNew
    for entry in try links.list() {
      if let target = wanted[entry.name], entry.kind == .symbolicLink,
        try links.symbolicLinkTarget(entry.name) == target
      {
        wanted[entry.name] = nil
      } else if wanted[entry.name] == nil {
        try beforeChange()
        _ = try links.removeTree(entry.name)
        hasChanged = true
      }
    }
    let temporary = ".link.part"
    for (name, target) in wanted.sorted(by: { $0.key < $1.key }) {
      try beforeChange()
      _ = try links.removeFile(temporary)
      try links.makeSymbolicLink(temporary, target: target)
      try links.rename(temporary, to: links, as: name)
      hasChanged = true
    }
    if hasChanged { try links.sync() }
    if isNew { try directory.sync() }
  }

  /// Whether the link at the prefix is there; refuses anything else with that name.
  static func hasLink(_ prefix: PublicationPrefix, in root: Directory) throws(Failure) -> Bool {
    var above = RelativePath(prefix.text)?.parent
    while let path = above {
      switch try root.status(path.text)?.kind {
      case .regular, .other: throw foreign(path.text, root)
      default: above = path.parent
      }
    }
    guard let status = try root.status(prefix.text) else { return false }
    let (parent, name) = try PublicationDirectory.parent(of: prefix, in: root, making: false)
    if status.kind == .symbolicLink, let parent,
      try parent.symbolicLinkTarget(name) == prefix.linkTarget
    {
      return true
    }
    let plain = "\(container)/\(prefix.directoryName)/\(PublicationDirectory.plain)"
    if status.kind == .directory, try root.status(plain) != nil,
      try marked(try root.directory(prefix.text)) != nil
    {
      return true
    }
    throw foreign(prefix.text, root)
  }

  /// The name of the refusal to touch what is no publication.
  static let foreignFile: Failure.Name = "foreign-file"

  static func foreign(_ path: String, _ root: Directory) -> Failure {
    Failure(
      .state,
      foreignFile,
      "something that is not a publication is at this prefix; it is left alone",
      subject: root.describe(path),
      hint: "publish at another prefix, or move it away"
    )
  }

  /// Makes the link at the prefix, once.
  func makeLink(_ beforeChange: () throws(Failure) -> Void = {}) throws(Failure) {
    if isPlain { return }
    if try PublicationDirectory.hasLink(prefix, in: publicRoot) { return }
    try beforeChange()
    let (parent, name) = try PublicationDirectory.parent(of: prefix, in: publicRoot, making: true)
    guard let parent else { return }
    try parent.makeSymbolicLink(name, target: prefix.linkTarget)
    try parent.sync()
    // The directories above may be new.
    if parent !== publicRoot { try publicRoot.syncFileSystem() }
  }

  /// Takes the publication away from clients: the link at the prefix, then `current`, durably.
  func hide() throws(Failure) {
    if isPlain { try hidePlain() }
    if try PublicationDirectory.hasLink(prefix, in: publicRoot) {
      let (parent, name) = try PublicationDirectory.parent(
        of: prefix,
        in: publicRoot,
        making: false
      )
      _ = try parent?.removeFile(name)
      try parent?.sync()
    }
    var above = RelativePath(prefix.text)?.parent
    while let path = above, try publicRoot.directoryIfPresent(path.text)?.list().isEmpty ?? false {
      _ = try publicRoot.removeDirectory(path.text)
      above = path.parent
    }
    _ = try directory.removeFile(PublicationDirectory.current)
    try directory.sync()
  }

  static func parent(
    of prefix: PublicationPrefix,
    in root: Directory,
    making: Bool
  ) throws(Failure) -> (Directory?, String) {
    guard let path = RelativePath(prefix.text), let parent = path.parent else {
      return (root, prefix.text)
    }
    if making { return (try root.makePath(parent), path.lastComponent) }
    return (try root.directoryIfPresent(parent.text), path.lastComponent)
  }
}
