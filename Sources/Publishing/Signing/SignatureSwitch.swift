internal import Depot
internal import Objects
internal import SafeIO

/// Puts the signatures that the listing of a generation has into its tree, each by a rename.
///
/// `Release` stays what it is, so that every InRelease and every Release.gpg fits it, the ones before
/// and the new ones: no client sees half of a signature, whichever of the files it reads first.
struct SignatureSwitch {
  let signature: SiteSignature
  let directory: PublicationDirectory
  let objects: any ObjectStore

  private static let temporary = ".sign.part"

  /// Replaces what differs from the listing, durably; does nothing where all is done.
  func run(in tree: Directory) throws(Failure) {
    _ = try directory.directory.removeFile(SignatureSwitch.temporary)
    for path in signature.paths {
      guard let relative = RelativePath(path), let index = signature.list.index(of: path) else {
        continue
      }
      let parent = try relative.parent.map { (parent) throws(Failure) in
        try tree.directory(parent.text)
      }
      let place = parent ?? tree
      let digest = signature.list.digest(at: index)
      if try isThere(digest, relative.lastComponent, in: place) { continue }
      try write(digest)
      try directory.directory.rename(
        SignatureSwitch.temporary,
        to: place,
        as: relative.lastComponent
      )
      try place.sync()
    }
    try directory.directory.sync()
  }

  private func isThere(
    _ digest: SHA256Digest,
    _ name: String,
    in place: Directory
  ) throws(Failure) -> Bool {
    guard try place.status(name)?.kind == .regular else { return false }
    return try ContentHash.of(try place.file(name)).digest == digest
  }

  /// A file of its own beside the trees, where no client sees it.
  private func write(_ digest: SHA256Digest) throws(Failure) {
    let file = try directory.directory.createFile(SignatureSwitch.temporary, mode: 0o644)
    try file.setMode(0o644)
    let source = try objects.open(digest)
    let block = Block()
    while try source.read(into: block) > 0 {
      try file.write(block.bytes)
      block.clear()
    }
    // Servers answer “not modified” by the time, and the old one is too old.
    try file.setModified(modified)
    try file.sync()
    try file.close()
  }

  private var modified: UTCTime {
    signature.distributions.compactMap { $0.release?.modified }.max()
      ?? signature.generation.made
  }
}
