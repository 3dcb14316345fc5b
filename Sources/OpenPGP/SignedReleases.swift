package import SafeIO

/// A Release file with its signatures, in both forms that apt takes.
package struct SignedText: Sendable {
  /// The text clearsigned: InRelease.
  package let clearsigned: [UInt8]
  /// Armored signatures over the text: Release.gpg.
  package let detached: [UInt8]
}

extension SigningKey {
  /// Signs texts with all of the keys; what comes out has been verified with each of them.
  ///
  /// One armored block holds the signatures of all keys, as apt wants it. The texts must be lines
  /// that end in a line feed, without blanks at their ends.
  package static func sign(
    _ texts: [[UInt8]],
    with keys: [SigningKey]
  ) throws(Failure) -> [SignedText] {
    var clear: [(packets: [UInt8], hashes: [String])] = texts.map { _ in ([], []) }
    var detached: [[UInt8]] = texts.map { _ in [] }
    var publicKeys: [PublicKey] = []
    for key in keys {
      let publicKey = try key.usablePublicKey()
      publicKeys.append(publicKey)
      let made = try key.signBoth(texts, as: publicKey)
      for (index, text) in texts.enumerated() {
        let parts = try ClearsignedMessage.read(
          made[index].clearsigned,
          name: "what gpg signed",
          .own
        )
        guard parts.text == text else {
          throw Failure(
            .internal,
            "not-canonical",
            "the text has blanks at the ends of lines or no last line feed: it cannot be signed"
          )
        }
        clear[index].packets += try packets(parts.signatureArmor)
        for hash in parts.hashes where !clear[index].hashes.contains(hash) {
          clear[index].hashes.append(hash)
        }
        detached[index] += try packets(made[index].detached)
      }
    }
    guard !keys.isEmpty else { throw Failure(.internal, "no-key", "no key was named to sign with") }
    var signed: [SignedText] = []
    for (index, text) in texts.enumerated() {
      var clearsigned: [UInt8] = []
      try ClearsignedMessage.write(
        text: text,
        hashes: clear[index].hashes,
        signatures: clear[index].packets
      ) { clearsigned += $0 }
      signed.append(
        SignedText(
          clearsigned: clearsigned,
          detached: Armor.encode(detached[index], label: "PGP SIGNATURE")
        )
      )
    }
    try check(signed, of: texts, with: publicKeys)
    return signed
  }

  private static func packets(_ armor: [UInt8]) throws(Failure) -> [UInt8] {
    var cursor = 0
    do {
      return try Armor.decodeBlock(Armor.lines(armor), at: &cursor, label: "PGP SIGNATURE")
    } catch {
      throw Failure(.internal, "gpg-armor", "gpg wrote a signature that cannot be read")
    }
  }

  private static func check(
    _ signed: [SignedText],
    of texts: [[UInt8]],
    with keys: [PublicKey]
  ) throws(Failure) {
    try Verifier.withKeys(keys) { (verifier) throws(Failure) in
      let policy = SignaturePolicy(now: .now(), threshold: keys.count)
      for (index, text) in texts.enumerated() {
        let name = "the Release file just signed"
        _ = try verifier.verifyClearsigned(signed[index].clearsigned, name: name, policy: policy)
        _ = try verifier.verifyDetached(
          signature: signed[index].detached,
          of: text,
          name: name,
          policy: policy
        )
      }
    }
  }
}
