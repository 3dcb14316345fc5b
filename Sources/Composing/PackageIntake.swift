internal import Archives
internal import DebianRepository
internal import Depot
internal import Objects
internal import SafeIO
internal import VendorChain

/// Reads the packages of one addition: binary ones, source packages and whole uploads.
struct PackageIntake {
  private let repo: RepoRecord
  private let open: RepoIntake.Opening
  private let objects: any ObjectStore
  private var files: UploadFiles

  /// The packages, in the order in which they were read.
  private(set) var packages: [RepoContent.Package] = []
  /// Files of uploads that a repository does not keep.
  private(set) var ignored: [String] = []
  /// The pinned keys that signed.
  private(set) var signers: Set<String> = []
  /// Those that signed the upload that is being read.
  private var uploaders: [String] = []

  init(
    _ repo: RepoRecord,
    _ staging: Staging,
    _ objects: any ObjectStore,
    open: @escaping RepoIntake.Opening
  ) {
    (self.repo, self.open, self.objects) = (repo, open, objects)
    files = UploadFiles(staging)
  }

  /// How files of packages end.
  static let binaries = [".deb", ".udeb", ".ddeb"]

  /// How files end that can be added.
  static let endings = binaries + [".dsc", ".changes"]

  /// Takes a package, or an upload, from a file.
  mutating func take(_ given: RepoIntake.Given) throws(Failure) {
    try Interruption.check()
    if let bytes = given.bytes {
      try requireUnsigned(given.path)
      let kept = (UInt64(bytes.count), try files.staging.keep(bytes: bytes))
      return try takeBinary(kept, given.path)
    }
    // What an upload listed came with it.
    if files.has(given.path) { return }
    if given.path.hasSuffix(".changes") { return try takeUpload(given.path) }
    if given.path.hasSuffix(".dsc") {
      try takeSource(files.take(given.path), given.path, isVouched: false)
      return
    }
    try requireUnsigned(given.path)
    try takeBinary(files.take(given.path), given.path)
  }

  /// Refuses a package by itself where only signed uploads may bring some.
  private func requireUnsigned(_ path: String) throws(Failure) {
    guard repo.requiresSignature else { return }
    throw Failure(
      .trust,
      "unsigned-upload",
      "the repository takes signed uploads only, and a package alone has no signature",
      subject: path,
      hint: "add the .changes that lists it, signed with debsign"
    )
  }

  // Everything that is listed is checked before anything of it is read.
  private mutating func takeUpload(_ path: String) throws(Failure) {
    let list = try files.take(path)
    let message = try open(
      files.read(list, limit: ChangesFile.longest, name: path),
      path,
      repo.requiresSignature
    )
    let changes = try ChangesFile(message.text, name: path)
    signers.formUnion(message.signers)
    uploaders = message.signers.sorted()
    defer { uploaders = [] }
    let directory = NamedPath.split(path).directory + "/"
    var kept: [(file: UploadFile, kept: UploadFiles.Kept)] = []
    for file in changes.files {
      guard let found = try files.take(file, beside: path) else {
        throw PackageIntake.missing(directory + file.name, path)
      }
      kept.append((file, found))
    }
    var used: Set<String> = []
    for (file, found) in kept where file.name.hasSuffix(".dsc") {
      let control = try takeSource(found, directory + file.name, isVouched: true)
      guard control.name == changes.source, control.version == changes.version else {
        throw Failure(
          .integrity,
          "changes",
          "the .changes is of another source package than its .dsc: \(control.name) "
            + control.version,
          subject: path
        )
      }
      used.formUnion(control.files.map(\.name) + [file.name])
    }
    for (file, found) in kept where !used.contains(file.name) {
      if PackageIntake.binaries.contains(where: file.name.hasSuffix) {
        try takeBinary(found, directory + file.name)
      } else {
        ignored.append(file.name)
      }
    }
  }

  private static func missing(_ path: String, _ list: String) -> Failure {
    Failure(
      .incomplete,
      "upload-incomplete",
      "a file that the upload lists is not there",
      subject: path,
      hint: "put the whole upload into one directory; nothing was added",
      details: ["it is listed in \(list)"]
    )
  }

  @discardableResult
  private mutating func takeSource(
    _ dsc: UploadFiles.Kept,
    _ path: String,
    isVouched: Bool
  ) throws(Failure) -> SourceControl {
    let message = try open(
      files.read(dsc, limit: SourceControl.longest, name: path),
      path,
      repo.requiresSignature && !isVouched
    )
    signers.formUnion(message.signers)
    let control = try SourceControl(message.text, name: path)
    let directory = PackageName.pool(control.name, in: repo.component)
    var kept = [
      try SourceControl.Kept(
        name: control.fileName,
        dsc,
        readFrom: files.staging.open(dsc.digest)
      )
    ]
    for file in control.files {
      let found = try takePart(file, of: path)
      guard control.states(found.sums, of: file.name) else {
        throw Failure(
          .integrity,
          "upload-file",
          "a file does not have the MD5 and SHA-1 that the .dsc states, though it has the SHA-256",
          subject: file.name,
          hint: "have the source package built again: dpkg-source would refuse it, too"
        )
      }
      kept.append(found)
    }
    let text = control.text(directory: directory, files: kept)
    let places = Dictionary(kept.map { ("\(directory)/\($0.name)", $0) }) { first, _ in first }
    var package = try RepoContent.package(text, .source) { path in
      places[path.text].map { ($0.size, $0.sha256) }
    }
    package.signers = Set(uploaders).union(message.signers).sorted()
    _ = try files.staging.keep(bytes: text)
    packages.append(package)
    return control
  }

  /// A file of a source package: beside its `.dsc`, else what the depot has with its digest.
  ///
  /// A new revision need not bring its old files.
  private mutating func takePart(
    _ file: UploadFile,
    of dsc: String
  ) throws(Failure) -> SourceControl.Kept {
    if let kept = try files.take(file, beside: dsc) {
      return try SourceControl.Kept(
        name: file.name,
        kept,
        readFrom: files.staging.open(kept.digest)
      )
    }
    guard try objects.contains(file.sha256, size: file.size) else {
      throw PackageIntake.missing(NamedPath.split(dsc).directory + "/" + file.name, dsc)
    }
    return try SourceControl.Kept(
      name: file.name,
      (file.size, file.sha256),
      readFrom: objects.open(file.sha256)
    )
  }

  private mutating func takeBinary(
    _ kept: UploadFiles.Kept,
    _ path: String
  ) throws(Failure) {
    let deb = try DebFile(of: try files.staging.open(kept.digest), name: path)
    let control = try ControlStanza(deb.control, name: path)
    // Debug symbols are packages like others; the installer's have a list of their own.
    let isInstallers = path.hasSuffix(".udeb")
    let pool =
      PackageName.pool(control.source, in: repo.component) + "/"
      + control.fileName(ending: isInstallers ? "udeb" : "deb")
    let text = control.text(path: pool, size: kept.size, sha256: kept.digest)
    var package = try RepoContent.package(text, isInstallers ? .installer : .binary) { _ in kept }
    package.signers = uploaders
    _ = try files.staging.keep(bytes: text)
    packages.append(package)
  }
}
