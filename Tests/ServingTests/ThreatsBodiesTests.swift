import Foundation
import Glibc
import SafeIO
import TestSupport
import Testing

/// Bodies that nobody reads, that are too long or too many, or that never end.
extension ThreatsServingTests {
  private static let published = "/debian/dists/stable/Release"

  /// The header of a request whose body is to follow.
  private static func header(_ request: String, _ fields: String...) -> String {
    "\(request) HTTP/1.1\r\nHost: localhost\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
  }

  private static func chunk(_ count: Int) -> String {
    String(count, radix: 16) + "\r\n" + String(repeating: "x", count: count) + "\r\n"
  }

  private static let json = "Content-Type: application/json"

  @Test func bodiesThatNobodyReadsTakeNoMemory() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let port = try server.port
      let before = try server.memory()
      let piece = [UInt8](repeating: 0x78, count: 1 << 20)
      for path in ["/api/version", "/-/publications", Self.published] {
        for method in ["GET", "HEAD", "OPTIONS"] {
          let wire = try Wire(port, seconds: 5)
          wire.send(Self.header("\(method) \(path)", "Content-Length: 60000000"))
          let answer = wire.answer(isHead: method == "HEAD")
          #expect(answer?.status == 413, "\(method) \(path)")
          #expect(answer?["Connection"] == "close")
          var sent = 0
          while sent < 8, wire.send(piece) { sent += 1 }
          #expect(wire.receive().isEmpty)
        }
      }
      // Chunks say how much there is only when it is there.
      for path in ["/api/version", Self.published] {
        let wire = try Wire(port, seconds: 5)
        wire.send(Self.header("GET \(path)", "Transfer-Encoding: chunked"))
        wire.send(Self.chunk(40_000))
        wire.send(Self.chunk(25_000))
        usleep(300_000)
        wire.send(Self.chunk(1000))
        #expect(wire.answer()?.status == 413, "\(path)")
      }
      #expect(try server.memory() < before + (64 << 20))
      // A few fields with GET are what clients of aptly send.
      for path in ["/api/version", Self.published] {
        for length in [0, 2, 64 << 10] {
          let wire = try Wire(port)
          wire.send(Self.header("GET \(path)", Self.json, "Content-Length: \(length)"))
          wire.send(String(repeating: "{", count: length))
          #expect(wire.answer()?.status == 200, "\(path), \(length)")
        }
      }
    }
  }

  @Test func whomNobodyKnowsSendsShortBodiesOnly() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let (users, rights) = (scratch.path("users"), scratch.path("rights"))
      try run(["htpasswd", "-cbB", "-C", "5", users, "alice", "tide"]).succeeded()
      try Disk.write("User: *\nRead: *\nOperate: *\n", to: rights)
      let server = try lab.serve("--users", users, "--rights", rights)
      let port = try server.port
      func status(_ name: String, _ length: Int, _ fields: String = "X: y") throws -> Int {
        let start = "{\"Name\":\"\(name)\""
        let space = String(repeating: " ", count: length - start.utf8.count - 1)
        let wire = try Wire(port)
        wire.send(
          Self.header("POST /api/repos", Self.json, "Content-Length: \(length)", fields) + start
            + space + "}"
        )
        return wire.answer()?.status ?? 0
      }
      #expect(try status("repo-short", 64 << 10) == 201)
      #expect(try status("repo-long", (64 << 10) + 1) == 413)
      let login = "Authorization: Basic " + Data("alice:tide".utf8).base64EncodedString()
      #expect(try status("repo-known", 200_000, login) == 201)
      let repos = try lab.ferry("repo", "list").succeeded()
      #expect(repos.contains("repo-known") && !repos.contains("repo-long"))
    }
  }

  @Test func allBodiesTogetherAreBounded() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let port = try server.port
      let piece = [UInt8](repeating: 0x78, count: 1 << 20)
      func begin(_ megabytes: Int) throws -> Wire {
        let wire = try Wire(port)
        wire.send(Self.header("POST /api/repos", Self.json, "Content-Length: \(64 << 20)"))
        for _ in 0..<megabytes { #expect(wire.send(piece)) }
        return wire
      }
      do {
        let held = try (0..<4).map { _ in try begin(63) }
        // What is still on its way arrives.
        sleep(3)
        let answer = try begin(6).answer()
        #expect(answer?.status == 503)
        #expect(answer?["Retry-After"] == "10")
        #expect(answer?["Connection"] == "close")
        #expect(try Wire.get(port, "/api/version").status == 200)
        for wire in held { #expect(wire.send("x")) }
      }
      // They have gone, and their memory with them.
      let isBack = try wait(20) {
        let length = 16 << 20
        let wire = try Wire(port)
        wire.send(Self.header("POST /api/repos", Self.json, "Content-Length: \(length)") + "null")
        wire.send([UInt8](repeating: 0x78, count: length - 4))
        return wire.answer()?.status == 400
      }
      #expect(isBack)
    }
  }

  @Test func aBodyThatTricklesIsEnded() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let port = try server.port
      func begin(_ request: String, _ field: String) throws -> Wire {
        let wire = try Wire(port)
        wire.send(Self.header(request, Self.json, field))
        return wire
      }
      let slow: [(Wire, String)] = try [
        (begin("POST /api/repos", "Content-Length: 1000"), "x"),
        (begin("PUT /api/files/slow/x.deb", "Content-Length: 1000"), "x"),
        (begin("GET /api/version", "Content-Length: 1000"), "x"),
        (begin("GET \(Self.published)", "Transfer-Encoding: chunked"), Self.chunk(1)),
      ]
      let steady = try begin("PUT /api/files/steady/x.deb", "Content-Length: 1000000")
      let start = Date()
      for _ in 0..<10 {
        for (wire, text) in slow { wire.send(text) }
        #expect(steady.send(String(repeating: "x", count: 8 << 10)))
        sleep(5)
        if Date().timeIntervalSince(start) < 20 {
          for (wire, text) in slow { #expect(wire.send(text)) }
        }
      }
      for (wire, text) in slow { #expect(!wire.send(text)) }
      #expect(steady.send("x"))
    }
  }

  @Test func anAnswerBeforeTheEndOfItsRequestIsTheLastOne() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let users = scratch.path("users")
      try run(["htpasswd", "-cbB", "-C", "5", users, "alice", "tide"]).succeeded()
      let server = try lab.serve("--users", users)
      let wire = try Wire(try server.port)
      wire.send(Self.header("POST /api/repos", Self.json, "Content-Length: 100000") + "{")
      let answer = wire.answer()
      #expect(answer?.status == 401)
      #expect(answer?["Connection"] == "close")
      wire.send(String(repeating: " ", count: 99_999) + Self.header("GET /behind"))
      #expect(wire.drain().isEmpty)
      #expect(try !server.lines().contains { $0.contains("/behind") })
    }
  }
}
