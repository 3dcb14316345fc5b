private import Glibc
internal import SafeIO

/// What systemd gives to a service and wants to hear from it (sd_listen_fds(3), sd_notify(3)).
enum ServiceManager {
  /// The sockets that it has opened for this process.
  static func sockets() -> [ListenAddress] {
    guard number("LISTEN_PID") == getpid(), let count = number("LISTEN_FDS"), count > 0,
      count < 64
    else { return [] }
    return (0..<count).map { offset in
      // Children of this process have no use for it.
      _ = fcntl(3 + offset, F_SETFD, FD_CLOEXEC)
      return .inherited(3 + offset)
    }
  }

  private static func number(_ variable: String) -> Int32? {
    guard let text = unsafe getenv(variable) else { return nil }
    return Int32(unsafe String(cString: text))
  }

  /// Tells it the state of the service; nothing happens without a manager.
  static func tell(_ state: String) {
    guard let raw = unsafe getenv("NOTIFY_SOCKET") else { return }
    let path = Array(unsafe String(cString: raw).utf8)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard !path.isEmpty, path.count < room else { return }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { place in
      unsafe place.copyBytes(from: path)
      // An abstract name begins with NUL.
      if path[0] == 0x40 { unsafe place[0] = 0 }
    }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { _ = close(descriptor) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
    let bytes = Array(state.utf8)
    _ = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, length)
      }
    }
  }
}
