import Foundation
import SafeIO
import TestSupport
import Testing

/// The form to log in over HTTPS, and what users with rights at one prefix see of the API.
@Suite(.enabled(if: hasNetwork), .serialized) struct LoginTests {
  private func access(_ lab: ServingLab) throws -> [String] {
    let (users, rights) = (lab.scratch.path("users"), lab.scratch.path("rights"))
    try run(["htpasswd", "-cbB", "-C", "5", users, "alice", "tide"]).succeeded()
    try run(["htpasswd", "-bB", "-C", "5", users, "bob", "ebb"]).succeeded()
    let text = "User: alice\nRead: *\nOperate: *\n\nUser: bob\nRead: debian\n"
    try Disk.write(text, to: rights)
    return ["--users", users, "--rights", rights]
  }

  /// The header and the body of an answer.
  private func curl(_ arguments: String...) throws -> String {
    try run(["curl", "-s", "-i", "--max-time", "20"] + arguments).succeeded()
  }

  @Test func overHTTPSTheSessionIsOfThisHostAlone() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let certificates = try TestCertificates(scratch.path("certificates"))
      try certificates.issue("server")
      let server = try ServerProcess(
        lab,
        [
          "--listen", "127.0.0.1:0", "--tls-certificate", certificates.path("server.pem"),
          "--tls-key", certificates.path("server.key"),
        ] + access(lab)
      )
      let (url, authority) = (try server.url, certificates.authority)
      let form = try curl("--cacert", authority, url + "-/login")
      let token = try #require(form.split(separator: "name=\"token\" value=\"").dropFirst().first)
        .prefix { $0 != "\"" }
      let answer = try curl(
        "--cacert",
        authority,
        url + "-/login",
        "--data-urlencode",
        "token=\(token)",
        "--data-urlencode",
        "name=alice",
        "--data-urlencode",
        "password=tide",
        "--data-urlencode",
        "to=//elsewhere.example/"
      )
      #expect(answer.contains("HTTP/1.1 303 "), "\(answer)")
      #expect(answer.lowercased().contains("location: /-/\r\n"), "\(answer)")
      let field = try #require(
        answer.split(separator: "\r\n").first { $0.lowercased().hasPrefix("set-cookie: ") }
      ).dropFirst("set-cookie: ".count)
      #expect(field.hasPrefix("__Host-aptferry="))
      #expect(field.hasSuffix("; Path=/; HttpOnly; SameSite=Strict; Secure"))
      let cookie = field.prefix { $0 != ";" }
      let value = cookie.dropFirst("__Host-aptferry=".count)
      func page(_ cookie: String) throws -> String {
        try curl("--cacert", authority, "-H", "Cookie: \(cookie)", url + "-/trust")
      }
      #expect(try page(String(cookie)).contains("Logged in as alice"))
      // The name that is for this machine without TLS is none here.
      #expect(try page("aptferry-session=\(value)").contains("HTTP/1.1 401 "))
      // One digit of sixteen is right by chance, unless it is another one than the last.
      let other = value.last == "0" ? "1" : "0"
      #expect(try page("__Host-aptferry=\(value.dropLast())\(other)").contains("HTTP/1.1 401 "))
      let foreign = try curl(
        "--cacert",
        authority,
        "-H",
        "Origin: https://elsewhere.example",
        url + "-/login",
        "-d",
        "token=\(token)&name=alice&password=tide"
      )
      #expect(foreign.contains("HTTP/1.1 403 ") && !foreign.lowercased().contains("set-cookie"))
      #expect(
        try curl("--cacert", authority, "-u", "alice:tide", url + "-/trust")
          .contains("HTTP/1.1 200 ")
      )
    }
  }

  @Test func whoReadsOnePrefixSeesItsPublicationsAndNoOthers() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try ServerProcess(lab, ["--listen", "127.0.0.1:0"] + access(lab))
      let url = try server.url
      func ask(_ user: String, _ path: String) throws -> String { try curl("-u", user, url + path) }
      let narrow = try ask("bob:ebb", "api/publish")
      #expect(narrow.contains("\"Path\":\"debian/stable\""), "\(narrow)")
      #expect(!narrow.contains("staging"), "\(narrow)")
      let all = try ask("alice:tide", "api/publish")
      #expect(all.contains("\"Path\":\"debian/stable\"") && all.contains("staging/inner/stable"))
      #expect(try ask("bob:ebb", "api/publish/debian/stable").contains("HTTP/1.1 200 "))
      for path in ["api/publish/staging_inner/stable", "api/snapshots", "api/graph.dot", "metrics"]
      {
        #expect(try ask("bob:ebb", path).contains("HTTP/1.1 403 "), "\(path)")
        #expect(try curl(url + path).contains("HTTP/1.1 401 "), "\(path)")
      }
      let metrics = try ask("alice:tide", "metrics")
      #expect(metrics.contains("\naptferry_publication_generation{prefix=\"staging/inner\"} 1\n"))
      #expect(metrics.contains("{area=\"api\",code=\"403\"} 4\n"), "\(metrics)")
      #expect(
        metrics.contains(
          "aptly_api_http_requests_total{code=\"200\",method=\"GET\",path=\"/api/publish\"} 2\n"
        )
      )
    }
  }
}
