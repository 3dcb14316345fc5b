internal import Depot
internal import Objects
internal import OpenPGP
internal import SafeIO

extension Publisher {
  /// Makes the signatures of generations, as objects, and with them their new listings; answers the
  /// generations as the catalogue is to have them.
  func renew(
    _ stale: [SiteSignature],
    with keys: [SigningKey],
    _ publicKeys: [PublicKey],
    _ settings: PublicationRecipe,
    at now: UTCTime
  ) throws(Failure) -> [GenerationRecord] {
    var texts: [[UInt8]] = []
    for one in stale {
      for distribution in one.distributions {
        texts.append(try one.release(of: distribution, in: depot))
      }
    }
    let signed = try SigningKey.sign(texts, with: keys)
    let keyFiles = try KeyFiles.files(vendor: [], site: ClientKeySet(of: publicKeys))
    var objects: [SHA256Digest: [UInt8]] = [:]
    var lists: [FileList] = []
    var renewed: [GenerationRecord] = []
    var position = 0
    // Addresses of snapshots lead from one generation to the next: times grow with the numbers.
    var last = UTCTime.earliest
    for one in stale {
      var files = keyFiles
      for distribution in one.distributions {
        files[distribution.directory + "InRelease"] = signed[position].clearsigned
        files[distribution.directory + "Release.gpg"] = signed[position].detached
        position += 1
      }
      files = files.filter { one.list.index(of: $0.key) != nil }
      for bytes in files.values { objects[SHA256Digest.of(bytes)] = bytes }
      let list = try one.list.replacing(files)
      lists.append(list)
      var recipe = one.recipe
      last = recipe.noteSigning(by: settings.signers, after: max(last, now))
      renewed.append(one.generation.signed(list, recipe))
    }
    try keep(objects, lists)
    return renewed
  }

  private func keep(
    _ texts: [SHA256Digest: [UInt8]],
    _ lists: [FileList]
  ) throws(Failure) {
    var digests: [SHA256Digest] = []
    let staging = try depot.incoming.open(Publisher.stagingName)
    for (digest, text) in texts where try depot.objects.size(of: digest) == nil {
      digests.append(try staging.keep(bytes: text))
    }
    for list in lists where try depot.objects.size(of: list.listDigest) == nil {
      digests.append(try staging.keep(list: list))
    }
    try staging.admit(digests)
    try staging.discard()
  }
}

extension PublicationRecipe {
  /// Notes that its Release files were signed by these keys, at a time that is later than any before;
  /// answers that time.
  fileprivate mutating func noteSigning(
    by signers: [RecipeSigner],
    after time: UTCTime
  ) -> UTCTime {
    self.signers = signers
    let before = distributions.compactMap { $0.release?.modified }.max() ?? .earliest
    let modified = max(time, before).adding(seconds: 1)
    for index in distributions.indices where distributions[index].mode.hasResigned {
      guard let release = distributions[index].release else { continue }
      distributions[index].release = .init(
        date: release.date,
        modified: modified,
        newest: release.newest
      )
    }
    return modified
  }
}

extension GenerationRecord {
  /// The same with another listing.
  fileprivate func signed(_ list: FileList, _ recipe: PublicationRecipe) -> GenerationRecord {
    GenerationRecord(
      prefix: prefix,
      number: number,
      state: state,
      listing: list.listDigest,
      files: UInt64(list.count),
      bytes: list.totalSize,
      made: made,
      snapshots: snapshots,
      recipe: RecipeText.write(recipe),
      pool: pool,
      action: action,
      reason: reason
    )
  }
}

extension FileList {
  /// The listing with other content at paths that it has.
  fileprivate func replacing(_ files: [String: [UInt8]]) throws(Failure) -> FileList {
    let changed = Dictionary(
      uniqueKeysWithValues: files.compactMap { path, bytes in
        index(of: path).map { ($0, bytes) }
      }
    )
    var builder = FileList.Builder()
    for index in 0..<count {
      let path = Array(pathBytes(at: index))
      let bytes = changed[index]
      try builder.add(
        path: path.span,
        size: bytes.map { UInt64($0.count) } ?? size(at: index),
        digest: bytes.map { SHA256Digest.of($0) } ?? digest(at: index)
      )
    }
    return try builder.finish()
  }
}
