import Testing

@testable import SiteServer

#if Network
/// Whose a connection of this machine is, by tables as the kernel writes them.
struct SocketOwnersTests {
  private static let header =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid"
    + "  timeout inode"

  private static func line(
    _ local: String,
    _ remote: String,
    _ user: Int,
    state: String = "01",
    inode: Int = 4711
  ) -> String {
    "   7: \(local) \(remote) \(state) 00000000:00000000 00:00000000 00000000 \(user)        0 "
      + "\(inode) 1 0000000000000000 20 4 30 10 -1     "
  }

  private func user(
    _ client: (String, Int),
    _ server: (String, Int),
    _ lines: [String]
  ) throws -> UInt32? {
    let table = ([SocketOwnersTests.header] + lines).joined(separator: "\n") + "\n"
    let ends = (SocketEnd(client.0, port: client.1), SocketEnd(server.0, port: server.1))
    return SocketOwners.socket(
      in: ["", table],
      of: try #require(ends.0),
      connectedTo: try #require(ends.1)
    )?.user
  }

  /// 127.0.0.1:18090.
  private static let server = ("127.0.0.1", 18090)
  private static let (root, stranger, own) = ("0100007F:9C40", "0200007F:9C40", "0100007F:46AA")

  @Test func twoSocketsWithTheSamePortsAreToldApart() throws {
    let lines = [
      SocketOwnersTests.line(SocketOwnersTests.root, SocketOwnersTests.own, 0),
      SocketOwnersTests.line(SocketOwnersTests.stranger, SocketOwnersTests.own, 65534),
      // The server's own ends of the two.
      SocketOwnersTests.line(SocketOwnersTests.own, SocketOwnersTests.root, 1000),
      SocketOwnersTests.line(SocketOwnersTests.own, SocketOwnersTests.stranger, 1000),
    ]
    let owners: [(address: String, user: UInt32?)] = [
      ("127.0.0.1", 0), ("127.0.0.2", 65534), ("127.0.0.3", nil), ("::1", nil),
      ("::ffff:127.0.0.2", 65534),
    ]
    for owner in owners {
      let found = try user((owner.address, 40000), SocketOwnersTests.server, lines)
      #expect(found == owner.user, "\(owner.address)")
    }
    // The address of the server's end counts as much.
    #expect(try user(("127.0.0.2", 40000), ("127.0.0.3", 18090), lines) == nil)
  }

  @Test func oneAddressIsWrittenInTwoForms() throws {
    let mapped = "0000000000000000FFFF0000"
    let line = SocketOwnersTests.line(
      mapped + SocketOwnersTests.stranger,
      mapped + SocketOwnersTests.own,
      65534
    )
    #expect(try user(("127.0.0.2", 40000), SocketOwnersTests.server, [line]) == 65534)
    #expect(try user(("127.0.0.1", 40000), SocketOwnersTests.server, [line]) == nil)
    let mixed = SocketOwnersTests.line(
      mapped + SocketOwnersTests.stranger,
      SocketOwnersTests.own,
      0
    )
    #expect(try user(("127.0.0.2", 40000), SocketOwnersTests.server, [mixed]) == nil)
    let here = "00000000000000000000000001000000"
    let long = SocketOwnersTests.line(here + ":0050", here + ":1F90", 0)
    #expect(try user(("::1", 80), ("::1", 8080), [long]) == 0)
    #expect(try user(("::1", 80), ("127.0.0.1", 8080), [long]) == nil)
    #expect(try user(("127.0.0.1", 80), ("127.0.0.1", 8080), [long]) == nil)
  }

  @Test func whatIsNotClearIsNobodys() throws {
    let (client, server) = (("127.0.0.1", 40000), SocketOwnersTests.server)
    let (root, own) = (SocketOwnersTests.root, SocketOwnersTests.own)
    let one = SocketOwnersTests.line(root, own, 0)
    #expect(try user(client, server, [one]) == 0)
    #expect(try user(client, server, []) == nil)
    #expect(try user(client, server, [one, one]) == nil)
    #expect(try user(client, server, [one, SocketOwnersTests.line(root, own, 65534)]) == nil)
    for state in ["02", "03", "04", "05", "06", "08", "0A", "0B"] {
      let line = SocketOwnersTests.line(root, own, 0, state: state)
      #expect(try user(client, server, [line]) == nil, "\(state)")
    }
    // No process has it: its user says nothing.
    let orphan = SocketOwnersTests.line(root, own, 0, inode: 0)
    #expect(try user(client, server, [orphan]) == nil)
    #expect(try user(client, server, ["   7: \(root) \(own) 01 00000000:00000000"]) == nil)
  }

  @Test func whatIsNoEndOfAConnection() {
    for text in ["", "localhost", "127.0.0", "[::1]", "::1%lo", "127.0.0.1:80"] {
      #expect(SocketEnd(text, port: 80) == nil, "\(text)")
    }
    #expect(SocketEnd("127.0.0.1", port: 65536) == nil)
    #expect(SocketEnd("127.0.0.1", port: -1) == nil)
    #expect(SocketEnd("127.0.0.1", port: 80) == SocketEnd("::ffff:127.0.0.1", port: 80))
  }
}
#endif
