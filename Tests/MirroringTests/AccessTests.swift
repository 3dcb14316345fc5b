import DebianRepository
import SafeIO
import Testing

@testable import Mirroring

/// Proxies and credentials: who is asked, and who is told what.
@Suite struct AccessTests {
  private func proxy(
    _ address: String,
    _ environment: [String: String],
    configuration: String = ""
  ) throws -> String {
    var apt = AptConfiguration()
    try apt.read(Array(configuration.utf8))
    let settings = ProxySettings(configuration: apt, environment: environment)
    guard let proxy = try settings.proxy(for: UpstreamAddress(address)) else { return "direct" }
    return "\(proxy.isSOCKS ? "socks " : "")\(proxy.login.map { "\($0):\(proxy.password)@" } ?? "")"
      + "\(proxy.host):\(proxy.port)"
  }

  @Test func environment() throws {
    #expect(try proxy("http://a.example", [:]) == "direct")
    #expect(try proxy("http://a.example", ["http_proxy": "http://p:8080/"]) == "p:8080")
    #expect(try proxy("http://a.example", ["HTTP_PROXY": "http://p:8080/"]) == "direct")
    #expect(try proxy("https://a.example", ["http_proxy": "http://p:8080/"]) == "direct")
    #expect(try proxy("https://a.example", ["HTTPS_PROXY": "p"]) == "p:3128")
    #expect(try proxy("https://a.example", ["all_proxy": "socks5h://s"]) == "socks s:1080")
    #expect(try proxy("http://a.example", ["http_proxy": "http://u:p%40w@p:1"]) == "u:p@w@p:1")
    #expect(throws: Failure.self) { try proxy("http://a.example", ["http_proxy": "https://p:1"]) }
    #expect(throws: Failure.self) { try proxy("http://a.example", ["http_proxy": "http://p:x"]) }
  }

  @Test(arguments: [
    ("*", true), ("a.example", true), (".example", true), ("example", true),
    ("b.example,a.example:80", true), ("a.example:81", false), ("ample", false), ("", false),
  ])
  func exceptions(list: String, isExcepted: Bool) throws {
    let found = try proxy("http://a.example", ["http_proxy": "http://p:1", "no_proxy": list])
    #expect(found == (isExcepted ? "direct" : "p:1"))
  }

  @Test func aptConfiguration() throws {
    let both = """
      // a comment
      Acquire { http { Proxy "http://p:1"; Proxy::b.example "DIRECT"; }; };
      """
    #expect(try proxy("http://a.example", ["http_proxy": "x:9"], configuration: both) == "p:1")
    #expect(try proxy("https://a.example", [:], configuration: both) == "p:1")
    #expect(try proxy("http://b.example", ["http_proxy": "x:9"], configuration: both) == "direct")
    let https = "Acquire::https::Proxy \"false\"; # none\n/* x */ Acquire::http::Proxy \"p:1\";"
    #expect(try proxy("https://a.example", [:], configuration: https) == "direct")
  }

  private func login(_ address: String, _ file: String) throws -> String? {
    var credentials = Credentials()
    credentials.read(Array(file.utf8))
    return try credentials.find(for: UpstreamAddress(address)).map { "\($0.login)/\($0.password)" }
  }

  @Test func credentialsGoToTheirMachineOnly() throws {
    let file = """
      # ours
      machine deb.example/secret login one password two
      machine deb.example:8443 login three password four
      machine http://plain.example
        login five
        password six
      """
    #expect(try login("https://deb.example/secret/x", file) == "one/two")
    #expect(try login("https://deb.example/other", file) == nil)
    #expect(try login("http://deb.example/secret", file) == nil)
    #expect(try login("https://deb.example:8443/x", file) == "three/four")
    #expect(try login("http://plain.example/x", file) == "five/six")
    #expect(try login("https://plain.example/x", file) == nil)
    #expect(try login("https://deb.example.evil/secret", file) == nil)
  }

  @Test func aMachineAloneCountsAtEveryPort() throws {
    let file =
      "machine http://a.example login one password two\nmachine http://b.example/x login three"
    #expect(try login("http://a.example:8080/y", file) == "one/two")
    #expect(try login("http://b.example/x", file) == "three/")
    #expect(try login("http://b.example:8080/x", file) == nil)
  }

  @Test(arguments: [
    "default login anonymous password y", "foo bar", "machine ftp.example login x account z",
    "machine ftp.example login x macdef init", "machine a.example:x login b password c",
    "machine other.example login", "login nobody",
  ])
  func whatAptPassesOverIsPassedOver(words: String) throws {
    let own = "machine a.example login one password two"
    #expect(try login("https://a.example", "\(words)\n\(own)") == "one/two")
    #expect(try login("https://other.example", words) == nil)
  }
}
