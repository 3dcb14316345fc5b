private import Foundation
private import Glibc
private import Synchronization

/// A GnuPG home with secret keys, driven by the real gpg, for making signatures of every kind.
///
/// The home and its agent end with the last reference, and at the latest with the process.
package final class GnuPGHome: Sendable {
  /// Where it is.
  package let path: String

  private static let homes = Mutex<Set<String>>([])

  /// An empty home with a path short enough for the agent.
  package init() throws {
    let home = try Disk.makeTemporaryDirectory(for: "gpg")
    path = home
    let isFirst = GnuPGHome.homes.withLock { homes in
      defer { homes.insert(home) }
      return homes.isEmpty
    }
    // A static fixture is never freed: what is left goes with the process.
    if isFirst { atexit { for home in GnuPGHome.homes.withLock({ $0 }) { GnuPGHome.end(home) } } }
  }

  deinit {
    GnuPGHome.end(path)
    _ = GnuPGHome.homes.withLock { $0.remove(path) }
  }

  private static func end(_ home: String) {
    Disk.removeGnuPGHome(home)
  }

  /// Runs gpg on this home; `at` is a faked clock, as in `20200131T120000`.
  package func gpg(
    _ arguments: [String],
    input: [UInt8] = [],
    at time: String? = nil
  ) throws -> RunResult {
    try run(
      ["gpg", "--homedir", path, "--batch", "--yes", "--no-tty", "--quiet"]
        + ["--pinentry-mode", "loopback", "--passphrase", "", "--trust-model", "always"]
        + (time.map { ["--faked-system-time", $0] } ?? []) + arguments,
      input: input
    )
  }

  /// Makes a key; answers the primary key's fingerprint.
  package func makeKey(
    _ userID: String,
    algorithm: String = "ed25519",
    usage: String = "sign",
    expires: String = "never",
    options: [String] = [],
    at time: String? = nil
  ) throws -> String {
    let status = try gpg(
      options + ["--status-fd", "1", "--allow-weak-key-signatures"]
        + ["--quick-generate-key", userID, algorithm, usage, expires],
      at: time
    )
    .succeeded()
    return try created(status)
  }

  /// Adds a subkey; answers its fingerprint.
  package func addSubkey(
    to fingerprint: String,
    algorithm: String = "ed25519",
    usage: String = "sign",
    expires: String = "never",
    at time: String? = nil
  ) throws -> String {
    let before = try parts(of: fingerprint)
    try gpg(["--quick-add-key", fingerprint, algorithm, usage, expires], at: time).succeeded()
    guard let added = try parts(of: fingerprint).first(where: { !before.contains($0) }) else {
      throw TestSupportError("gpg added no subkey to \(fingerprint)")
    }
    return added
  }

  /// The fingerprints of the primary key and its subkeys.
  package func parts(of fingerprint: String) throws -> [String] {
    try gpg(["--with-colons", "--list-keys", fingerprint]).succeeded()
      .split(separator: "\n")
      .filter { $0.hasPrefix("fpr:") }
      .compactMap { $0.split(separator: ":").last.map(String.init) }
  }

  private func created(_ status: String) throws -> String {
    for line in status.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count >= 4, words[1] == "KEY_CREATED" { return String(words[3]) }
    }
    throw TestSupportError("gpg made no key:\n\(status)")
  }

  /// Revokes a key with the certificate that gpg made together with it.
  package func revoke(_ fingerprint: String) throws {
    let certificate = try Disk.text("\(path)/openpgp-revocs.d/\(fingerprint).rev")
    // gpg puts a colon before the armor, so that nobody revokes a key by mistake.
    let armor = certificate.replacingOccurrences(of: ":-----BEGIN", with: "-----BEGIN")
    try gpg(["--import"], input: Array(armor.utf8)).succeeded()
  }

  /// Answers gpg's questions in `--edit-key` with these lines.
  package func edit(_ fingerprint: String, _ answers: String...) throws {
    try gpg(
      ["--no-batch", "--command-fd", "0", "--edit-key", fingerprint],
      input: Array((answers.joined(separator: "\n") + "\n").utf8)
    )
    .succeeded()
  }

  /// The public keys in binary form; all of them when none is named.
  package func publicKeys(_ fingerprints: String...) throws -> [UInt8] {
    let exported = try gpg(["--export-options", "export-minimal", "--export"] + fingerprints)
    try exported.succeeded()
    return exported.output
  }

  /// One public key, armored.
  package func armoredKey(_ fingerprint: String) throws -> String {
    try gpg(["--armor", "--export-options", "export-minimal", "--export", fingerprint]).succeeded()
  }

  /// Signs; `operation` is `--detach-sign` (binary without `--armor`), `--clear-sign`, `--sign`.
  ///
  /// Each signer is a fingerprint; `!` behind it means exactly this subkey.
  package func sign(
    _ data: [UInt8],
    by signers: String...,
    operation: String = "--detach-sign",
    options: [String] = [],
    at time: String? = nil
  ) throws -> [UInt8] {
    let signed = try gpg(
      options + signers.flatMap { ["--local-user", $0] } + [operation, "--output", "-"],
      input: data,
      at: time
    )
    try signed.succeeded()
    return signed.output
  }
}
