internal import DebianRepository
internal import Depot
internal import OpenPGP
package import SafeIO

/// A public key that clients check a Release file with.
package struct ClientKey: Hashable, Sendable {
  /// The primary key's fingerprint, upper case.
  package let fingerprint: String
  /// The smallest binary form.
  package let material: [UInt8]

  package init(fingerprint: String, material: [UInt8]) {
    self.fingerprint = fingerprint
    self.material = material
  }
}

/// The keys any one of which signs a distribution.
package struct ClientKeySet: Hashable, Sendable {
  /// Sorted by fingerprint, each once.
  package let keys: [ClientKey]

  package init(_ keys: [ClientKey]) {
    var found: [ClientKey] = []
    for key in keys where !found.contains(where: { $0.fingerprint == key.fingerprint }) {
      found.append(key)
    }
    self.keys = found.sorted { $0.fingerprint < $1.fingerprint }
  }

  /// What the names of this set's files end with; two sets never have the same.
  ///
  /// The end of the fingerprint of a key that no other set has, else of the digest of them all.
  func end(among sets: [ClientKeySet]) -> String {
    let others = sets.filter { $0 != self }
    let own = keys.first { key in !others.contains { $0.keys.contains(key) } }
    return own.map { $0.fingerprint.suffix(16).lowercased() }
      ?? String(SHA256Digest.of(binary).hex.prefix(16))
  }

  /// The keys as apt takes them from a `.gpg` file: binary packets, one key behind the other.
  package var binary: [UInt8] { keys.flatMap(\.material) }

  /// The keys as apt takes them from a `.asc` file or a `.sources` file: one armored block.
  package var armored: [UInt8] { PublicKey.armor(binary) }
}

extension ClientKeySet {
  /// The public halves of keys of this site.
  init(of signers: [SigningKey]) throws(Failure) {
    self.init(of: try signers.map { (signer) throws(Failure) in try signer.publicKey() })
  }

  init(of keys: [PublicKey]) {
    self.init(
      keys.map { ClientKey(fingerprint: $0.fingerprint.text, material: $0.material) }
    )
  }

  /// The vendor's keys that are known to have signed a distribution, as this depot has pinned them.
  static func ofVendor(
    _ distribution: DistributionRecipe,
    in depot: Depot
  ) throws(Failure) -> ClientKeySet {
    let snapshot = try depot.catalogue.snapshot(distribution.snapshot.name)
    let suite = snapshot.suites.first { $0.distribution == distribution.source }
    // Clients verify the signature themselves: a signer that was only named will do for the choice.
    let signers = suite?.namedSigners ?? []
    guard !signers.isEmpty else {
      throw Failure(
        .trust,
        "unsigned",
        "the vendor's Release file of this distribution is not signed: apt would take it from "
          + "anybody",
        subject: distribution.name,
        hint: "publish it with this site's signature: --mode resigned"
      )
    }
    let pinned = try depot.catalogue.trust(role: .upstream)
    let keys = signers.compactMap { signer in
      pinned.first { $0.fingerprint == signer }
        .map { ClientKey(fingerprint: $0.fingerprint, material: $0.material) }
    }
    guard !keys.isEmpty else {
      throw Failure(
        .trust,
        .upstreamNotPinned,
        "none of the keys that signed this distribution is pinned here",
        subject: distribution.name,
        hint:
          "get the vendor's key and pin it: aptferry trust add FILE --role upstream --name VENDOR",
        details: signers
      )
    }
    return ClientKeySet(keys)
  }
}

/// The files below `keys/` in a publication's tree, for people and scripts that set clients up.
///
/// Whoever takes them from there compares the fingerprint: the server that has the packages has
/// these keys too.
package enum KeyFiles {
  /// Whose signature it is.
  package enum Owner: String, Sendable {
    /// The vendor's, in the verbatim view.
    case vendor
    /// This site's, in the resigned view.
    case site
  }

  /// The paths below the prefix, with the bytes of each: an armored `.asc` and a binary `.gpg` for
  /// each set of keys.
  ///
  /// - Parameters:
  ///   - vendor: the sets that sign the distributions of the verbatim view.
  ///   - site: the keys that sign the resigned view; nil when there is none.
  /// - Returns: the bytes by path.
  /// - Throws: `state` for a key that apt would not take.
  package static func files(
    vendor: [ClientKeySet],
    site: ClientKeySet?
  ) throws(Failure) -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    func add(_ set: ClientKeySet, _ name: String) throws(Failure) {
      let binary = set.binary
      // What apt takes for a keyring: the packet of a public key, in the old or the new format.
      guard let first = binary.first, [0x98, 0x99, 0xc6].contains(first) else {
        throw Failure(.state, "key-material", "apt does not accept the pinned key")
      }
      files["\(directory)/\(name).gpg"] = binary
      files["\(directory)/\(name).asc"] = set.armored
    }
    for set in vendor { try add(set, name(of: set, .vendor, among: vendor)) }
    if let site { try add(site, name(of: site, .site, among: [site])) }
    return files
  }

  /// The key files of a generation that is to be made from a recipe.
  ///
  /// A distribution that is not signed, or by keys that are not pinned any more, adds none.
  static func files(
    of recipe: PublicationRecipe,
    signers: () throws(Failure) -> [SigningKey],
    in depot: Depot
  ) throws(Failure) -> [String: [UInt8]] {
    var vendor: [ClientKeySet] = []
    for distribution in recipe.distributions where distribution.mode.hasVerbatim {
      do throws(Failure) {
        let set = try ClientKeySet.ofVendor(distribution, in: depot)
        if !vendor.contains(set) { vendor.append(set) }
      } catch {
        guard error.kind == .trust else { throw error }
      }
    }
    let hasSite = recipe.distributions.contains { $0.mode.hasResigned }
    return try files(vendor: vendor, site: hasSite ? try ClientKeySet(of: try signers()) : nil)
  }

  /// Why there is no file of the vendor's keys of a distribution; nil where there is one.
  static func missing(
    of distribution: DistributionRecipe,
    in depot: Depot
  ) throws(Failure) -> String? {
    do throws(Failure) {
      _ = try ClientKeySet.ofVendor(distribution, in: depot)
      return nil
    } catch {
      // That it is unsigned is told where it is published.
      guard error.kind == .trust else { throw error }
      guard error.name == .upstreamNotPinned else { return nil }
      return "\(distribution.name): \(error.reason), so keys/ lacks it: \(error.hint ?? "")"
    }
  }

  /// The directory in the tree of a publication.
  package static let directory = "keys"

  /// The name of a set's files, without the ending: `vendor` when all distributions have the same
  /// keys, else with the end of a fingerprint.
  package static func name(
    of set: ClientKeySet,
    _ owner: Owner,
    among sets: [ClientKeySet]
  ) -> String {
    guard sets.contains(where: { $0 != set }) else { return owner.rawValue }
    return "\(owner.rawValue)-\(set.end(among: sets))"
  }
}
