private import Glibc
internal import SafeIO

/// What a command writes about itself into the lock file, for the one that finds it taken.
enum LockHolder {
  static func text(command: String) -> String {
    var name = [CChar](repeating: 0, count: 256)
    let code = unsafe name.withUnsafeMutableBufferPointer { buffer in
      unsafe gethostname(buffer.baseAddress.unsafelyUnwrapped, buffer.count - 1)
    }
    let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let host = code == 0 ? String(decoding: bytes, as: UTF8.self) : "(unknown)"
    let actor = AuditActor.current()
    let user = actor.loginUser.isEmpty ? actor.user : actor.loginUser
    let who = user.isEmpty ? "uid \(actor.uid)" : user
    return "\(command), process \(getpid()) on \(host), by \(who), since \(UTCTime.now().rfc3339)"
  }
}
