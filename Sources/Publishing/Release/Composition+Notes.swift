internal import DebianRepository
internal import Depot
internal import SafeIO

/// What the operator should know of Release files before clients find out.
extension Composition {
  /// What clients that check the vendor's signature will do.
  func noteVendor(
    _ view: SuiteView,
    _ previous: DistributionRecipe?,
    _ before: UTCTime?,
    _ notes: inout [Note]
  ) {
    guard view.recipe.mode.hasVerbatim else { return }
    let name = view.recipe.name
    if view.recipe.mode == .both, previous?.mode == .both, let before,
      let date = view.base.release.date, date < before
    {
      notes.append(
        .note(
          "\(name): clients of vendor/ that have seen the vendor's Release of \(before) keep it: "
            + "that of \(date) is older, and apt takes no older one"
        )
      )
    }
    if let end = view.base.release.validUntil, end < now {
      notes.append(
        .note(
          "\(name): the vendor's Release was valid until \(end): apt refuses it, unless the client's "
            + "source says otherwise, as client-config does"
            + (view.recipe.mode == .both
              ? "" : "; a Release of this site would be taken: --mode resigned")
        )
      )
    }
  }

  /// What this site signs though none of the keys that signed it before is believed here now.
  func noteSigners(_ view: SuiteView, _ notes: inout [Note]) throws(Failure) {
    guard depot.configuration.upstream == .pinned else { return }
    let pinned = Set(try depot.catalogue.trust(role: .upstream).map(\.fingerprint))
    let revoked = Set(try depot.catalogue.revokedKeys().map(\.key))
    for source in [view.base] + view.components.map(\.source) {
      guard case .signed(let signers) = source.suite.proof, pinned.isDisjoint(with: signers) else {
        continue
      }
      let isRevoked = signers.allSatisfy(revoked.contains)
      notes.append(
        Note(
          .warning,
          "signer-gone",
          "\(view.recipe.name): \(isRevoked ? "the key that signed it is REVOKED" : "no key that signed it is pinned here any more")"
            + ": from now on only this site's signature vouches for it"
        )
      )
    }
  }

  func note(_ view: SuiteView, _ text: ReleaseText, _ notes: inout [Note]) {
    let name = view.recipe.name
    let unsigned = ([view.base] + view.components.map(\.source)).filter(\.suite.isUnsigned)
    if !unsigned.isEmpty {
      let vouchers = Set(unsigned.flatMap(\.suite.vouchedBy)).sorted()
      notes.append(
        .note(
          "\(name): its upstream is UNSIGNED"
            + (vouchers.isEmpty
              ? "" : ", and came on the word of \(vouchers.joined(separator: ", "))")
            + "; from now on this site's signature vouches for it"
        )
      )
    }
    let rewritten = ([view.base] + view.components.map(\.source)).flatMap(\.rewritten)
    if !rewritten.isEmpty {
      notes.append(
        .note(
          "\(name): this site's indexes leave out what the snapshot lacks: "
            + rewritten.map(\.base).joined(separator: ", ")
        )
      )
    }
    for component in (text.value(of: "Components") ?? "").split(separator: " ")
    where !text.files.contains(where: { ComponentPath.lies($0.path.bytes, in: String(component)) })
      && !view.recipe.isFlat
    {
      notes.append("\(name): nothing is carried of the component \(component)")
    }
  }
}
