#if Network
private import Glibc
internal import NIOSSL
internal import SafeIO
private import Synchronization

/// The server's certificate and key; loaded again while connections go on.
final class Certificates: Sendable {
  private let files: ServerSettings.TLS
  private let loaded: Mutex<NIOSSLContext>

  init(_ files: ServerSettings.TLS) throws(Failure) {
    self.files = files
    loaded = Mutex(try Certificates.load(files))
  }

  /// What new connections use.
  var context: NIOSSLContext { loaded.withLock { $0 } }

  /// Reads the files again; what is in use stays when they are not good.
  func reload() throws(Failure) {
    let fresh = try Certificates.load(files)
    loaded.withLock { $0 = fresh }
  }

  private static func load(_ files: ServerSettings.TLS) throws(Failure) -> NIOSSLContext {
    try requirePrivate(files.key)
    do {
      let chain = try NIOSSLCertificate.fromPEMFile(files.certificate)
      let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) },
        privateKey: .privateKey(key)
      )
      configuration.minimumTLSVersion = .tlsv12
      if let authority = files.clientAuthority {
        configuration.trustRoots = .file(authority)
        configuration.certificateVerification =
          files.takesOthers ? .optionalVerification : .noHostnameVerification
      }
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw Failure(
        .configuration,
        "tls",
        "the certificate and the key cannot be used: \(error)",
        subject: files.certificate,
        hint:
          "both files are PEM; the certificate comes first in its file, then those above it, and "
          + "the key belongs to it"
      )
    }
  }

  private static func requirePrivate(_ path: String) throws(Failure) {
    let file = OpenFile(
      owning: unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK),
      name: path
    )
    guard file.descriptor >= 0 else { throw .system("open the key", path) }
    guard try file.status().mode & 0o007 == 0 else {
      throw Failure(
        .configuration,
        "tls-key-readable",
        "everybody on this machine can read the server's private key",
        subject: path,
        hint: "chmod 0600 \(Escaped.shellWord(path)), or 0640 with a group of its own"
      )
    }
  }
}
#endif
