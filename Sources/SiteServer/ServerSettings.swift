package import Publishing

/// How a server serves.
package struct ServerSettings: Sendable {
  /// The files for TLS.
  package struct TLS: Sendable {
    /// The certificate and those above it, in PEM.
    package let certificate: String
    /// Its private key, in PEM.
    package let key: String
    /// The authority of client certificates, in PEM; nil when clients need none.
    package var clientAuthority: String?
    /// Whether clients without a certificate may come too.
    package var takesOthers = false

    package init(certificate: String, key: String) {
      (self.certificate, self.key) = (certificate, key)
    }
  }

  /// The depot's directory.
  package let depot: String
  /// The program and its version, for the audit log.
  package let program: String
  /// Where it listens; empty for what systemd has opened, else for `ListenAddress.standard`.
  package var addresses: [ListenAddress] = []
  /// With TLS, and with which files.
  package var tls: TLS?
  /// The file of users and passwords; nil for a server without users.
  package var users: String?
  /// The file that says which user may do what.
  package var rights: String?
  /// Whether passwords and tokens may come over connections that others can read.
  package var takesPasswordsInClear = false
  /// Where media are mounted, beside the usual places.
  package var media: [String] = []
  /// Where the access log goes; nil for nowhere, `-` for standard output.
  package var accessLog: String?
  /// What is published elsewhere, and served instead of the depot's own publications.
  package var far: (any FarTrees)?
  /// How many connections there may be.
  package var connections = 4096
  /// How many connections one address of another machine may have.
  package var connectionsEach = 256
  /// How long transfers may go on when the server is to end, in seconds.
  package var grace: Double = 30

  package init(depot: String, program: String) {
    (self.depot, self.program) = (depot, program)
  }
}
