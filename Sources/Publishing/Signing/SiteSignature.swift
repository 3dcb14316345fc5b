internal import Depot
internal import OpenPGP
internal import SafeIO

/// What this site signed in a generation: by which keys, and which files would be made anew.
struct SiteSignature {
  let generation: GenerationRecord
  let recipe: PublicationRecipe
  let list: FileList

  /// The Release files that a signature is made of; `Release` itself is what is signed.
  static let names = ["InRelease", "Release.gpg"]
  /// The keys that clients check them with, below the prefix.
  static let keyFiles = ["gpg", "asc"].map {
    "\(KeyFiles.directory)/\(KeyFiles.Owner.site.rawValue).\($0)"
  }

  init(of generation: GenerationRecord, in depot: Depot) throws(Failure) {
    self.generation = generation
    recipe = try PublicationRecipe(of: generation, in: depot)
    list = try depot.catalogue.fileList(
      generation.listing,
      name: "the listing of \(generation.prefix), generation \(generation.number)"
    )
  }

  /// The distributions that this site signs.
  var distributions: [DistributionRecipe] { recipe.distributions.filter { $0.mode.hasResigned } }

  /// The files that are there and change with the signature: each path below the prefix.
  var paths: [String] {
    let releases = distributions.flatMap { distribution in
      SiteSignature.names.map { distribution.directory + $0 }
    }
    return (SiteSignature.keyFiles + releases).filter { list.index(of: $0) != nil }
  }

  /// The text that this site signed of a distribution.
  func release(
    of distribution: DistributionRecipe,
    in depot: Depot
  ) throws(Failure) -> [UInt8] {
    try SiteSignature.content(distribution.directory + "Release", in: list, of: depot)
  }

  /// The keys that signed, as the signatures name them: fingerprints of keys or subkeys, sorted.
  func issuers(in depot: Depot) throws(Failure) -> [String] {
    var found: Set<String> = []
    for distribution in distributions {
      found.formUnion(try SiteSignature.issuers(of: distribution, in: list, of: depot))
    }
    return found.sorted()
  }

  /// Whether exactly these keys signed, and their files are those that clients are given.
  func isBy(_ keys: [PublicKey], in depot: Depot) throws(Failure) -> Bool {
    for distribution in distributions {
      guard try SiteSignature.isSigned(distribution, in: list, by: keys, of: depot) else {
        return false
      }
    }
    let files = try KeyFiles.files(vendor: [], site: ClientKeySet(of: keys))
    return files.allSatisfy { path, bytes in
      list.index(of: path).map { list.digest(at: $0) == SHA256Digest.of(bytes) } ?? true
    }
  }

  /// Whether exactly these keys signed a distribution in the tree of a listing.
  static func isSigned(
    _ distribution: DistributionRecipe,
    in list: FileList,
    by keys: [PublicKey],
    of depot: Depot
  ) throws(Failure) -> Bool {
    let signers = try issuers(of: distribution, in: list, of: depot).map { issuer in
      keys.first { key in key.parts.contains { $0.fingerprint.text == issuer } }?.fingerprint
    }
    return Set(signers) == Set(keys.map { $0.fingerprint })
  }

  /// The keys that signed a distribution in the tree of a listing, as its signature names them.
  static func issuers(
    of distribution: DistributionRecipe,
    in list: FileList,
    of depot: Depot
  ) throws(Failure) -> [String] {
    let path = distribution.directory + "Release.gpg"
    // The object is what this program made and checked: what it claims is what was so.
    return try SignaturePackets.claimedIssuers(
      try content(path, in: list, of: depot),
      name: path,
      requireArmor: true
    )
  }

  private static func content(
    _ path: String,
    in list: FileList,
    of depot: Depot
  ) throws(Failure) -> [UInt8] {
    guard let index = list.index(of: path) else {
      throw Failure(
        .integrity,
        "listing",
        "the listing of a generation lacks a Release file that this site signed",
        subject: path,
        hint: "put the depot back from a backup, or publish again"
      )
    }
    return try SuiteSource.content(list.digest(at: index), in: depot)
  }
}
