internal import ArgumentParser
internal import OpenPGP
internal import Operations
internal import SafeIO

/// The exporter's key, for whoever reads media without a depot.
struct KeyringOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file with the exporter's public key, which came by another route.",
      valueName: "file"
    ),
    completion: .file()
  )
  var keyring: String?

  /// The keys in the file; nil when none was named.
  ///
  /// - Throws: `usage` or `trust` for a file that has none.
  func keys() throws(Failure) -> [PublicKey]? {
    guard let keyring else { return nil }
    return try KeyFile.read(try NamedFile.read(keyring, limit: KeyFile.sizeLimit), name: keyring)
  }
}
