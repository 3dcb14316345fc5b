import Foundation
import Glibc
import SafeIO
import TestSupport
import Testing

/// The life of the server's process: switches, signals, sockets.
@Suite(.enabled(if: hasNetwork), .serialized) struct ServerLifeTests {
  /// Begins a transfer that is far from its end.
  private func beginTransfer(_ lab: ServingLab, _ port: Int) throws -> (Wire, Wire.Answer) {
    let wire = try Wire(port, window: 1 << 16)
    wire.send("GET /\(lab.cargo()) HTTP/1.1\r\nHost: localhost\r\n\r\n")
    guard let head = wire.head() else { throw TestSupportError("no answer") }
    #expect(head.status == 200)
    return (wire, head)
  }

  @Test func t135ASwitchDuringATransfer() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let old = try lab.published(lab.cargo())
      let (wire, head) = try beginTransfer(lab, try server.port)
      let first = wire.take(1 << 20)
      try lab.publishSecond()
      // Generations of before go too: what is being sent must not need their names.
      try lab.ferry("publication", "remove", "debian", "--yes").succeeded()
      let rest = wire.take((head["Content-Length"].flatMap { Int($0) } ?? 0) - first.count)
      #expect(first + rest == old)
      wire.send("GET /debian/dists/stable/InRelease HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(wire.answer()?.status == 404)
    }
  }

  @Test func t134ANewCertificateDuringATransfer() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let certificates = try TestCertificates(scratch.path("tls"))
      for name in ["server", "other"] { try certificates.issue(name) }
      let server = try lab.serve(
        "--tls-certificate",
        certificates.path("server.pem"),
        "--tls-key",
        certificates.path("server.key")
      )
      let url = try server.url
      let file = scratch.path("cargo.deb")
      let curl = Process()
      curl.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
      curl.arguments = [
        "-sSf", "--cacert", certificates.authority, "--limit-rate", "10M", "-o", file,
        url + lab.cargo(),
      ]
      try curl.run()
      #expect(wait(10) { Disk.exists(file) })
      for ending in [".pem", ".key"] {
        try run([
          "cp", certificates.path("other" + ending), certificates.path("server" + ending),
        ]).succeeded()
      }
      server.signal(SIGHUP)
      let port = try server.port
      func subject() throws -> String {
        try run([
          "openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", certificates.authority,
        ]).text
      }
      #expect(try wait(10) { try subject().contains("subject=CN = other") })
      // One that cannot be used changes nothing, and is told.
      try Disk.write("none\n", to: certificates.path("server.pem"))
      server.signal(SIGHUP)
      try server.waitFor("what was in use stays")
      #expect(try subject().contains("subject=CN = other"))
      curl.waitUntilExit()
      #expect(curl.terminationStatus == 0)
      #expect(try Disk.read(file) == lab.published(lab.cargo()))
    }
  }

  @Test func theEndLetsTransfersEndAndTakesNoNewOnes() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let port = try server.port
      let (wire, head) = try beginTransfer(lab, port)
      let idle = try Wire(port)
      idle.send("GET /debian/dists/stable/Release HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(idle.answer()?.status == 200)
      server.signal(SIGTERM)
      #expect(wait(5) { (try? Wire(port)) == nil })
      let length = head["Content-Length"].flatMap { Int($0) } ?? 0
      #expect(wire.take(length) == (try lab.published(lab.cargo())))
      #expect(try server.end(within: 10) == 0)
    }
  }

  @Test func whoTakesNothingDoesNotKeepTheServerFromItsEnd() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let (wire, _) = try beginTransfer(lab, try server.port)
      let begin = Date()
      server.signal(SIGTERM)
      #expect(try server.end(within: 45) == 0)
      #expect((25...40).contains(Date().timeIntervalSince(begin)))
      _ = wire
    }
  }

  @Test func socketsOfSystemd() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let socket = scratch.path("s")
      let server = try ServerProcess(
        lab,
        [],
        under: ["systemd-socket-activate", "-l", socket],
        waits: false
      )
      #expect(wait(10) { Disk.exists(socket) })
      let curl = ["curl", "-sS", "--unix-socket", socket, "http://x/debian/dists/stable/Release"]
      let text = try run(curl).succeeded()
      #expect(
        text == String(decoding: try lab.published("debian/dists/stable/Release"), as: UTF8.self)
      )
      #expect(try server.urls() == ["unix:\(socket)"])
      #expect(try wait(5) { try server.lines().first?.hasPrefix("unix - - [") == true })
    }
  }

  @Test func aUnixSocketAndSeveralAddresses() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let socket = scratch.path("s")
      let server = try lab.serve("--listen", "unix:\(socket)", "--listen", "[::1]:0")
      #expect(try server.urls().count == 3)
      let curl = ["curl", "-sSf", "--unix-socket", socket, "http://x/api/version"]
      #expect(try run(curl).succeeded().contains("Version"))
      let v6 = try server.urls().first { $0.contains("[::1]") } ?? ""
      #expect(try run(["curl", "-sSf", "-g", v6 + "debian/"]).succeeded().contains("dists/"))
      // The socket of a server that was killed is in nobody's way.
      server.signal(SIGKILL)
      _ = try server.end(within: 10)
      let next = try lab.serve("--listen", "unix:\(socket)")
      #expect(try run(curl).status == 0)
      _ = next
    }
  }

  @Test func theServiceManagerIsTold() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let manager = try NotifySocket(scratch.path("notify"))
      let server = try ServerProcess(
        lab,
        ["--listen", "127.0.0.1:0"],
        environment: ["NOTIFY_SOCKET": scratch.path("notify")]
      )
      #expect(manager.next() == "READY=1")
      server.signal(SIGHUP)
      #expect(manager.next()?.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") == true)
      #expect(manager.next() == "READY=1")
      server.signal(SIGTERM)
      #expect(manager.next() == "STOPPING=1")
      #expect(try server.end(within: 10) == 0)
    }
  }
}

/// The socket to which a service tells its state.
private final class NotifySocket {
  private let descriptor: Int32

  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let (own, length) = (descriptor, socklen_t(MemoryLayout<sockaddr_un>.size))
    let code = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(own, $0, length)
      }
    }
    guard code == 0 else { throw TestSupportError("no socket: error \(errno)") }
    var time = timeval(tv_sec: 10, tv_usec: 0)
    _ = unsafe setsockopt(
      descriptor,
      SOL_SOCKET,
      SO_RCVTIMEO,
      &time,
      socklen_t(MemoryLayout<timeval>.size)
    )
  }

  deinit { close(descriptor) }

  func next() -> String? {
    var block = [UInt8](repeating: 0, count: 4096)
    let count = unsafe block.withUnsafeMutableBytes {
      unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
    }
    return count > 0 ? String(decoding: block[..<count], as: UTF8.self) : nil
  }
}
