internal import SafeIO

/// The first of many names that somebody else chose, and how many more there are.
enum FewNames {
  private static let most = 20

  static func of(_ names: [String]) -> [String] {
    names.count <= most ? names : names.prefix(most) + ["and \(names.count - most) more"]
  }
}

/// What of a depot's small files no backup has, or no restore takes.
extension Note {
  static func notBackedUp(_ names: [String]) -> Note {
    .note(
      "left out: \(FewNames.of(names).joined(separator: ", ")): of a depot's GnuPG home a backup has "
        + "the keys, and nothing that tells gpg what to do; save it otherwise"
    )
  }

  static func notRestored(_ names: [String]) -> Note {
    .note(
      "not taken from the backup: \(FewNames.of(names).joined(separator: ", ")): no depot has it, or "
        + "gpg would do what it says; look at it there"
    )
  }
}
