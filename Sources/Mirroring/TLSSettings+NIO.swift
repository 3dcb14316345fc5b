#if Network
internal import NIOSSL
internal import SafeIO

extension TLSSettings {
  /// The settings as the client takes them; nil for the machine's own.
  ///
  /// - Throws: `configuration` for a file that cannot be used. Nothing of a key is repeated.
  func configuration() throws(Failure) -> TLSConfiguration? {
    if isStandard { return nil }
    var configuration = TLSConfiguration.makeClientConfiguration()
    if let authorities {
      configuration.trustRoots = .certificates(
        try TLSSettings.reading(authorities, "CaInfo") { try NIOSSLCertificate.fromPEMFile($0) }
      )
    }
    if let certificate, let key {
      configuration.certificateChain = try TLSSettings.reading(certificate, "SslCert") {
        try NIOSSLCertificate.fromPEMFile($0)
      }.map { .certificate($0) }
      configuration.privateKey = .privateKey(
        try TLSSettings.reading(key, "SslKey") { try NIOSSLPrivateKey(file: $0, format: .pem) }
      )
    }
    return configuration
  }

  private static func reading<Value>(
    _ path: String,
    _ setting: String,
    _ read: (String) throws -> Value
  ) throws(Failure) -> Value {
    do {
      return try read(path)
    } catch {
      throw Failure(
        .configuration,
        "tls-file",
        "the file of apt.conf's Acquire::https::…::\(setting) cannot be used",
        subject: path,
        hint: "it has to be PEM, and readable for this user"
      )
    }
  }
}
#endif
