#if Network
internal import NIOHTTP1

/// What the header of a request must be beyond what the parser asks for (RFC 9112, sections 3.2 and
/// 6.1): whatever two programs could read in two ways is nobody's request.
enum HeaderRules {
  static func hold(_ head: HTTPRequestHead) -> Bool {
    guard head.version == .http1_1 || head.version == .http1_0 else { return false }
    let hosts = head.headers["Host"]
    guard hosts.count == 1 || hosts.isEmpty && head.version == .http1_0 else { return false }
    guard hosts.allSatisfy(isHost) else { return false }
    let codings = head.headers["Transfer-Encoding"]
    let lengths = head.headers["Content-Length"]
    guard codings.isEmpty || codings.count == 1 && lengths.isEmpty else { return false }
    guard codings.isEmpty || head.version == .http1_1 else { return false }
    return lengths.count <= 1 && head.headers["Authorization"].count <= 1
  }

  /// Whether it is a host with a port, or nothing at all.
  private static func isHost(_ text: String) -> Bool {
    text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        || [0x2d, 0x2e, 0x3a, 0x5b, 0x5d, 0x5f, 0x7e, 0x25].contains(byte)
    }
  }
}
#endif
