package import SafeIO

/// Signature files read by ourselves, before gpg sees a byte: signature packets and nothing else.
///
/// A message with its text inside, a clearsigned file, a key: all that gpg would accept in place
/// of a detached signature, and answer "success" for without a signature checked, ends here.
/// What is decoded is also what gpg is given, so armor tricks have no second reader to fool.
package enum SignaturePackets {
  /// The largest signature file, in bytes.
  package static let sizeLimit = 64 << 10
  /// The most signatures in one file.
  package static let countLimit = 16
  /// The largest single signature; an RSA-4096 one with all its notes is below 1 KiB.
  private static let packetLimit = 8 << 10

  /// The signers that the signatures of a file claim, in its order; nothing here is verified.
  ///
  /// Fingerprints, or key ids when a signature has no more; an empty string when it names nobody.
  package static func claimedIssuers(
    _ bytes: [UInt8],
    name: String,
    requireArmor: Bool
  ) throws(Failure) -> [String] {
    try read(bytes, name: name, requireArmor: requireArmor).map(\.issuer)
  }

  /// One signature packet, taken apart as far as decisions need it.
  struct Signature {
    /// The whole packet.
    let packet: [UInt8]
    /// 4, or another version that is carried along but cannot count.
    let version: UInt8
    /// 0x00 over bytes, 0x01 over text with line ends made equal.
    let type: UInt8
    /// The digest's number in OpenPGP.
    let hash: UInt8
    /// Who is said to have made it.
    let issuer: String
  }

  /// The signatures of a detached signature file, armored or binary.
  static func read(
    _ bytes: [UInt8],
    name: String,
    requireArmor: Bool,
    mayLackBlankLine: Bool = false
  ) throws(Failure) -> [Signature] {
    guard bytes.count <= sizeLimit else {
      throw Failure(
        .trust,
        "signature-too-large",
        "the signature file is longer than \(sizeLimit) bytes",
        subject: name
      )
    }
    guard bytes.contains(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }) else {
      throw Failure(
        .trust,
        "empty-signature",
        "the signature file is empty",
        subject: name,
        hint: "copy the signature again from where it was made"
      )
    }
    if let first = bytes.first, first & 0x80 != 0, !requireArmor {
      return try packets(bytes, name: name)
    }
    let lines = Armor.lines(bytes)
    try refuseOtherArmor(lines, name: name)
    var cursor = 0
    var decoded: [UInt8] = []
    // Two people sign by appending one armored block to the other.
    while cursor < lines.count {
      do {
        decoded += try Armor.decodeBlock(
          lines,
          at: &cursor,
          label: "PGP SIGNATURE",
          mayLackBlankLine: mayLackBlankLine
        )
      } catch {
        throw failure(of: error, name: name)
      }
    }
    return try packets(decoded, name: name)
  }

  private static func refuseOtherArmor(_ lines: [Armor.Line], name: String) throws(Failure) {
    let isMessage = lines.contains { line in
      line.elementsEqual("-----BEGIN PGP SIGNED MESSAGE-----".utf8)
        || line.elementsEqual("-----BEGIN PGP MESSAGE-----".utf8)
    }
    guard !isMessage else { throw notDetached(name) }
  }

  private static func notDetached(_ name: String) -> Failure {
    Failure(
      .trust,
      "not-detached",
      "this is a signed message, not a detached signature",
      subject: name,
      hint: "a detached signature (gpg --detach-sign) over exactly the signed file is needed here"
    )
  }

  static func failure(of fault: PacketFault, name: String) -> Failure {
    switch fault {
    case .indefinite: notDetached(name)
    case .junk:
      Failure(
        .trust,
        "malformed-signature",
        "the signature file holds something else than signatures",
        subject: name,
        hint: "the file was damaged or altered; copy it again from where it was made"
      )
    case .truncated:
      Failure(
        .trust,
        "truncated-signature",
        "the signature file ends in the middle",
        subject: name,
        hint: "the file was cut short; copy it again from where it was made"
      )
    }
  }

  private static func packets(_ bytes: [UInt8], name: String) throws(Failure) -> [Signature] {
    var signatures: [Signature] = []
    do {
      var reader = PacketReader(bytes)
      while let packet = try reader.next() {
        switch packet.tag {
        case 2: break
        // One-pass signature, compressed, encrypted or literal data, marker: a message.
        case 1, 3, 4, 8, 9, 10, 11, 18: throw notDetached(name)
        default: throw PacketFault.junk
        }
        guard packet.body.count <= packetLimit else { throw PacketFault.junk }
        guard signatures.count < countLimit else {
          throw Failure(
            .trust,
            "too-many-signatures",
            "the file holds more than \(countLimit) signatures",
            subject: name
          )
        }
        signatures.append(
          try signature(Array(bytes[packet.body]), packet: Array(bytes[packet.whole]))
        )
      }
    } catch let fault as PacketFault {
      throw failure(of: fault, name: name)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw failure(of: .junk, name: name)
    }
    return signatures
  }

  private static func signature(
    _ body: [UInt8],
    packet: [UInt8]
  ) throws(PacketFault) -> Signature {
    guard let version = body.first else { throw .truncated }
    guard version == 4 else {
      return Signature(packet: packet, version: version, type: 0, hash: 0, issuer: "")
    }
    guard body.count >= 6 else { throw .truncated }
    var cursor = 4
    let hashed = try area(body, at: &cursor)
    let unhashed = try area(body, at: &cursor)
    // Two bytes of the digest and at least one number follow.
    guard body.count - cursor >= 4 else { throw .truncated }
    return Signature(
      packet: packet,
      version: 4,
      type: body[1],
      hash: body[3],
      issuer: hashed.fingerprint ?? unhashed.fingerprint ?? hashed.keyID ?? unhashed.keyID ?? ""
    )
  }

  /// What a subpacket area says of the issuer.
  private struct Issuer {
    var fingerprint: String?
    var keyID: String?
  }

  private static func area(_ body: [UInt8], at cursor: inout Int) throws(PacketFault) -> Issuer {
    guard body.count - cursor >= 2 else { throw .truncated }
    let length = Int(body[cursor]) << 8 | Int(body[cursor + 1])
    cursor += 2
    guard body.count - cursor >= length else { throw .truncated }
    let end = cursor + length
    var issuer = Issuer()
    while cursor < end {
      let size = try subpacketLength(body, at: &cursor, end: end)
      guard size >= 1, size <= end - cursor else { throw .truncated }
      let content = body[(cursor + 1)..<(cursor + size)]
      // The top bit says "critical"; gpg judges what it does not know.
      switch body[cursor] & 0x7f {
      case 16 where content.count == 8: issuer.keyID = hex(content)
      case 33 where content.count == 21 && content.first == 4:
        issuer.fingerprint = hex(content.dropFirst())
      default: break
      }
      cursor += size
    }
    return issuer
  }

  private static func subpacketLength(
    _ body: [UInt8],
    at cursor: inout Int,
    end: Int
  ) throws(PacketFault) -> Int {
    let first = Int(body[cursor])
    let width = first < 192 ? 1 : (first < 255 ? 2 : 5)
    guard end - cursor >= width else { throw .truncated }
    let start = cursor
    cursor += width
    switch width {
    case 1: return first
    case 2: return (first - 192) << 8 + Int(body[start + 1]) + 192
    default:
      return body[(start + 1)..<(start + 5)].reduce(0) { $0 << 8 | Int($1) }
    }
  }

  private static func hex(_ bytes: ArraySlice<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
      for digit in [byte >> 4, byte & 0xf] { text.append(digit < 10 ? 0x30 + digit : 0x37 + digit) }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
