private import Glibc
internal import SafeIO

/// Who runs this process, as far as the system can say.
package struct AuditActor: Hashable, Sendable {
  /// The real user id.
  package let uid: UInt32
  /// The name of that user; empty where it has none.
  package let user: String
  /// Who logged in, as the kernel keeps it through `su` and `sudo`; nil where it does not know.
  package let login: UInt32?
  /// The name of who logged in; empty where it has none.
  package let loginUser: String
  /// Who called `sudo`, as its environment says: a claim.
  package let sudo: String?
  /// The name of the host.
  package let host: String
  /// The process.
  package let process: Int32
  /// Who asked it over the network; nil for whoever runs it.
  package var remote: Remote?

  /// Somebody who asked a server.
  package struct Remote: Hashable, Sendable {
    /// The name that was proven; nil for anybody.
    package let name: String?
    /// Where from.
    package let address: String

    package init(name: String?, address: String) { (self.name, self.address) = (name, address) }
  }

  /// This process, on behalf of somebody who asked it over the network.
  package static func current(for remote: Remote) -> AuditActor {
    var actor = current()
    actor.remote = remote
    return actor
  }

  /// This process.
  package static func current() -> AuditActor {
    let uid = getuid()
    let login = loginID()
    return AuditActor(
      uid: uid,
      user: name(of: uid),
      login: login,
      loginUser: login.map(name) ?? "",
      sudo: unsafe getenv("SUDO_USER").map { unsafe String(cString: $0) },
      host: hostName(),
      process: getpid()
    )
  }

  private static func name(of uid: UInt32) -> String {
    var entry = unsafe passwd()
    var buffer = [CChar](repeating: 0, count: 16_384)
    return unsafe buffer.withUnsafeMutableBufferPointer { space in
      var found: UnsafeMutablePointer<passwd>?
      let code = unsafe getpwuid_r(
        uid,
        &entry,
        space.baseAddress.unsafelyUnwrapped,
        space.count,
        &found
      )
      guard code == 0, unsafe found != nil, let name = unsafe entry.pw_name else { return "" }
      return unsafe String(cString: name)
    }
  }

  /// The kernel's login uid; it says 2^32 - 1 for processes that nobody logged in for.
  private static func loginID() -> UInt32? {
    let descriptor = unsafe open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { _ = close(descriptor) }
    var text = [UInt8](repeating: 0, count: 32)
    let count = unsafe text.withUnsafeMutableBytes { buffer in
      unsafe read(descriptor, buffer.baseAddress, buffer.count)
    }
    guard count > 0 else { return nil }
    let digits = String(decoding: text[0..<count].prefix { $0 != 0x0a }, as: UTF8.self)
    guard let value = UInt32(digits), value != .max else { return nil }
    return value
  }

  private static func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    let code = unsafe name.withUnsafeMutableBufferPointer { buffer in
      unsafe gethostname(buffer.baseAddress.unsafelyUnwrapped, buffer.count - 1)
    }
    guard code == 0 else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
