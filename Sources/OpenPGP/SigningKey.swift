internal import CGPGME
package import SafeIO

/// A secret key in a GnuPG home: this program's own, or one that the user has (agent, token).
package struct SigningKey: Sendable {
  /// The home directory that holds the secret key.
  package let home: String
  /// The key, or the subkey of it, that signs.
  package let fingerprint: Fingerprint
  private let isOwn: Bool
  private let allowsPinentry: Bool

  /// An existing key.
  ///
  /// `isOwn` says that the home is this program's alone: its agent is ended after each use.
  /// Without `allowsPinentry` a key that wants a passphrase is a clean failure, never a dialog.
  package init(
    home: String,
    fingerprint: Fingerprint,
    isOwn: Bool = false,
    allowsPinentry: Bool = true
  ) {
    self.home = home
    self.fingerprint = fingerprint
    self.isOwn = isOwn
    self.allowsPinentry = allowsPinentry && !isOwn
  }

  /// Makes a home (mode 0700) and in it an Ed25519 key that only signs, without passphrase and
  /// without an end.
  ///
  /// - Parameters:
  ///   - home: the directory.
  ///   - userID: the key's user id.
  ///   - isFurther: whether the home has keys already, which stay.
  /// - Returns: the key.
  /// - Throws: `state` when there are keys that were not expected, and what gpg says.
  package static func generate(
    home: String,
    userID: String,
    isFurther: Bool = false
  ) throws(Failure) -> SigningKey {
    guard (1...200).contains(userID.utf8.count),
      !userID.unicodeScalars.contains(where: Escaped.isDangerous)
    else {
      throw Failure(
        .usage,
        "user-id",
        "a user id has 1 to 200 bytes and no control characters",
        subject: Escaped.line(userID, limit: 200)
      )
    }
    let directory = try Directory(creating: home, mode: 0o700)
    try directory.setMode(0o700)
    let rings = isFurther ? [] : ["pubring.kbx", "pubring.gpg"]
    for name in rings where try directory.status(name) != nil {
      throw Failure(.state, "key-exists", "there are keys in this home already", subject: home)
    }
    if try directory.status("gpg.conf") == nil {
      let file = try directory.createFile("gpg.conf", mode: 0o600)
      try file.write(Array(settings.utf8))
      try file.close()
    }
    let fingerprint = try SigningHome(path: home, isOwn: true)
      .with { (path) throws(Failure) in
        let context = try Context(home: path)
        let flags = UInt32(
          GPGME_CREATE_SIGN | GPGME_CREATE_CERT | GPGME_CREATE_NOPASSWD | GPGME_CREATE_NOEXPIRE
            | GPGME_CREATE_FORCE
        )
        let error = try context.run {
          unsafe gpgme_op_createkey(context.handle, userID, "ed25519", 0, 0, nil, flags)
        }
        guard error == 0, let result = unsafe gpgme_op_genkey_result(context.handle),
          let made = unsafe Fingerprint(result.pointee.fpr)
        else { throw .gnupg("make a key", error, subject: home) }
        return made
      }
    return SigningKey(home: home, fingerprint: fingerprint, isOwn: true)
  }

  /// What every gpg in our own home is told.
  private static let settings = """
    no-greeting
    disable-dirmngr
    no-auto-key-retrieve
    no-auto-key-locate
    no-auto-check-trustdb
    personal-digest-preferences SHA512 SHA384 SHA256
    cert-digest-algo SHA512

    """

  /// The public half, for a trust file or a verifier.
  package func publicKey() throws(Failure) -> PublicKey {
    _ = isOwn ? try SigningHome.openOwn(home) : try Directory(opening: home)
    let place = try SigningHome(path: home, isOwn: isOwn)
    let context = try Context(home: place.path)
    let material = try context.export(fingerprint, limit: KeyFile.sizeLimit)
    guard !material.isEmpty else { throw try noSecretKey() }
    let keys = try KeyFile.read(material, name: home)
    guard let key = keys.first(where: { $0.parts.contains { $0.fingerprint == fingerprint } })
    else { throw try noSecretKey() }
    return key
  }

  /// An armored detached signature over the data, checked before it is given out; `publicKey` is
  /// what `usablePublicKey` gave, when it was asked before.
  package func signDetached(
    _ data: [UInt8],
    as publicKey: PublicKey? = nil
  ) throws(Failure) -> [UInt8] {
    let publicKey = if let publicKey { publicKey } else { try usablePublicKey() }
    let made = BoundedQueue<[UInt8]>(limit: 1)
    // What checks it is made ready while gpg signs, and checks while the agent ends.
    return try Threads.beside { () throws(Failure) in
      try Verifier.withKeys([publicKey]) { (verifier) throws(Failure) in
        guard let signature = made.receive() else { return }
        _ = try verifier.verifyDetached(
          signature: signature,
          of: data,
          name: "the signature just made",
          policy: SignaturePolicy(now: .now())
        )
      }
    } _: { () throws(Failure) in
      defer { made.finish() }
      return try withSigner { (context) throws(Failure) in
        let mode = GPGME_SIG_MODE_DETACH
        let signature = try sign(data, mode: mode, as: publicKey, in: context)
        _ = made.send(signature)
        made.finish()
        return signature
      }
    }
  }

  /// Refuses when the secret key is not at hand or damaged: it signs something that nobody gets.
  ///
  /// Of a key that may not sign any more, only that gpg has its secret part is asked.
  package func requireSecret() throws(Failure) {
    let key = try publicKey()
    if key.isRevoked || key.isExpired || key.weakness != nil {
      try withSigner { (_) throws(Failure) in }
    } else {
      _ = try signDetached(Array("aptferry\n".utf8), as: key)
    }
  }

  /// A clearsigned message, checked before it is given out.
  ///
  /// The text must be lines that end in a line feed, without blanks at their ends.
  package func signClearsigned(_ text: [UInt8]) throws(Failure) -> [UInt8] {
    let key = try usablePublicKey()
    let message = try withSigner { (context) throws(Failure) in
      try sign(text, mode: GPGME_SIG_MODE_CLEAR, as: key, in: context)
    }
    let verified = try Verifier.withKeys([key]) { (verifier) throws(Failure) in
      try verifier.verifyClearsigned(
        message,
        name: "the message just signed",
        policy: SignaturePolicy(now: .now())
      )
    }
    guard verified.text == text else {
      throw Failure(
        .internal,
        "not-canonical",
        "the text has blanks at the ends of lines or no last line feed: it cannot be clearsigned"
      )
    }
    return message
  }

  /// The public half of a key that may sign now: neither expired nor revoked nor weak.
  package func usablePublicKey() throws(Failure) -> PublicKey {
    let key = try publicKey()
    if key.isRevoked {
      throw Failure(
        .trust,
        "revoked-key",
        "the signing key was revoked",
        subject: key.label,
        hint: "choose another signing key"
      )
    }
    if key.isExpired {
      throw Failure(
        .trust,
        "expired-key",
        "the signing key has expired",
        subject: key.label,
        hint: "extend it (gpg --quick-set-expire) or choose another one"
      )
    }
    if let weakness = key.weakness {
      throw Failure(
        .trust,
        "weak-key",
        "the signing key is too weak: \(weakness)",
        subject: key.label,
        hint: "choose an Ed25519 key, or RSA with 3072 bits or more"
      )
    }
    return key
  }

  /// Clearsigned and detached signatures of several texts, with one start of the agent.
  func signBoth(
    _ texts: [[UInt8]],
    as publicKey: PublicKey
  ) throws(Failure) -> [SignedText] {
    try withSigner { (context) throws(Failure) in
      var made: [SignedText] = []
      for text in texts {
        made.append(
          SignedText(
            clearsigned: try sign(text, mode: GPGME_SIG_MODE_CLEAR, as: publicKey, in: context),
            detached: try sign(text, mode: GPGME_SIG_MODE_DETACH, as: publicKey, in: context)
          )
        )
      }
      return made
    }
  }

  /// A context of the home that signs with this key.
  private func withSigner<Result>(
    _ body: (Context) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let place = try SigningHome(path: home, isOwn: isOwn)
    return try place.with { (path) throws(Failure) in
      let context = try Context(
        home: path,
        seconds: allowsPinentry ? Context.personsPatience : Context.patience
      )
      unsafe gpgme_set_armor(context.handle, 1)
      let pinentry = allowsPinentry ? GPGME_PINENTRY_MODE_DEFAULT : GPGME_PINENTRY_MODE_ERROR
      guard unsafe gpgme_set_pinentry_mode(context.handle, pinentry) == 0 else {
        throw Failure(.internal, "gpgme", "gpgme did not take its settings")
      }
      var isThere = false
      try unsafe context.forEachKey(fingerprint, isSecret: true) { (key) throws(Failure) in
        guard unsafe gpgme_signers_add(context.handle, key) == 0 else {
          throw Failure(.internal, "gpgme", "gpgme did not take the signing key")
        }
        isThere = true
      }
      guard isThere else { throw try noSecretKey() }
      return try body(context)
    }
  }

  private func sign(
    _ data: [UInt8],
    mode: gpgme_sig_mode_t,
    as publicKey: PublicKey,
    in context: Context
  ) throws(Failure) -> [UInt8] {
    let input = try Octets(data)
    let output = try Octets([])
    let error = try context.run {
      unsafe gpgme_op_sign(context.handle, input.handle, output.handle, mode)
    }
    guard error == 0 else { throw try signingFailed(error) }
    try checkResult(context, mode: mode, publicKey: publicKey)
    return try output.contents(limit: data.count + data.count / 2 + SignaturePackets.sizeLimit)
  }

  /// gpg says what it did: exactly one signature, of the kind asked for, by the key asked for.
  private func checkResult(
    _ context: Context,
    mode: gpgme_sig_mode_t,
    publicKey: PublicKey
  ) throws(Failure) {
    guard let result = unsafe gpgme_op_sign_result(context.handle),
      unsafe result.pointee.invalid_signers == nil,
      let made = unsafe result.pointee.signatures, unsafe made.pointee.next == nil,
      unsafe made.pointee.type == mode,
      let signer = unsafe Fingerprint(made.pointee.fpr),
      publicKey.parts.contains(where: { $0.fingerprint == signer })
    else {
      throw Failure(
        .internal,
        "not-signed",
        "gpg did not sign with the key that was asked for",
        subject: publicKey.label
      )
    }
    switch unsafe made.pointee.hash_algo {
    case GPGME_MD_SHA256, GPGME_MD_SHA384, GPGME_MD_SHA512: return
    default:
      throw Failure(
        .configuration,
        "weak-digest",
        "gpg signed with a weak digest",
        subject: publicKey.label,
        hint: "remove digest-algo and personal-digest-preferences from \(home)/gpg.conf"
      )
    }
  }
}
