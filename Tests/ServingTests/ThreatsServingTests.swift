import Foundation
import Glibc
import SafeIO
import TestSupport
import Testing

/// What hostile clients do to the server, by the numbers of docs/design/threats.md.
@Suite(.enabled(if: hasNetwork), .serialized) struct ThreatsServingTests {
  private static let release = "/debian/dists/stable/Release"

  /// 300 ways out of a tree.
  static let ways: [String] = {
    let ups = [
      "..", "%2e%2e", "%2E%2e", ".%2e", "%2e.", "%252e%252e", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae",
      "..%00", "%00..", "..;", "..;x=y", "...", "....", "..%5c", "..\\", "%uff0e%uff0e", "..%20",
      "..%09", "..%0a", "..%0d", "．．", "%ef%bc%8e%ef%bc%8e", "..%c0%af", "%2e%2e%2f", "..%2f",
      "..%252f",
    ]
    let starts = ["/", "/debian/", "/debian/dists/stable/", "/api/", "//", "/debian/pool//"]
    let ends = ["etc/passwd", "catalogue.sqlite"]
    return starts.flatMap { start in
      ups.flatMap { up in ends.map { start + String(repeating: up + "/", count: 6) + $0 } }
    }
  }()

  @Test func t123NoPathLeavesWhatIsPublished() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let trace = scratch.path("trace")
      let server = try ServerProcess(
        lab,
        ["--listen", "127.0.0.1:0"],
        under: ["strace", "-f", "-qq", "-e", "trace=open,openat,openat2", "-o", trace]
      )
      let port = try server.port
      #expect(ThreatsServingTests.ways.count >= 300)
      _ = try Wire.get(port, ThreatsServingTests.release)
      let before = try Disk.text(trace).utf8.count
      for way in ThreatsServingTests.ways {
        let answer = try Wire.get(port, way)
        #expect([400, 404].contains(answer.status), "\(way): \(answer.status)")
        #expect(!answer.text.contains("root:") && !answer.text.contains("SQLite"))
      }
      for way in [
        "http://localhost/../../etc/passwd", "http:///etc/passwd", "file:///etc/passwd", "*",
      ] {
        #expect(try Wire.get(port, way).status == 400, "\(way)")
      }
      let opened = String(decoding: try Disk.read(trace)[before...], as: UTF8.self)
      let strange = opened.split(separator: "\n").filter { line in
        // The account's name for the audit log, and the depot's own catalogue, are no client's doing.
        line.contains("etc/passwd") && !line.contains("\"/etc/passwd\", O_RDONLY|O_CLOEXEC)")
          || line.contains("/../") || line.contains("\"..")
          || line.contains("pool/catalogue") || line.contains("dists/catalogue")
      }
      #expect(strange.isEmpty, "\(strange)")
    }
  }

  @Test func t124WhatSomebodyPlantsInATreeIsNotServed() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let tree = lab.depot + "/public/debian"
      let stable = tree + "/dists/stable"
      try run(["ln", "-s", "/etc/passwd", stable + "/passwd"]).succeeded()
      try run(["ln", "-s", "/etc", tree + "/pool/etc"]).succeeded()
      try run(["mkfifo", stable + "/pipe"]).succeeded()
      try Disk.write("planted\n", to: stable + "/planted")
      // A file of the listing that becomes something else.
      try run(["ln", "-sf", "/etc/passwd", stable + "/Release"]).succeeded()
      let server = try lab.serve()
      let port = try server.port
      for path in ["stable/passwd", "stable/pipe", "stable/planted", "../pool/etc/passwd"] {
        let answer = try Wire.get(port, "/debian/dists/" + path)
        #expect([400, 404].contains(answer.status), "\(path)")
      }
      #expect(try Wire.get(port, "/debian/pool/etc/passwd").status == 404)
      let other = try Wire.get(port, ThreatsServingTests.release)
      #expect(other.status >= 400 && !other.text.contains("root:"))
      #expect(try !Wire.get(port, "/debian/dists/stable/").text.contains("planted"))
    }
  }

  @Test func t125SlowClientsKeepNobodyOut() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let port = try server.port
      let slow = try (0..<2000).map { _ in
        let wire = try Wire(port)
        wire.send("GET /debian/dists/stable/Release HTTP/1.1\r\nHost: l")
        return wire
      }
      let begin = Date()
      for round in 0..<6 {
        for wire in slow where round < 5 { wire.send("o") }
        let one = Date()
        #expect(try Wire.get(port, ThreatsServingTests.release).status == 200)
        #expect(Date().timeIntervalSince(one) < 1)
        sleep(5)
      }
      // A byte now and then is no header: they are sent away.
      #expect(slow[0].receive().isEmpty || slow[0].receive().isEmpty)
      #expect(Date().timeIntervalSince(begin) < 60)
      #expect(try wait(10) { try server.openFiles() < 100 })
    }
  }

  @Test func t126RangesCostNothing() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let port = try server.port
      let size = try lab.published(lab.cargo()).count
      let many = "bytes=" + (0..<1200).map { "\($0)-" }.joined(separator: ",")
      let before = try server.memory()
      for (range, status) in [
        (many, 200), ("bytes=0-,0-,0-", 200), ("bytes=5-1", 200), ("bytes=-0", 416),
        ("bytes=\(size)-", 416), ("bytes=18446744073709551615-", 416),
        ("bytes=99999999999999999999999999-", 416), ("bytes=0-99999999999999999999999", 206),
        ("bytes=-99999999999999999999999", 206), ("lines=0-1", 200), ("bytes=--1", 200),
        ("bytes=0x0-1", 200), ("bytes=1 - 2", 200),
      ] {
        let answer = try Wire.get(port, "/" + lab.cargo(), ["Range": range], method: "HEAD")
        #expect(answer.status == status, "\(range.prefix(40))")
        if status == 206 { #expect(answer["Content-Range"] == "bytes 0-\(size - 1)/\(size)") }
        if status == 416 { #expect(answer["Content-Range"] == "bytes */\(size)") }
      }
      let wires = try (0..<100).map { _ in
        let wire = try Wire(port, window: 4096)
        wire.send("GET /\(lab.cargo()) HTTP/1.1\r\nHost: x\r\nRange: \(many)\r\n\r\n")
        return wire
      }
      for wire in wires { #expect(wire.head()?.status == 200) }
      #expect(try server.memory() < before + (32 << 20))
    }
  }

  @Test func t127AResumeAcrossAPublishGetsAllOfTheNewFile() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let port = try server.port
      let first = try Wire.get(port, ThreatsServingTests.release, ["Range": "bytes=0-9"])
      #expect(first.status == 206)
      sleep(2)
      try lab.publishSecond()
      let new = try lab.published("debian/dists/stable/Release")
      for condition in [first["ETag"], first["Last-Modified"]].compactMap({ $0 }) {
        let answer = try Wire.get(
          port,
          ThreatsServingTests.release,
          ["Range": "bytes=10-", "If-Range": condition]
        )
        #expect(answer.status == 200)
        #expect(answer.body == new)
      }
      let now = try Wire.get(port, ThreatsServingTests.release)
      #expect(now["ETag"] != first["ETag"] && now["Last-Modified"] != first["Last-Modified"])
      let same = try Wire.get(
        port,
        ThreatsServingTests.release,
        ["Range": "bytes=10-", "If-Range": now["ETag"] ?? ""]
      )
      #expect(same.status == 206)
      #expect(same["Content-Range"] == "bytes 10-\(new.count - 1)/\(new.count)")
      #expect(same.body == Array(new[10...]))
    }
  }

  /// Requests that two programs could read in two ways.
  static let smuggling: [(name: String, text: String)] = [
    (
      "length and chunks",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    (
      "chunks and length",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"
    ),
    (
      "two lengths",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"
    ),
    (
      "the same length twice",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd"
    ),
    ("a list of lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 4\r\n\r\nabcd"),
    ("a signed length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nabcd"),
    ("a negative length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -4\r\n\r\nabcd"),
    ("a hexadecimal length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x4\r\n\r\nabcd"),
    (
      "an endless length",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"
    ),
    ("an empty length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\nabcd"),
    (
      "a space before the colon",
      "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"
    ),
    (
      "a space before the colon of a length",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 4\r\n\r\nabcd"
    ),
    (
      "another coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"
    ),
    (
      "two codings",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"
    ),
    (
      "chunks twice",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    (
      "a vertical tab",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \u{b}chunked\r\n\r\n0\r\n\r\n"
    ),
    ("a folded line", "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n"),
    (
      "a folded coding",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"
    ),
    ("a line feed alone", "GET / HTTP/1.1\nHost: x\n\n"),
    ("a line feed alone in the header", "GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n"),
    ("a carriage return alone", "GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n"),
    ("a carriage return in a value", "GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n"),
    ("a NUL in a value", "GET / HTTP/1.1\r\nHost: x\r\nX: a\u{0}b\r\n\r\n"),
    ("no colon", "GET / HTTP/1.1\r\nHost: x\r\nX\r\n\r\n"),
    ("no name", "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n"),
    ("a name with a space", "GET / HTTP/1.1\r\nHost: x\r\nX Y: z\r\n\r\n"),
    ("a first line that is folded", "GET / HTTP/1.1\r\n Host: x\r\n\r\n"),
    ("no host", "GET / HTTP/1.1\r\n\r\n"),
    ("two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
    ("a bad chunk", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    (
      "a chunk with a bare end",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n"
    ),
    (
      "a signed chunk",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n"
    ),
    ("a version that is none", "GET / HTTP/1.1x\r\nHost: x\r\n\r\n"),
    ("a later version", "GET / HTTP/3.0\r\nHost: x\r\n\r\n"),
    ("a tab", "GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n"),
    ("no version", "GET /\r\n\r\n"),
    ("chunks in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
  ]

  @Test(arguments: smuggling.map(\.name))
  func t128WhatCanBeReadInTwoWaysIsRefusedAndEndsTheConnection(_ name: String) throws {
    try Shared.withServer { lab, port in
      let text = ThreatsServingTests.smuggling.first { $0.name == name }?.text ?? ""
      let wire = try Wire(port, seconds: 5)
      let mark = "/smuggled-\(name.replacing(" ", with: "-"))"
      wire.send(text + "GET \(mark) HTTP/1.1\r\nHost: x\r\n\r\n")
      let answers = String(decoding: wire.drain(), as: UTF8.self)
      let statuses = answers.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
      #expect(statuses.count <= 1, "\(answers)")
      #expect(statuses.allSatisfy { ["400", "501", "505", "411"].contains($0) }, "\(answers)")
      #expect(try !Shared.lines().contains { $0.contains(mark + " ") })
    }
  }

  @Test func t129NothingOfARequestGetsIntoAHeader() throws {
    try Shared.withServer { lab, port in
      for path in [
        "/debian%0d%0aX-Evil:%20y", "/debian%0d%0a%0d%0a<script>", "/debian?%0d%0aX-Evil: y",
        "/-/%0d%0aX-Evil:%20y", "/api/%0d%0aX-Evil:%20y", "/debian/dists%0aX-Evil:y",
      ] {
        let answer = try Wire.get(port, path)
        #expect(answer["X-Evil"] == nil, "\(path)")
        #expect(answer["Location"]?.contains("Evil") != true, "\(path)")
      }
      // A directory's name is the path that was found, never the text that was sent.
      let moved = try Wire.get(port, "/debian/dists/./stable?x=//evil.example")
      #expect(moved.status == 301)
      #expect(moved["Location"] == "/debian/dists/stable/")
    }
  }

  @Test func t130WhatIsTooLargeOrUnknownIsRefused() throws {
    try Shared.withServer { lab, port in
      func status(_ request: String) throws -> Int {
        let wire = try Wire(port, seconds: 5)
        wire.send(request)
        return wire.answer()?.status ?? 0
      }
      let long = String(repeating: "a", count: 9000)
      #expect(try status("GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n") == 414)
      let endless = String(repeating: "a", count: 200_000)
      #expect(
        [414, 431, 400, 0].contains(try status("GET /\(endless) HTTP/1.1\r\nHost: x\r\n\r\n"))
      )
      let fields = (0..<2000).map { "X\($0): y\r\n" }.joined()
      #expect([431, 400].contains(try status("GET / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n")))
      let field = "X: \(String(repeating: "y", count: 60_000))\r\n"
      #expect([431, 400].contains(try status("GET / HTTP/1.1\r\nHost: x\r\n\(field)\r\n")))
      for method in ["POST", "PUT", "DELETE", "TRACE", "OPTIONS", "PROPFIND", "CONNECT", "PATCH"] {
        let target = method == "CONNECT" ? "x:80" : "/debian/dists/stable/Release"
        let answer = try status(
          "\(method) \(target) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        )
        #expect(method == "CONNECT" ? [400, 405].contains(answer) : answer == 405, "\(method)")
      }
      #expect([400, 405, 501].contains(try status("BREW /debian HTTP/1.1\r\nHost: x\r\n\r\n")))
      let prior = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
      #expect([0, 400, 505].contains(try status(prior)))
      #expect(try Wire.get(port, ThreatsServingTests.release).status == 200)
    }
  }

  @Test func t131PipelinesComeBackInOrder() throws {
    try Shared.withServer { lab, port in
      let wire = try Wire(port)
      let packages = "/debian/dists/stable/main/binary-amd64/Packages.xz"
      let paths = [ThreatsServingTests.release, packages, "/debian/nothing", "/debian/dists"]
      var requests = ""
      for round in 0..<25 {
        for (index, path) in paths.enumerated() {
          let method = (round + index) % 3 == 0 ? "HEAD" : "GET"
          requests += "\(method) \(path) HTTP/1.1\r\nHost: x\r\n\r\n"
        }
      }
      wire.send(requests)
      let wanted = try paths.map { try Wire.get(port, $0) }
      for round in 0..<25 {
        for (index, one) in wanted.enumerated() {
          let isHead = (round + index) % 3 == 0
          let answer = wire.answer(isHead: isHead)
          #expect(answer?.status == one.status)
          #expect(answer?["Content-Length"] == one["Content-Length"])
          #expect(answer?.body == (isHead ? [] : one.body))
        }
      }
      // After an error the connection goes on.
      wire.send("GET /debian/../../x HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(wire.answer()?.status == 400)
      wire.send(
        "GET \(ThreatsServingTests.release) HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n"
      )
      var next = wire.answer()
      if next?.status == 100 { next = wire.answer() }
      #expect(next?.status == 200)
    }
  }

  @Test func t132PasswordsCannotBeTried() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let file = scratch.path("users")
      try run(["htpasswd", "-cbB", "-C", "8", file, "alice", "tide"]).succeeded()
      let server = try lab.serve("--users", file)
      let port = try server.port
      func ask(_ name: String, _ password: String) throws -> (Wire.Answer, Double) {
        let begin = Date()
        let value = Data("\(name):\(password)".utf8).base64EncodedString()
        let answer = try Wire.get(
          port,
          ThreatsServingTests.release,
          ["Authorization": "Basic \(value)"]
        )
        return (answer, Date().timeIntervalSince(begin))
      }
      // The same answer whether there is such a user, and nearly the same time.
      var times: [[Double]] = [[], []]
      for (index, name) in ["alice", "mallory"].enumerated() {
        for number in 0..<9 {
          let (answer, time) = try ask(name, "wrong\(number)")
          #expect(answer.status == 401)
          #expect(answer.text == "401 Unauthorized\n")
          times[index].append(time)
        }
      }
      let middle = times.map { $0.sorted()[4] }
      #expect(abs(middle[0] - middle[1]) < 0.5 * max(middle[0], middle[1]), "\(middle)")
      let begin = Date()
      var statuses: [Int: Int] = [:]
      for number in 0..<1000 {
        statuses[try ask("alice", "guess\(number)").0.status, default: 0] += 1
      }
      #expect(statuses[429, default: 0] > 980, "\(statuses)")
      #expect(Date().timeIntervalSince(begin) < 30)
      try server.waitFor("many wrong passwords")
      // One name's attacker behind a proxy does not lock out another name.
      #expect(try ask("bob", "x").0.status == 401)
    }
  }

  @Test func t133NoWayOfAskingGoesAroundThePassword() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let file = scratch.path("users")
      try run(["htpasswd", "-cbB", "-C", "5", file, "alice", "tide"]).succeeded()
      let server = try lab.serve("--users", file)
      let port = try server.port
      let paths = [
        "/debian/dists/stable/Release", "/debian/dists/stable/./Release",
        "/%64ebian/dists/stable/Release",
        "/debian/dists/stable/Release?x", "/debian/dists/stable/Release%20", "/debian/", "/debian",
        "/",
        "http://localhost/debian/dists/stable/Release", "/api/version", "/api/repos", "/-/",
        "/debian/snapshots/first/dists/stable/Release", "/api", "/API/version", "/api/./version",
        "/api//version", "/%61pi/version", "/repos/x", "/-", "/favicon.ico",
      ]
      let credentials = [
        nil, "Basic", "Basic ", "Basic !!!", "Basic YWxpY2U=", "Basic YWxpY2U6", "Basic OnRpZGU=",
        "basic YWxpY2U6dGlkZQ", "Bearer", "Bearer x", "Digest username=\"alice\"", "Negotiate x",
        "Basic YWxpY2U6dGlkZQ== x", "Basic KjoqCg==",
      ]
      for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
        for version in ["1.0", "1.1"] {
          for path in paths {
            let request =
              "\(method) \(path) HTTP/\(version)\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
            let status = try Wire.ask(port, request)?.status ?? 0
            #expect([400, 401].contains(status), "\(method) \(path) \(version): \(status)")
          }
        }
      }
      for value in credentials {
        let fields = value.map { ["Authorization": $0] } ?? [:]
        let answer = try Wire.get(port, ThreatsServingTests.release, fields)
        #expect([401, 429].contains(answer.status), "\(value ?? "")")
      }
      let two =
        "GET \(ThreatsServingTests.release) HTTP/1.1\r\nHost: x\r\nAuthorization: Basic eDp5\r\n"
        + "Authorization: Basic YWxpY2U6dGlkZQ==\r\n\r\n"
      #expect([400, 401, 429].contains(try Wire.ask(port, two)?.status ?? 0))
      let lines = try server.lines()
      #expect(!lines.contains { $0.contains("\" 200 ") })
    }
  }

  @Test func t134OldTLSAndOpenKeysAreRefused() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let certificates = try TestCertificates(scratch.path("tls"))
      for name in ["server", "other"] { try certificates.issue(name) }
      let (pem, key) = (certificates.path("server.pem"), certificates.path("server.key"))
      let server = try lab.serve("--tls-certificate", pem, "--tls-key", key)
      let port = try server.port
      func connect(_ more: String...) throws -> Bool {
        let text = try run(
          ["openssl", "s_client", "-connect", "127.0.0.1:\(port)"] + more
        ).text
        return text.contains("Cipher is ") && !text.contains("Cipher is (NONE)")
      }
      #expect(try connect("-tls1_2"))
      #expect(try connect("-tls1_3"))
      #expect(try !connect("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"))
      #expect(try !connect("-tls1", "-cipher", "ALL:@SECLEVEL=0"))
      for cipher in ["NULL", "RC4", "3DES", "EXPORT", "aNULL", "CAMELLIA"] {
        #expect(try !connect("-tls1_2", "-cipher", cipher + ":@SECLEVEL=0"), "\(cipher)")
      }
      try run(["chmod", "644", key]).succeeded()
      let open = try lab.ferry(
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--tls-certificate",
        pem,
        "--tls-key",
        key
      )
      #expect(open.status == 3 && open.errors.contains("E-CONFIG-TLS-KEY-READABLE"))
      let other = try lab.ferry(
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--tls-certificate",
        pem,
        "--tls-key",
        certificates.path("other.key")
      )
      #expect(other.status == 3 && other.errors.contains("E-CONFIG-TLS"))
    }
  }

  @Test func t136ManyConnectionsAtFewFilesPassByAndAreOver() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try ServerProcess(
        lab,
        ["--listen", "127.0.0.1:0"],
        under: ["bash", "-c", "ulimit -n 64; exec \"$@\"", "bash"]
      )
      let port = try server.port
      do {
        let wires = try (0..<200).map { _ in try Wire(port, seconds: 2) }
        for wire in wires {
          wire.send("GET \(ThreatsServingTests.release) HTTP/1.1\r\nHost: x\r\n\r\n")
        }
        #expect(wires[0].answer()?.status == 200)
        usleep(500_000)
      }
      #expect(server.isRunning)
      let isBack = try wait(15) {
        let wire = try Wire(port, seconds: 5)
        wire.send("GET \(ThreatsServingTests.release) HTTP/1.1\r\nHost: x\r\n\r\n")
        return wire.answer()?.status == 200
      }
      #expect(isBack)
      #expect(try server.told.utf8.count < 4000, "it tells once, not each time")
    }
  }

  @Test func t137TheServerCannotGainPrivileges() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let status = try Disk.text("/proc/\(server.serverPID())/status")
      #expect(status.contains("NoNewPrivs:\t1"))
      // Nobody said where: this machine alone.
      let plain = try ServerProcess(lab, [], waits: false)
      #expect(
        try wait(20) {
          try plain.told.contains("listening at http://127.0.0.1:8080/")
            || plain.told.contains("E-IO-LISTEN")
        }
      )
    }
  }

  @Test func t138NamesInAListingAreNoMarkup() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let evil = "<script>alert(1)</script>\"'&\u{301}.txt"
      let tree = scratch.path("tree")
      try run(["cp", "-a", scratch.path("vendor"), tree]).succeeded()
      try Disk.write("x\n", to: tree + "/dists/stable/\(evil)")
      let server = try lab.serve()
      let port = try server.port
      let page = try Wire.get(port, "/debian/dists/stable/")
      #expect(page["Content-Security-Policy"]?.contains("default-src 'none'") == true)
      #expect(page["X-Content-Type-Options"] == "nosniff")
      for path in ["/<script>", "/%3Cscript%3E", "/debian/%3Cscript%3E", "/debian/%22onload=x"] {
        let answer = try Wire.get(port, path)
        #expect(!answer.text.contains("<script>") && !answer.text.contains("\"onload"))
        #expect(answer["Content-Type"]?.hasPrefix("text/plain") == true)
      }
    }
  }

  @Test func t139HostsSendNobodyElsewhere() throws {
    try Shared.withServer { lab, port in
      for host in ["evil.example", "evil.example:80", "[::1]", "a b", "x/y", "", "@", "localhost"] {
        let request = "GET /debian/dists HTTP/1.1\r\nHost: \(host)\r\n\r\n"
        let answer = try Wire.ask(port, request)
        #expect([301, 400].contains(answer?.status ?? 0), "\(host)")
        if answer?.status == 301 { #expect(answer?["Location"] == "/debian/dists/") }
      }
      for target in ["http://evil.example/debian/dists", "https://user@evil.example/debian/dists"] {
        let answer = try Wire.get(port, target)
        #expect(answer["Location"] ?? "/debian/dists/" == "/debian/dists/")
      }
      let foreign = try Wire.get(port, "/api/version", ["Origin": "http://evil.example"])
      #expect(foreign["Access-Control-Allow-Origin"] == nil)
      #expect(foreign["Access-Control-Allow-Credentials"] == nil)
      // What a page elsewhere makes a browser on this machine send changes nothing here.
      let sent =
        "POST /api/repos HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example\r\n"
        + "Content-Type: text/plain\r\nContent-Length: 15\r\n\r\n{\"Name\":\"evil\"}"
      #expect([401, 403, 404].contains(try Wire.ask(port, sent)?.status ?? 0))
      #expect(try !lab.ferry("repo", "list").succeeded().contains("evil"))
    }
  }
}

/// One server for tests that only ask.
private enum Shared {
  private static let made = Result {
    let scratch = try ScratchDirectory()
    let lab = try ServingLab(scratch)
    let server = try lab.serve()
    unsafe Shared.process = server.pid
    atexit { kill(unsafe Shared.process, SIGKILL) }
    return (lab, UncheckedServer(server: server))
  }

  private nonisolated(unsafe) static var process: Int32 = 0

  /// The server is only asked where it listens and what it has logged.
  private struct UncheckedServer: @unchecked Sendable {
    let server: ServerProcess
  }

  static func withServer(_ body: (ServingLab, Int) throws -> Void) throws {
    let (lab, server) = try made.get()
    try body(lab, try server.server.port)
  }

  static func lines() throws -> [String] { try made.get().1.server.lines() }
}
