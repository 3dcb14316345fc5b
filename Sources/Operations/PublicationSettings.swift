package import Depot
package import OpenPGP
package import Publishing
internal import SafeIO

/// Settings of a publication that somebody wants changed; nil and empty leave what there is.
package struct PublicationSettings: Sendable {
  /// A key that signs.
  package enum Signer: Hashable, Sendable {
    /// The depot's own.
    case own
    /// Another one, with the GnuPG home that has it.
    case key(Fingerprint, home: String?)
  }

  /// What to change in recipes; signers are left to `signers`.
  package var change = RecipeChange()
  /// Who signs; empty leaves that as it is.
  package var signers: [Signer] = []
  /// What is asked for, for the audit log.
  package var about: [AuditField] = []

  package init() {}

  /// The change, with the fingerprint of the depot's own key where it signs.
  func change(own: () throws(Failure) -> String) throws(Failure) -> RecipeChange {
    var change = change
    guard !signers.isEmpty else { return change }
    // The depot's key alone is what there is without the setting.
    guard signers.contains(where: { $0 != .own }) else {
      change.signers = []
      return change
    }
    var found: [RecipeSigner] = []
    for signer in signers {
      let one: RecipeSigner
      switch signer {
      case .own: one = RecipeSigner(fingerprint: try own(), home: nil)
      case .key(let fingerprint, let home):
        one = RecipeSigner(fingerprint: fingerprint.text, home: home)
      }
      if !found.contains(where: { $0.fingerprint == one.fingerprint }) { found.append(one) }
    }
    change.signers = found
    return change
  }
}
