internal import CGPGME
internal import SafeIO

extension Context {
  /// Imports public keys and says which were taken; secret ones are an error.
  func importKeys(_ material: [UInt8], name: String) throws(Failure) -> Set<Fingerprint> {
    let data = try Octets(material)
    let error = try runHeard("read keys", subject: name) {
      unsafe gpgme_op_import(handle, data.handle)
    }
    guard error == 0 else { throw .gnupg("read keys", error, subject: name) }
    guard let result = unsafe gpgme_op_import_result(handle) else {
      throw .gnupg("read keys", error, subject: name)
    }
    guard unsafe result.pointee.secret_read == 0 else { throw KeyFile.secretKey(name) }
    var taken: Set<Fingerprint> = []
    var next = unsafe result.pointee.imports
    while let status = unsafe next {
      if unsafe status.pointee.result == 0,
        let fingerprint = unsafe Fingerprint(status.pointee.fpr)
      {
        taken.insert(fingerprint)
      }
      unsafe next = status.pointee.next
    }
    return taken
  }

  /// Every public key of this home, or the one with this fingerprint, without its material.
  func listKeys(_ pattern: Fingerprint? = nil, limit: Int) throws(Failure) -> [ListedKey] {
    var keys: [ListedKey] = []
    try unsafe forEachKey(pattern, isSecret: false) { (key) throws(Failure) in
      guard keys.count < limit else {
        throw Failure(.trust, "too-many-keys", "there are more than \(limit) keys")
      }
      if let listed = unsafe ListedKey(key) { keys.append(listed) }
    }
    return keys
  }

  /// Calls `body` with the library's view of each key, which is gone when it returns.
  func forEachKey(
    _ pattern: Fingerprint?,
    isSecret: Bool,
    _ body: (gpgme_key_t) throws(Failure) -> Void
  ) throws(Failure) {
    let started = try run {
      unsafe gpgme_op_keylist_start(handle, pattern?.text, isSecret ? 1 : 0)
    }
    guard started == 0 else { throw .gnupg("list keys", started, subject: pattern?.text) }
    while true {
      var key: gpgme_key_t?
      let error = try run { unsafe gpgme_op_keylist_next(handle, &key) }
      if Engine.code(error) == GPG_ERR_EOF.rawValue { return }
      guard error == 0, let key = unsafe key else {
        throw .gnupg("list keys", error, subject: pattern?.text)
      }
      defer { unsafe gpgme_key_unref(key) }
      do {
        try unsafe body(key)
      } catch {
        unsafe gpgme_op_keylist_end(handle)
        throw error
      }
    }
  }

  /// One key by the fingerprint of any part of it; nil when it is not in this home.
  func key(_ fingerprint: Fingerprint) throws(Failure) -> ListedKey? {
    // gpgme_get_key would make a context of its own, and ask gpg for its version once more.
    try listKeys(fingerprint, limit: 1).first
  }

  /// The smallest binary form of one public key with all its parts; empty when this home does not have it.
  func export(_ fingerprint: Fingerprint, limit: Int) throws(Failure) -> [UInt8] {
    // gpg's smallest form lacks subkeys that have expired: what they signed before may still count.
    let isExpired = try key(fingerprint)?.expired.contains(true) ?? false
    let mode = isExpired ? gpgme_export_mode_t(0) : gpgme_export_mode_t(GPGME_EXPORT_MODE_MINIMAL)
    let data = try Octets([])
    _ = try run {
      unsafe gpgme_set_armor(handle, 0); return 0
    }
    let error = try runHeard("export a key", subject: fingerprint.text) {
      unsafe gpgme_op_export(handle, fingerprint.text, mode, data.handle)
    }
    guard error == 0 else { throw .gnupg("export a key", error, subject: fingerprint.text) }
    return try data.contents(limit: limit)
  }
}

/// A key as gpg lists it, copied out of the library's memory.
struct ListedKey {
  var userIDs: [String] = []
  var parts: [PublicKey.Part] = []
  /// Parts that gpg calls expired at its time; the same order as `parts`.
  var expired: [Bool] = []
  var isRevoked = false
  var isExpired = false
  /// Disabled or invalid: never used.
  var isUnusable = false

  /// Nil for a key without a version 4 fingerprint.
  init?(_ key: gpgme_key_t) {
    unsafe isRevoked = key.pointee.revoked != 0
    unsafe isExpired = key.pointee.expired != 0
    unsafe isUnusable = key.pointee.disabled != 0 || key.pointee.invalid != 0
    var nextPart = unsafe key.pointee.subkeys
    while let raw = unsafe nextPart {
      guard let part = unsafe PublicKey.Part(raw) else { return nil }
      parts.append(part)
      unsafe expired.append(raw.pointee.expired != 0)
      unsafe nextPart = raw.pointee.next
    }
    guard !parts.isEmpty else { return nil }
    var nextID = unsafe key.pointee.uids
    while let raw = unsafe nextID, userIDs.count < 32 {
      if let text = unsafe raw.pointee.uid, unsafe raw.pointee.revoked == 0 {
        unsafe userIDs.append(String(cString: text))
      }
      unsafe nextID = raw.pointee.next
    }
  }

  var fingerprint: Fingerprint { parts[0].fingerprint }

  /// The value that leaves this module.
  func publicKey(material: [UInt8]) -> PublicKey {
    PublicKey(
      fingerprint: fingerprint,
      userIDs: userIDs,
      algorithm: parts[0].algorithm,
      created: parts[0].created,
      expires: parts[0].expires,
      isExpired: isExpired,
      isRevoked: isRevoked,
      canSign: !isRevoked && !isExpired
        && zip(parts, expired).contains { $0.canSign && !$0.isRevoked && !$1 },
      parts: parts,
      material: material
    )
  }
}

extension PublicKey.Part {
  fileprivate init?(_ raw: gpgme_subkey_t) {
    guard let fingerprint = unsafe Fingerprint(raw.pointee.fpr) else { return nil }
    var name = "unknown"
    if let text = unsafe gpgme_pubkey_algo_string(raw) {
      unsafe name = String(cString: text)
      unsafe gpgme_free(text)
    }
    let expires = unsafe raw.pointee.expires
    unsafe self.init(
      fingerprint: fingerprint,
      algorithm: name,
      weakness: PublicKey.Part.weakness(
        raw.pointee.pubkey_algo,
        name: name,
        length: raw.pointee.length
      ),
      created: UTCTime(seconds: Int64(max(0, raw.pointee.timestamp))),
      expires: expires > 0 ? UTCTime(seconds: Int64(expires)) : nil,
      canSign: raw.pointee.can_sign != 0,
      isRevoked: raw.pointee.revoked != 0
    )
  }

  /// An allow-list: what is not known to be strong is weak.
  private static func weakness(
    _ algorithm: gpgme_pubkey_algo_t,
    name: String,
    length: UInt32
  ) -> String? {
    switch algorithm {
    case GPGME_PK_RSA, GPGME_PK_RSA_S:
      return length >= 2048 ? nil : "RSA with \(length) bits is too short (2048 at least)"
    case GPGME_PK_DSA:
      return "DSA keys are not accepted"
    case GPGME_PK_EDDSA where ["ed25519", "ed448"].contains(name),
      GPGME_PK_ECDSA
    where [
      "nistp256", "nistp384", "nistp521", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1",
    ]
    .contains(name):
      return nil
    default:
      return "signatures by the algorithm \(Escaped.line(name, limit: 40)) are not accepted"
    }
  }
}
