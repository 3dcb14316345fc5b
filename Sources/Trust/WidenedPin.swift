internal import Depot
internal import OpenPGP
internal import SafeIO

/// A key that is pinned once more for more than it was: what “trust edit” asks a reason for must
/// not go without one by another command.
enum WidenedPin {
  /// Refuses a scope that adds to what a key, or its vendor, is pinned for already.
  static func refuse(
    _ scope: KeyScope,
    of keys: [PublicKey],
    role: TrustRecord.Role,
    name: String,
    in depot: Depot
  ) throws(Failure) {
    var added: [String] = []
    if role == .upstream {
      let old = try depot.catalogue.vendors().first { $0.name == name }
      added = old.map { beyond(scope, $0) } ?? []
    }
    let pinned = try depot.catalogue.trust(role: role).filter { $0.name == name }
    for key in keys {
      guard let old = pinned.first(where: { $0.fingerprint == key.fingerprint.text }) else {
        continue
      }
      added += scope.mayVouch.filter { !old.mayVouch.contains($0) }
      added += beyond(scope.streams, old.streams)
    }
    guard !added.isEmpty else { return }
    throw Failure(
      .usage,
      "widens-pin",
      "this widens what is pinned here already: " + added.joined(separator: ", "),
      subject: name.isEmpty ? keys.first?.fingerprint.text : name,
      hint: "say why: --reason TEXT; or leave out what is wider"
    )
  }

  /// What a vendor's suites could be called that they cannot now; one without patterns has all.
  private static func beyond(_ scope: KeyScope, _ old: VendorRecord) -> [String] {
    guard !old.isUnbound else { return [] }
    return beyond(scope.suites, old.suites) + beyond(scope.origins, old.origins)
      + beyond(scope.labels, old.labels)
  }

  /// The patterns that are new beside others; beside none, which is any, nothing is wider.
  private static func beyond(_ new: [String], _ old: [String]) -> [String] {
    old.isEmpty ? [] : new.filter { !old.contains($0) }
  }
}
