private import Foundation
private import Glibc

/// A GnuPG home for keys of any kind, gone with its agent when the last user goes.
package final class KeyForge: Sendable {
  /// The home.
  package let home: String

  package init() throws {
    home = try Disk.makeTemporaryDirectory(for: "key")
  }

  deinit {
    Disk.removeGnuPGHome(home)
  }

  /// Runs gpg in this home.
  @discardableResult
  package func gpg(_ arguments: [String], input: [UInt8] = []) throws -> RunResult {
    try run(
      ["gpg", "--homedir", home, "--batch", "--no-tty", "--quiet", "--yes", "--passphrase", ""]
        + ["--pinentry-mode", "loopback"] + arguments,
      input: input
    )
  }

  /// Makes a key; answers its fingerprint.
  package func make(
    _ name: String,
    _ algorithm: String = "ed25519",
    usage: String = "sign",
    expires: String = "never",
    options: [String] = []
  ) throws -> String {
    let before = try fingerprints()
    try gpg(
      options + ["--allow-freeform-uid", "--quick-generate-key", name, algorithm, usage, expires]
    ).succeeded()
    guard let new = try fingerprints().first(where: { !before.contains($0) }) else {
      throw TestSupportError("gpg made no key")
    }
    return new
  }

  /// The fingerprints of all primary keys with a secret.
  package func fingerprints() throws -> [String] {
    var found: [String] = []
    var isPrimary = false
    for line in try gpg(["--with-colons", "--list-secret-keys"]).succeeded().split(separator: "\n")
    {
      if line.hasPrefix("sec:") { isPrimary = true }
      if line.hasPrefix("fpr:"), isPrimary {
        isPrimary = false
        found.append(line.split(separator: ":").last.map(String.init) ?? "")
      }
    }
    return found
  }

  /// The public key, armored.
  package func armored(_ fingerprint: String) throws -> String {
    try gpg(["--armor", "--export", fingerprint]).succeeded()
  }

  /// A binary detached signature of a file.
  package func sign(
    _ path: String,
    by fingerprint: String,
    _ options: [String] = []
  ) throws -> [UInt8] {
    try BundleForge.signature(
      of: path,
      home: home,
      ["--passphrase", "", "--pinentry-mode", "loopback", "--local-user", fingerprint] + options
    )
  }
}
