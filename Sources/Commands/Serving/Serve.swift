#if Network
internal import ArgumentParser
internal import Operations
internal import SafeIO
internal import SiteServer

/// `aptferry serve`.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve what is published to apt, over HTTP or HTTPS.",
    discussion: """
      Examples:
        aptferry serve
        aptferry serve --listen 192.0.2.10:80 --listen '[2001:db8::10]:80'
        aptferry serve --users /etc/aptferry/users --print-nginx
        aptferry serve --from-target ceph
        aptferry serve --listen 0.0.0.0:443 --tls-certificate site.pem \\
            --tls-key site.key --access-log /var/log/aptferry/access.log \\
            --users /etc/aptferry/users --rights /etc/aptferry/rights

      Clients find each publication at its prefix: http://HOST/debian. Nothing of
      the depot but its publications can be fetched. With --from-target these are
      the publications at that target: clients need no way to the store, its bucket
      may be closed to them, and no file is sent before it was found right.

      SIGTERM ends it: transfers that go on may take 30 seconds more. SIGHUP reads
      certificate, key, users and rights anew, and opens the access log anew.

      A file of rights has stanzas; “*” as the user is everybody:

        User: alice
        Read: *
        Operate: staging staging/*

      Without --users, processes of this account and of root on this machine may do
      all, everybody else may read. Tokens count always: “aptferry token”.

      Exit statuses: 3 a certificate, key, user or right is not good, or passwords
      could be read on the way; 16 the address is taken.
      """
  )

  @OptionGroup var location: DepotOptions

  @Flag(help: "Write no messages but warnings.")
  var quiet = false

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

  @Flag(help: "Clients without a certificate may come too, and are asked for a password.")
  var tlsClientOptional = false

  @Option(
    help: ArgumentHelp(
      "Users and their passwords, as “htpasswd -B” writes them.",
      discussion: "Without it everybody may read.",
      valueName: "file"
    ),
    completion: .file()
  )
  var users: String?

  @Option(
    help: ArgumentHelp(
      "Which user may read, operate and release where.",
      discussion: "Without it users read all, and change nothing.",
      valueName: "file"
    ),
    completion: .file()
  )
  var rights: String?

  @Flag(help: "Take passwords and tokens also over connections that others can read.")
  var passwordsInClear = false

  @Option(
    help: ArgumentHelp(
      "Append a line for each request to this file; “-” is standard output.",
      valueName: "file"
    ),
    completion: .file()
  )
  var accessLog: String?

  @Option(
    help: ArgumentHelp(
      "A directory below which media are mounted; may be repeated.",
      discussion: "Pages import bundles from there, and from /media, /mnt and /run/media.",
      valueName: "directory"
    ),
    completion: .directory
  )
  var media: [String] = []

  @Option(
    help: ArgumentHelp(
      "Answer from the publications at this target instead of the depot's own.",
      valueName: "name"
    )
  )
  var fromTarget: String?

  @Flag(help: "Serve nothing: write a configuration of nginx in front of such a server.")
  var printNginx = false

  func run() throws {
    var settings = ServerSettings(depot: location.path, program: Version.program)
    settings.addresses = try addresses.map { try ListenAddress($0) }
    settings.tls = try tls
    settings.users = users.map(absolutePath)
    settings.rights = rights.map(absolutePath)
    settings.takesPasswordsInClear = passwordsInClear
    settings.media = media.map(absolutePath)
    settings.accessLog = accessLog.map { $0 == "-" ? $0 : absolutePath($0) }
    settings.far = try fromTarget.map { (name) throws(Failure) in
      try Session(at: location.path, program: Version.program).targetTrees(name, .here)
    }
    if printNginx {
      let root = try Session(at: location.path, program: Version.program).publishedPath()
      let text = NginxConfiguration(publicDirectory: root, settings).text
      return Output.text(Array(text.utf8))
    }
    let (isQuiet, around) = (quiet, Surroundings.current)
    let server = try SiteService(settings) { note in
      guard note.severity >= .warning || !isQuiet else { return }
      around.surround { Output.message(Escaped.line(note.line)) }
    }
    try server.run { names in
      guard !isQuiet else { return }
      around.surround {
        for name in names { Output.message(Escaped.line("listening at \(name)")) }
      }
    }
  }

  private var tls: ServerSettings.TLS? {
    get throws(Failure) {
      guard let tlsCertificate, let tlsKey else {
        guard tlsCertificate == nil, tlsKey == nil, tlsClientAuthority == nil,
          !tlsClientOptional
        else {
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
      files.takesOthers = tlsClientOptional
      guard tlsClientAuthority != nil || !tlsClientOptional else {
        throw Failure(.usage, "arguments", "--tls-client-optional needs --tls-client-authority")
      }
      return files
    }
  }
}
#endif
