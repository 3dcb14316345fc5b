internal import CGPGME
internal import SafeIO

/// Why a key does not sign, in words that say what to do.
extension SigningKey {
  func noSecretKey() throws(Failure) -> Failure {
    try requireRoom()
    return Failure(
      .configuration,
      "no-secret-key",
      "there is no secret key \(fingerprint) in this GnuPG home",
      subject: home,
      hint: "check with: gpg --homedir \(home) --list-secret-keys"
    )
  }

  /// gpg finds no key either when its home has no room for its locks.
  private func requireRoom() throws(Failure) {
    let space = try Directory(opening: home).freeSpace()
    guard space.bytes < SigningKey.leastRoom || space.inodes ?? .max < SigningKey.leastInodes
    else { return }
    throw Failure(
      .resource,
      "no-space",
      "gpg has no room for its files: \(ByteSize.text(space.bytes)) and "
        + "\(space.inodes.map { "\($0)" } ?? "enough") inodes are free",
      subject: home,
      hint: "free some space, then run the same command again"
    )
  }

  /// What gpg needs free in its home for locks and sockets, in bytes and in inodes.
  private static let leastRoom: UInt64 = 64 << 10
  private static let leastInodes: UInt64 = 8

  /// What gpg-agent says when the file of a secret key is empty, cut or garbage.
  private static func isOfDamagedKey(_ code: gpg_err_code_t) -> Bool {
    switch code {
    case GPG_ERR_BAD_SECKEY, GPG_ERR_MISSING_KEY, GPG_ERR_MISSING_ERRNO, GPG_ERR_INV_SEXP: true
    default:
      (GPG_ERR_SEXP_INV_LEN_SPEC.rawValue...GPG_ERR_SEXP_ODD_HEX_NUMBERS.rawValue)
        .contains(code.rawValue)
    }
  }

  func signingFailed(_ error: gpgme_error_t) throws(Failure) -> Failure {
    let (code, reason, hint): (Failure.Name, String, String)
    switch gpg_err_code_t(rawValue: Engine.code(error)) {
    // A pinentry that finds no terminal says so in the words of the system.
    case GPG_ERR_ENOTTY, GPG_ERR_NO_PIN_ENTRY:
      code = "passphrase"
      reason = "the signing key wants a passphrase, and there is no terminal to ask for it"
      hint = "unlock the key in gpg-agent first (sign anything with it), or use a key without one"
    case GPG_ERR_CANCELED, GPG_ERR_FULLY_CANCELED, GPG_ERR_NO_PASSPHRASE:
      code = "passphrase"
      reason = "the signing key wants a passphrase and nobody gave it"
      hint = "unlock the key in gpg-agent first (sign anything with it), or use a key without one"
    case GPG_ERR_BAD_PASSPHRASE, GPG_ERR_BAD_PIN:
      code = "passphrase"
      reason = "the passphrase of the signing key was wrong"
      hint = "run the command again"
    case GPG_ERR_CARD_NOT_PRESENT, GPG_ERR_CARD_REMOVED, GPG_ERR_PIN_BLOCKED, GPG_ERR_CARD:
      code = "token"
      reason = "the token with the signing key does not work: \(Engine.text(error))"
      hint = "insert it, check it with gpg --card-status, and run the command again"
    case GPG_ERR_NO_SECKEY, GPG_ERR_UNUSABLE_SECKEY:
      try requireRoom()
      code = "unusable-secret-key"
      reason =
        "gpg cannot sign with this key: it is expired, revoked, or its secret part is missing"
      hint = "check with: gpg --homedir \(home) --list-secret-keys"
    case let other where SigningKey.isOfDamagedKey(other):
      return Failure(
        .state,
        "signing-key",
        "the secret key cannot be read, its file is damaged: \(Engine.text(error))",
        subject: home,
        hint: "put the GnuPG home back from a backup; no other key is made in its place"
      )
    default:
      return .gnupg("sign", error, subject: fingerprint.text)
    }
    return Failure(.configuration, code, reason, subject: fingerprint.text, hint: hint)
  }
}
