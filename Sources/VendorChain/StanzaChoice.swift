package import DebianRepository

/// Which of the packages that an upstream's indexes list are wanted; what is not is neither taken nor missed.
///
/// Only whoever gathers an upstream's files may choose: a snapshot that claims to be the vendor's is
/// checked whole.
package struct StanzaChoice {
  /// Whether a stanza's files are wanted, of the plain index at a path below the archive's root.
  package typealias Takes = (_ stanza: PackageStanza, _ index: String) -> Bool

  let takes: Takes

  package init(_ takes: @escaping Takes) { self.takes = takes }
}
