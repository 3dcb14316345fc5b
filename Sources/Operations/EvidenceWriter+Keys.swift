internal import BundleFormat
internal import Depot
internal import OpenPGP
internal import SafeIO
internal import Transfer
internal import Trust

/// The keys with which the evidence can be checked.
extension EvidenceWriter {
  /// The public keys, as gpgv takes them; where they come from is for the reader to compare.
  func writeKeys() throws(Failure) {
    _ = try place.makeDirectory("keys")
    let own = try ownKeys()
    let pinned = try depot.catalogue.trust()
    let signers = try vendorsKeys(among: pinned)
    let vendors = pinned.filter { $0.role == .upstream && signers.contains($0.fingerprint) }
    try writeKeyring("vendors", vendors.map { ($0.fingerprint, $0.material) })
    let others = pinned.filter { $0.role == (isAccepted ? .exporter : .site) }
      .map { ($0.fingerprint, $0.material) }
    let exporters = isAccepted ? try keptExporters(or: others) : own
    try writeKeyring("exporter", exporters)
    try writeKeyring("site", isAccepted ? own : others)
    if exporters.isEmpty {
      lacking.append("keys/exporter.gpg: no key that signed this bundle is pinned here any more")
    }
    if !isAccepted, others.isEmpty {
      lacking.append("keys/site.gpg: no key of a site is pinned here")
    }
    let known = Set(vendors.map(\.fingerprint))
    for signer in signers.sorted() where !known.contains(signer) {
      lacking.append("keys/vendors.gpg: \(signer) is not pinned here any more")
    }
  }

  /// The fingerprints of the vendors' keys that signed what is in the bundle, as far as it is known.
  private func vendorsKeys(among pinned: [TrustRecord]) throws(Failure) -> Set<String> {
    var signers: Set<String> = []
    let here = try depot.catalogue.snapshots()
    for snapshot in manifest.snapshots {
      for suite in snapshot.suites { signers.formUnion(suite.signedBy) }
      guard !snapshot.isVerbatim else { continue }
      // MANIFEST names none of a composed one: what was verified here does, or any may be.
      if let record = here.first(where: { $0.digest == snapshot.digest }) {
        signers.formUnion(record.suites.flatMap(\.composedOf))
      } else {
        signers.formUnion(pinned.filter { $0.role == .upstream }.map(\.fingerprint))
      }
    }
    return signers
  }

  /// The depot's own key, and those before it: what was signed long ago stays signed by them.
  private func ownKeys() throws(Failure) -> [(fingerprint: String, material: [UInt8])] {
    let known = try DepotIdentity.read(depot)
    var keys: [(String, [UInt8])] = []
    for key in [known.current] + known.earlier.map(\.key) {
      do throws(Failure) {
        keys.append((key.fingerprint.text, try key.publicKey().material))
      } catch {
        lacking.append("keys: \(key.fingerprint.text) is not in its GnuPG home any more")
      }
    }
    return keys
  }

  /// The keys that signed the bundle when it came in; those that are pinned now, where an earlier
  /// version took it in.
  private func keptExporters(
    or pinned: [(fingerprint: String, material: [UInt8])]
  ) throws(Failure) -> [(fingerprint: String, material: [UInt8])] {
    guard try lists.status(AcceptedLists.keysName) != nil else { return pinned }
    let bytes = try lists.contents(of: AcceptedLists.keysName, limit: 1 << 20)
    return try KeyFile.read(bytes, name: lists.describe(AcceptedLists.keysName), now: now)
      .map { ($0.fingerprint.text, $0.material) }
  }

  private func writeKeyring(
    _ name: String,
    _ keys: [(fingerprint: String, material: [UInt8])]
  ) throws(Failure) {
    var seen: Set<String> = []
    var bytes: [UInt8] = []
    for key in keys where seen.insert(key.fingerprint).inserted { bytes += key.material }
    page.keys.append((name, seen.sorted()))
    guard !bytes.isEmpty else { return }
    try write(bytes, as: "keys/\(name).gpg")
  }
}
