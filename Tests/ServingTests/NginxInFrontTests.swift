import Foundation
import SafeIO
import TestSupport
import Testing

/// The configuration that the program prints, with the real nginx.
@Suite(.enabled(if: hasNetwork && RealNginx.isHere), .serialized) struct NginxInFrontTests {
  /// The server block of what is printed, for a port of loopback.
  private func servers(_ lab: ServingLab, _ port: Int, _ more: String...) throws -> String {
    let text = try run(
      [ServingLab.program(), "serve", "--print-nginx", "--depot", lab.depot] + more
        + ["--listen", "127.0.0.1:\(port)"],
      environment: ["HOME": lab.scratch.path("home")]
    ).succeeded()
    return text.replacing("    listen [::]:443 ssl;\n", with: "")
      .replacing("    listen [::]:80;\n", with: "")
      .replacing("listen 443 ssl;", with: "listen 127.0.0.1:PORT ssl;")
      .replacing("listen 80;", with: "listen 127.0.0.1:PORT;")
  }

  @Test func theSeedsNginxWithTLSPasswordsAndProxy() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let certificates = try TestCertificates(scratch.path("tls"))
      try certificates.issue("server")
      let users = scratch.path("users")
      try run(["htpasswd", "-cbB", "-C", "5", users, "alice", "tide"]).succeeded()
      let server = try lab.serve("--users", users)
      let port = try server.port
      let nginx = try RealNginx(
        scratch.path("nginx"),
        try servers(
          lab,
          port,
          "--users",
          users,
          "--tls-certificate",
          certificates.path("server.pem"),
          "--tls-key",
          certificates.path("server.key")
        )
      )
      let url = "https://127.0.0.1:\(nginx.port)/"
      let trust = "Acquire::https::CaInfo \"\(certificates.authority)\";\n"
      let client = try lab.client(url, more: trust)
      #expect(try client.update().status != 0)
      try Disk.write(
        "machine 127.0.0.1:\(nginx.port)/ login alice password tide\n",
        to: client.root + "/etc/apt/auth.conf.d/site.conf"
      )
      try client.update().succeeded()
      #expect(try client.downloadAll().count == 15)
      func status(_ path: String, _ more: String...) throws -> String {
        try run(
          ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert"]
            + [certificates.authority] + more + [url + path]
        ).text
      }
      #expect(try status("api/version") == "401")
      #expect(try status("api/version", "--user", "alice:tide") == "200")
      #expect(
        try status("debian/snapshots/first/dists/stable/Release", "-u", "alice:tide") == "200"
      )
      #expect(try status(".publications/", "-u", "alice:tide") == "404")
      // A switch is seen at once: nothing of before is kept open.
      try lab.publishSecond()
      try client.update().succeeded()
      #expect(try client.available().contains("pier:amd64=2.0-1"))
    }
  }

  @Test func aProxyOfRootMayNotWhatRootMay() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let rights = scratch.path("rights")
      try Disk.write("User: *\nRead: debian\n", to: rights)
      let server = try lab.serve("--rights", rights)
      let port = try server.port
      let nginx = try RealNginx(
        scratch.path("nginx"),
        try servers(lab, port, "--rights", rights)
      )
      #expect(try Wire.get(nginx.port, "/debian/dists/stable/Release").status == 200)
      #expect(try Wire.get(nginx.port, "/staging/inner/dists/stable/Release").status == 403)
      for path in ["/-/trust", "/-/audit"] {
        #expect(try Wire.get(nginx.port, path).status >= 400, "\(path)")
      }
    }
  }

  @Test func theFileOfPasswordsForAptIsOwnersAlone() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let secret = scratch.path("secret")
      try Disk.write("tide\n", to: secret)
      let file = scratch.path("auth.conf")
      try lab.ferry(
        "client-config",
        "debian",
        "--url",
        "https://apt.example/debian",
        "--auth-file",
        file,
        "--login",
        "alice",
        "--password-file",
        secret
      ).succeeded()
      #expect(try Disk.text(file) == "machine apt.example/debian/ login alice password tide\n")
      #expect(try run(["stat", "-c", "%a", file]).text == "600\n")
      let half = try lab.ferry(
        "client-config",
        "debian",
        "--url",
        "http://x/debian",
        "--login",
        "alice"
      )
      #expect(half.status == 2)
      try Disk.write("a b\n", to: secret)
      let odd = try lab.ferry(
        "client-config",
        "debian",
        "--url",
        "http://x/debian",
        "--auth-file",
        file,
        "--login",
        "alice",
        "--password-file",
        secret
      )
      #expect(odd.status == 2 && odd.errors.contains("E-USAGE-AUTH-WORD"))
    }
  }

  @Test func whoStillUsesAGeneration() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let users = scratch.path("users")
      try run(["htpasswd", "-cbB", "-C", "5", users, "alice", "tide"]).succeeded()
      let server = try lab.serve()
      let port = try server.port
      _ = try Wire.get(port, "/debian/dists/stable/Release")
      try lab.publishSecond()
      _ = try Wire.get(port, "/debian/dists/stable/Release")
      _ = try Wire.get(port, "/staging/inner/dists/stable/Release")
      let all = try lab.ferry("publication", "clients", "debian", "--log", server.log).succeeded()
      let rows = all.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(
        rows.dropFirst().map { [$0[0], $0[1], $0[2], $0.last ?? ""] } == [
          ["2", "127.0.0.1", "-", "2"], ["1", "127.0.0.1", "-", "2"],
        ]
      )
      let one = try lab.ferry(
        "publication",
        "clients",
        "debian",
        "--generation",
        "1",
        "--log",
        server.log,
        "--json"
      ).succeeded()
      #expect(one.contains("\"generation\": 1,") && !one.contains("\"generation\": 2,"))
      // What a client sends cannot look like another client's line, whatever it is.
      let evil = "x\" 200 1 \"-\" \"-\" debian 99"
      _ = try Wire.get(port, "/debian/", ["User-Agent": evil, "X": "y"])
      _ = try Wire.get(port, "/debian/?\(evil.replacing(" ", with: "%20"))", ["User-Agent": "a\\"])
      var log = try Disk.read(server.log)
      log +=
        Array("no line\n\u{1}\n".utf8) + [0xff, 0x0a] + [UInt8](repeating: 0x61, count: 1 << 20)
      try Disk.write(log, to: scratch.path("odd.log"))
      let odd = try lab.ferry(
        "publication",
        "clients",
        "debian",
        "--log",
        scratch.path("odd.log")
      ).succeeded()
      #expect(!odd.contains("99"))
      #expect(odd.contains("passed over: 4 lines"))
    }
  }
}
