package import SafeIO

/// Files with public keys, as vendors publish them and people carry them.
package enum KeyFile {
  /// The largest file, in bytes; Debian's archive keyring has 56 KB.
  package static let sizeLimit = 4 << 20
  /// The most keys in one file.
  package static let countLimit = 100
  /// The most packets in one file; a key flooded with signatures ends here (CVE-2022-3219).
  private static let packetLimit = 20_000

  /// The keys of a file: armored, in one or several blocks, or binary.
  ///
  /// A keybox, a secret key and everything that is no key are refused. Whether a key is weak,
  /// expired or revoked is said in the value: the caller decides, and lists it.
  package static func read(
    _ bytes: [UInt8],
    name: String,
    now: UTCTime = .now()
  ) throws(Failure) -> [PublicKey] {
    let found = try packets(bytes, name: name)
    return try PrivateDirectory.with { (home) throws(Failure) in
      let time = PrivateHome.readingTime(now: now, newest: found.newest)
      try PrivateHome.configure(home, now: time, isStrict: false)
      let context = try Context(home: home.path)
      let taken = try context.importKeys(found.bytes, name: name)
      let listed = try context.listKeys(limit: countLimit)
      var keys: [PublicKey] = []
      for key in listed where taken.contains(key.fingerprint) {
        let material = try context.export(key.fingerprint, limit: sizeLimit)
        keys.append(key.publicKey(material: material))
      }
      guard !keys.isEmpty else {
        throw Failure(
          .trust,
          "unusable-key",
          "no key in the file has a user id with a valid signature of its own",
          subject: name,
          hint: "ask the publisher for a current copy of the key"
        )
      }
      return keys
    }
  }

  static func secretKey(_ name: String) -> Failure {
    Failure(
      .trust,
      "secret-key",
      "the file holds a secret key",
      subject: name,
      hint: "export the public key with: gpg --export FINGERPRINT; and keep the secret one secret"
    )
  }

  private static func notAKey(_ name: String) -> Failure {
    Failure(
      .trust,
      "not-a-key",
      "the file holds no OpenPGP public key",
      subject: name,
      hint: "an armored or binary file is needed, as gpg --export writes it"
    )
  }

  /// The packets of version 4 public keys, without what somebody else's gpg noted beside them, and
  /// when the newest part says that it was made.
  private static func packets(
    _ bytes: [UInt8],
    name: String
  ) throws(Failure) -> (bytes: [UInt8], newest: UTCTime) {
    let binary = try decoded(bytes, name: name)
    var kept: [UInt8] = []
    var newest = UTCTime.earliest
    var count = 0
    var keys = 0
    var isKept = false
    var otherVersion: UInt8?
    var reader = PacketReader(binary)
    while let packet = try next(&reader, name: name) {
      count += 1
      guard count <= packetLimit else {
        throw Failure(
          .trust,
          "too-many-packets",
          "the file holds more than \(packetLimit) packets: keys flooded with signatures",
          subject: name,
          hint: "ask for a minimal export: gpg --export --export-options export-minimal"
        )
      }
      switch packet.tag {
      case 5, 7: throw secretKey(name)
      case 6, 14:
        let body = binary[packet.body]
        guard let version = body.first, body.count >= 6 else { throw notAKey(name) }
        if packet.tag == 6 {
          isKept = version == 4
          if isKept { keys += 1 } else { otherVersion = version }
        }
        if version == 4 {
          let created = body.dropFirst().prefix(4).reduce(Int64(0)) { $0 << 8 | Int64($1) }
          newest = max(newest, UTCTime(seconds: created))
        }
        guard keys <= countLimit else {
          throw Failure(
            .trust,
            "too-many-keys",
            "the file holds more than \(countLimit) keys",
            subject: name
          )
        }
      case 2, 13, 17:
        guard keys > 0 || otherVersion != nil else { throw notAKey(name) }
      // Trust notes of a keyring file, markers, padding and private packets are not the key's.
      case 10, 12, 21, 60...63: continue
      default: throw notAKey(name)
      }
      if isKept { kept += binary[packet.whole] }
    }
    if keys == 0, let otherVersion {
      throw Failure(
        .trust,
        "key-version",
        "the file holds only keys of OpenPGP version \(otherVersion); version 4 is supported",
        subject: name,
        hint: "ask the publisher for a version 4 key"
      )
    }
    guard keys > 0 else { throw notAKey(name) }
    return (kept, newest)
  }

  private static func next(
    _ reader: inout PacketReader,
    name: String
  ) throws(Failure) -> PacketReader.Packet? {
    do {
      return try reader.next()
    } catch {
      switch error {
      case .junk, .indefinite: throw notAKey(name)
      case .truncated:
        throw Failure(
          .trust,
          "truncated-key",
          "the key file ends in the middle",
          subject: name,
          hint: "copy the file again from where it came from"
        )
      }
    }
  }

  private static func decoded(_ bytes: [UInt8], name: String) throws(Failure) -> [UInt8] {
    guard bytes.count <= sizeLimit else {
      throw Failure(
        .trust,
        "key-too-large",
        "the key file is longer than \(sizeLimit) bytes",
        subject: name,
        hint: "ask for a minimal export: gpg --export --export-options export-minimal"
      )
    }
    if bytes.count >= 12, bytes[8..<12].elementsEqual("KBXf".utf8) {
      throw Failure(
        .trust,
        "keybox",
        "this is a keybox, gpg's own database, not a key file",
        subject: name,
        hint: "export from it: gpg --no-default-keyring --keyring ./FILE --export > keys.gpg"
      )
    }
    guard let first = bytes.first else { throw notAKey(name) }
    if first & 0x80 != 0 { return bytes }
    let lines = Armor.lines(bytes)
    if lines.contains(where: { $0.elementsEqual("-----BEGIN PGP PRIVATE KEY BLOCK-----".utf8) }) {
      throw secretKey(name)
    }
    let begin = Array("-----BEGIN PGP PUBLIC KEY BLOCK-----".utf8)
    var decoded: [UInt8] = []
    var cursor = 0
    // Vendors put words around their blocks; they are not read.
    while cursor < lines.count {
      guard lines[cursor].elementsEqual(begin) else {
        cursor += 1
        continue
      }
      do {
        decoded += try Armor.decodeBlock(lines, at: &cursor, label: "PGP PUBLIC KEY BLOCK")
      } catch {
        switch error {
        case .junk, .indefinite: throw notAKey(name)
        case .truncated:
          throw Failure(.trust, "truncated-key", "the key file ends in the middle", subject: name)
        }
      }
    }
    guard !decoded.isEmpty else { throw notAKey(name) }
    return decoded
  }
}
