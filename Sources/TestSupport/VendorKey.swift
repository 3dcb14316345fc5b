private import Foundation
private import Glibc
private import Synchronization

/// A vendor's OpenPGP key without a passphrase, in a GnuPG home that lives as long as the tests.
///
/// `shared` is made once a process: making a key for each test would cost more than the test.
package final class VendorKey: Sendable {
  /// The key that signs repositories unless a test says otherwise.
  package static let shared: Result<VendorKey, any Error> = Result {
    try VendorKey(name: "Test Vendor <vendor@repository.example>")
  }

  /// The GnuPG home with the secret key.
  package let home: String
  /// The fingerprint, 40 upper-case hexadecimal digits.
  package let fingerprint: String
  /// The public key, armored.
  package let armored: String

  private static let homes = Mutex<[String]>([])

  /// Makes an Ed25519 key that signs and never expires.
  package init(name: String) throws {
    // Not below a scratch directory: the agent outlives a test.
    let home = try Disk.makeTemporaryDirectory(for: "key")
    self.home = home
    VendorKey.removeAtExit(home)
    let gpg = ["gpg", "--homedir", home, "--batch", "--no-tty", "--quiet"]
    try run(
      gpg + ["--passphrase", "", "--quick-generate-key", name, "ed25519", "sign", "never"]
    ).succeeded()
    let listing = try run(gpg + ["--with-colons", "--list-secret-keys"]).succeeded()
    let line = listing.split(separator: "\n").first { $0.hasPrefix("fpr:") } ?? ""
    fingerprint = line.split(separator: ":").last.map(String.init) ?? ""
    armored = try run(
      gpg + ["--armor", "--export-options", "export-minimal", "--export", fingerprint]
    ).succeeded()
  }

  /// The text as one clear-signed message, as InRelease is.
  package func clearSign(_ text: String) throws -> String { try sign(text, ["--clear-sign"]) }

  /// An armored detached signature, as Release.gpg is.
  package func detachedSignature(_ text: String) throws -> String {
    try sign(text, ["--armor", "--detach-sign"])
  }

  private func sign(_ text: String, _ operation: [String]) throws -> String {
    try run(
      ["gpg", "--homedir", home, "--batch", "--no-tty", "--quiet", "--digest-algo", "SHA256"]
        + ["--local-user", fingerprint] + operation,
      input: Array(text.utf8)
    ).succeeded()
  }

  private static func removeAtExit(_ home: String) {
    let isFirst = homes.withLock { homes in
      homes.append(home)
      return homes.count == 1
    }
    guard isFirst else { return }
    atexit {
      for home in VendorKey.homes.withLock({ $0 }) {
        Disk.removeGnuPGHome(home)
      }
    }
  }
}
