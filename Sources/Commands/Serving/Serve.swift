#if Network
internal import ArgumentParser
internal import SafeIO
internal import SiteServer

/// `aptferry serve`.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve what is published to apt, over HTTP or HTTPS.",
    discussion: """
      Examples:
        aptferry serve
        aptferry serve --listen 192.0.2.10:80 --listen '[2001:db8::10]:80'
        aptferry serve --listen 0.0.0.0:443 --tls-certificate site.pem \\
            --tls-key site.key --access-log /var/log/aptferry/access.log

      Clients find each publication at its prefix: http://HOST/debian. Nothing of
      the depot but its publications can be fetched.

      SIGTERM ends it: transfers that go on may take 30 seconds more. SIGHUP reads
      the certificate and the key anew, and opens the access log anew.

      Exit statuses: 3 the certificate or the key is not good; 16 the address is
      taken.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Option(
    name: .customLong("listen"),
    help: ArgumentHelp(
      "Where to listen, as HOST:PORT, [ADDRESS]:PORT or unix:PATH; may be repeated.",
      discussion: "Else the sockets that systemd has opened, else 127.0.0.1:8080.",
      valueName: "address"
    )
  )
  var addresses: [String] = []

  @Option(
    help: ArgumentHelp(
      "The certificate and those above it, in PEM: serve HTTPS.",
      valueName: "file"
    ),
    completion: .file()
  )
  var tlsCertificate: String?

  @Option(
    help: ArgumentHelp("The private key of the certificate, in PEM.", valueName: "file"),
    completion: .file()
  )
  var tlsKey: String?

  @Option(
    help: ArgumentHelp(
      "Only clients that have a certificate of this authority, in PEM.",
      valueName: "file"
    ),
    completion: .file()
  )
  var tlsClientAuthority: String?

  @Option(
    help: ArgumentHelp(
      "Append a line for each request to this file; “-” is standard output.",
      valueName: "file"
    ),
    completion: .file()
  )
  var accessLog: String?

  func run() throws {
    var settings = ServerSettings(depot: location.path, program: Version.program)
    settings.addresses = try addresses.map { try ListenAddress($0) }
    settings.tls = try tls
    settings.accessLog = accessLog.map { $0 == "-" ? $0 : absolutePath($0) }
    let (output, around) = (output, Surroundings.current)
    let server = try SiteService(settings) { note in
      around.surround { output.tell(note) }
    }
    try server.run { names in
      around.surround {
        for name in names { output.note("listening at \(name)") }
      }
    }
  }

  private var tls: ServerSettings.TLS? {
    get throws(Failure) {
      guard let tlsCertificate, let tlsKey else {
        guard tlsCertificate == nil, tlsKey == nil, tlsClientAuthority == nil else {
          throw Failure(
            .usage,
            "arguments",
            "HTTPS needs both --tls-certificate and --tls-key"
          )
        }
        return nil
      }
      var files = ServerSettings.TLS(
        certificate: absolutePath(tlsCertificate),
        key: absolutePath(tlsKey)
      )
      files.clientAuthority = tlsClientAuthority.map(absolutePath)
      return files
    }
  }
}
#endif
