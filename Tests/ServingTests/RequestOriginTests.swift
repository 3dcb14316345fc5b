import TestSupport
import Testing

/// What a browser does for a page of another site, and what a proxy does for other people.
@Suite(.enabled(if: hasNetwork)) struct RequestOriginTests {
  /// The status of a request that makes a repository, with these fields beside.
  private func status(_ server: ServerProcess, _ name: String, _ fields: String...) throws -> String
  {
    try run(
      [
        "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "-H",
        "Content-Type: application/json", "-d", "{\"Name\":\"\(name)\"}",
        "\(try server.url)api/repos",
      ] + fields.flatMap { ["-H", $0] }
    ).text
  }

  @Test func onlyWhoIsAtTheOtherEndHasTheRightsOfThisMachine() throws {
    try withScratchDirectory { scratch in
      let server = try ServerProcess(try ServingLab(scratch), ["--listen", "127.0.0.1:0"])
      #expect(try status(server, "plain") == "201")
      #expect(try status(server, "same", "Origin: http://127.0.0.1:\(server.port)") == "201")
      for (number, field) in [
        "Origin: http://other.example", "Origin: null", "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site", "Host: rebound.example", "X-Forwarded-For: 192.0.2.7",
        "Forwarded: for=192.0.2.7", "Via: 1.1 proxy",
      ].enumerated() {
        #expect(try status(server, "foreign\(number)", field) == "403", "\(field)")
      }
      let audit = [
        "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "\(try server.url)-/audit",
      ]
      #expect(try run(audit).text == "200")
      #expect(try run(audit + ["-H", "Host: rebound.example"]).text == "403")
      let repos = try run(["curl", "-s", "\(try server.url)api/repos"]).text
      #expect(!repos.contains("foreign"), "\(repos)")
    }
  }
}
