internal import DebianRepository
internal import SafeIO

/// Opens an upstream by its address.
enum UpstreamOpening {
  /// The upstream, and what people should know of how it is reached.
  static func open(
    _ address: UpstreamAddress,
    _ request: MirrorRequest
  ) throws(Failure) -> (upstream: any Upstream, notes: [Note]) {
    guard address.scheme != .file else { return (try DirectoryUpstream(address), []) }
    #if Network
    let apt = try AptSettings(environment: request.environment)
    let proxies = ProxySettings(
      configuration: apt.configuration,
      environment: request.environment
    )
    // Said before anything is asked for.
    _ = try proxies.proxy(for: address)
    _ = try TLSSettings(for: address, apt.configuration).configuration()
    var settings = HTTPUpstream.Settings()
    settings.connections = request.connections
    settings.timeout = request.timeout
    settings.leastRate = request.leastRate
    settings.userAgent = userAgent(address, apt.configuration) ?? request.userAgent
    let credentials = try Credentials(from: apt)
    let upstream = HTTPUpstream(
      settings: settings,
      proxies: proxies,
      credentials: credentials,
      apt: apt.configuration
    )
    let notes: [Note] = credentials.unreadable.map {
      "\($0): this user may not read it; credentials in it are not used"
    }
    return (upstream, notes)
    #else
    throw Failure(
      .configuration,
      "no-network",
      "this program was built without the network, as for an isolated side",
      subject: address.text,
      hint: "use a file: upstream, or the connected side's program"
    )
    #endif
  }

  #if Network
  /// What `apt` of this machine is told to call itself; for `https` what it says for `http` counts as well.
  private static func userAgent(
    _ address: UpstreamAddress,
    _ configuration: AptConfiguration
  ) -> String? {
    let schemes = address.scheme == .https ? ["https", "http"] : ["http"]
    return schemes.compactMap { configuration.value("Acquire::\($0)::User-Agent") }
      .first { !$0.isEmpty && $0.utf8.allSatisfy { (0x20..<0x7f).contains($0) } }
  }
  #endif
}
