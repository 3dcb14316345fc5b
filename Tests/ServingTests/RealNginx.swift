import Foundation
import Glibc
import TestSupport

/// The real nginx, as Debian has it, on a port of loopback.
final class RealNginx {
  private let process = Process()
  private let directory: String
  /// Where it listens.
  let port: Int

  /// Whether this machine has one.
  static let isHere = Disk.exists("/usr/sbin/nginx")

  /// Begins to serve what `servers` says; `PORT` in it is the port.
  init(_ directory: String, _ servers: String) throws {
    self.directory = directory
    port = try RealNginx.freePort()
    try Disk.makeDirectory(directory + "/logs")
    try Disk.write(
      """
      daemon off;
      user root;
      worker_processes 1;
      pid \(directory)/nginx.pid;
      error_log \(directory)/logs/error.log;
      events { worker_connections 512; }
      http {
        access_log \(directory)/logs/access.log;
        client_body_temp_path \(directory)/body;
        proxy_temp_path \(directory)/proxy;
        fastcgi_temp_path \(directory)/fastcgi;
        uwsgi_temp_path \(directory)/uwsgi;
        scgi_temp_path \(directory)/scgi;
        default_type application/octet-stream;
        \(servers.replacing("PORT", with: "\(port)"))
      }

      """,
      to: directory + "/nginx.conf"
    )
    process.executableURL = URL(fileURLWithPath: "/usr/sbin/nginx")
    process.arguments = ["-p", directory, "-c", directory + "/nginx.conf"]
    process.standardError = FileHandle.nullDevice
    try process.run()
    let port = port
    guard wait(10, until: { (try? Wire(port)) != nil }) else {
      throw TestSupportError(
        (try? Disk.text(directory + "/logs/error.log")) ?? "nginx did not begin"
      )
    }
  }

  deinit {
    guard process.isRunning else { return }
    process.terminate()
    process.waitUntilExit()
  }

  /// A port that nobody has now.
  static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = unsafe inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let size = length
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe bind(descriptor, pointer, size) == 0
          && getsockname(descriptor, pointer, &length) == 0
      }
    }
    guard isBound else { throw TestSupportError("no port is free") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
