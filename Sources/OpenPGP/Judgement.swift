internal import CGPGME
internal import SafeIO

/// The decision on one file's signatures: an allow-list, not the library's opinion.
///
/// Signatures fall in four kinds: *bad* ones, which refuse the whole file; *good* ones, which count
/// once for each pinned key; *unknown* signers', which neither help nor harm; and *uncounted* ones,
/// by a pinned key but expired, revoked, weak or out of time, which are told when too few are good.
struct Judgement {
  let name: String
  let policy: SignaturePolicy
  let keys: [Fingerprint: PublicKey]

  /// The time that gpg is given: `now`, or a little later for a key that another clock, within the
  /// skew, says was made after it.
  var gpgTime: UTCTime {
    let latest = policy.now.adding(seconds: policy.skew)
    let made = keys.values.flatMap(\.parts).map(\.created).filter { $0 <= latest }.max()
    return max(policy.now, made ?? policy.now)
  }

  /// The signatures that gpg can be asked about.
  func usable(
    _ packets: [SignaturePackets.Signature]
  ) throws(Failure) -> [SignaturePackets.Signature] {
    let usable = packets.filter { $0.version == 4 }
    guard !usable.isEmpty else {
      let version = packets.first?.version ?? 0
      throw refusal(
        .trust,
        "signature-version",
        "the signature is of OpenPGP version \(version); version 4 is supported",
        hint: "ask the signer for a version 4 signature"
      )
    }
    return usable
  }

  /// Reads the result of the verify operation that just ran and decides.
  func report(
    error: gpgme_error_t,
    context: Context,
    packets: [SignaturePackets.Signature]
  ) throws(Failure) -> SignatureReport {
    guard error == 0 else { throw operationFailed(error) }
    let results = try results(of: context)
    // A bad one anywhere refuses the file, whatever else stands beside it.
    for result in results where result.status == GPG_ERR_BAD_SIGNATURE.rawValue {
      throw refusal(
        .trust,
        "bad-signature",
        "a signature does not fit the file: one of the two was altered",
        subject: result.signer,
        hint: "copy both again from where they were made"
      )
    }
    guard results.count == packets.count(where: { $0.version == 4 }) else {
      throw refusal(.trust, "unchecked-signature", "gpg did not check every signature")
    }
    var good: [VerifiedSignature] = []
    var unknown = packets.filter { $0.version != 4 }.map { "OpenPGP version \($0.version)" }
    var uncounted: [Failure] = []
    var uncountedSigners: Set<String> = []
    var isRepeated = false
    for result in results {
      if result.status == GPG_ERR_NO_PUBKEY.rawValue {
        unknown.append(result.signer)
        continue
      }
      do {
        let verified = try judge(result, context: context)
        if good.contains(where: { $0.primary == verified.primary }) {
          isRepeated = true
        } else {
          good.append(verified)
        }
      } catch {
        uncounted.append(error)
        if let key = pinned(result.signer)?.key { uncountedSigners.insert(key.fingerprint.text) }
      }
    }
    guard good.count >= max(1, policy.threshold) else {
      throw tooFew(good: good, unknown: unknown, uncounted: uncounted, isRepeated: isRepeated)
    }
    return SignatureReport(
      good: good,
      unknown: unknown,
      uncounted: uncounted.map(\.reason),
      uncountedSigners: uncountedSigners.sorted()
    )
  }

  /// One signature's result, copied out of the library's memory.
  private struct SignatureResult {
    var status: UInt32
    var summary: UInt32
    var signer: String
    var created: UTCTime
    var expires: UTCTime?
    var hash: gpgme_hash_algo_t
    var hashName: String
    var isWrongUsage: Bool
  }

  private func results(of context: Context) throws(Failure) -> [SignatureResult] {
    guard let raw = unsafe gpgme_op_verify_result(context.handle),
      var next = unsafe raw.pointee.signatures
    else {
      throw refusal(.trust, "no-signature", "gpg found no signature")
    }
    var results: [SignatureResult] = []
    while true {
      let signature = unsafe next.pointee
      let hashName = unsafe gpgme_hash_algo_name(signature.hash_algo)
      results.append(
        unsafe SignatureResult(
          status: Engine.code(signature.status),
          summary: signature.summary.rawValue,
          signer: signature.fpr.map { unsafe String(cString: $0) } ?? "",
          created: UTCTime(seconds: Int64(clamping: signature.timestamp)),
          expires: signature.exp_timestamp == 0
            ? nil : UTCTime(seconds: Int64(clamping: signature.exp_timestamp)),
          hash: signature.hash_algo,
          hashName: hashName.map { unsafe String(cString: $0) } ?? "unknown",
          isWrongUsage: signature.wrong_key_usage != 0
        )
      )
      guard let following = unsafe signature.next else { return results }
      unsafe next = following
    }
  }

  /// The pinned key and its part that a result's fingerprint or key id names.
  private func pinned(_ signer: String) -> (key: PublicKey, part: PublicKey.Part)? {
    guard signer.utf8.count >= 16 else { return nil }
    for key in keys.values {
      if let part = key.parts.first(where: { $0.fingerprint.text.hasSuffix(signer) }) {
        return (key, part)
      }
    }
    return nil
  }

  private func judge(_ result: SignatureResult, context: Context) throws(Failure)
    -> VerifiedSignature
  {
    let isByExpiredKey = try judgeStatus(result)
    guard !result.isWrongUsage else { throw wrongUsage(result.signer) }
    guard isStrong(result.hash) else { throw weakDigest(result.signer, result.hashName) }
    try judgeTimes(result)
    try judgeSummary(result, isByExpiredKey: isByExpiredKey)
    guard let signer = Fingerprint(result.signer), let key = try context.key(signer),
      let index = key.parts.firstIndex(where: { $0.fingerprint == signer }),
      let pinnedKey = keys[key.fingerprint]
    else {
      throw refusal(
        .trust,
        "unknown-signer",
        "the signer is not one of the pinned keys",
        subject: result.signer
      )
    }
    let part = key.parts[index]
    guard !key.isRevoked, !part.isRevoked, !pinnedKey.isRevoked else {
      throw revoked(result.signer)
    }
    guard !key.isUnusable else {
      throw refusal(.trust, "unusable-key", "the signer's key is not usable", subject: signer.text)
    }
    guard isByExpiredKey || !key.isExpired && !key.expired[index] else {
      throw expiredKey(result.signer)
    }
    guard part.canSign else { throw wrongUsage(result.signer) }
    if let weakness = key.parts[0].weakness ?? part.weakness {
      throw refusal(
        .trust,
        "weak-key",
        "the signer's key is too weak: \(weakness)",
        subject: signer.text,
        hint: "ask the signer for a stronger key"
      )
    }
    return VerifiedSignature(
      primary: key.fingerprint,
      signer: signer,
      created: result.created,
      hash: result.hashName,
      algorithm: part.algorithm,
      isByExpiredKey: isByExpiredKey
    )
  }

  private func isStrong(_ hash: gpgme_hash_algo_t) -> Bool {
    [GPGME_MD_SHA256, GPGME_MD_SHA384, GPGME_MD_SHA512].contains(hash)
  }

  /// Lets only "no error" pass, and the expired key where the policy takes it; true for the latter.
  private func judgeStatus(_ result: SignatureResult) throws(Failure) -> Bool {
    let found = pinned(result.signer)
    switch gpg_err_code_t(rawValue: result.status) {
    case GPG_ERR_NO_ERROR: return false
    case GPG_ERR_KEY_EXPIRED:
      guard policy.acceptExpiredKeys, let found else { throw expiredKey(result.signer) }
      let ends = [found.key.expires, found.part.expires].compactMap(\.self)
      guard !ends.isEmpty, ends.allSatisfy({ result.created < $0 }) else {
        throw expiredKey(result.signer)
      }
      return true
    case GPG_ERR_SIG_EXPIRED: throw expiredSignature(result.signer)
    case GPG_ERR_CERT_REVOKED: throw revoked(result.signer)
    case GPG_ERR_DIGEST_ALGO: throw weakDigest(result.signer, result.hashName)
    case GPG_ERR_WRONG_KEY_USAGE: throw wrongUsage(result.signer)
    case GPG_ERR_BAD_PUBKEY, GPG_ERR_TIME_CONFLICT:
      if let found, found.part.created > gpgTime {
        throw clock("the signer's key was made on \(found.part.created)", result.signer)
      }
      if let found, !found.part.canSign { throw wrongUsage(result.signer) }
      throw unusableSignature(result.signer, result.status)
    default: throw unusableSignature(result.signer, result.status)
    }
  }

  private func judgeTimes(_ result: SignatureResult) throws(Failure) {
    guard result.created <= policy.now.adding(seconds: policy.skew) else {
      throw clock("the signature was made on \(result.created)", result.signer)
    }
    guard result.created >= policy.floor.adding(seconds: -policy.skew) else {
      throw refusal(
        .freshness,
        "old-signature",
        "the signature of \(result.created) is older than allowed (\(policy.floor))",
        subject: result.signer
      )
    }
    if let expires = result.expires, expires <= policy.now { throw expiredSignature(result.signer) }
  }

  private func judgeSummary(_ result: SignatureResult, isByExpiredKey: Bool) throws(Failure) {
    var refused =
      GPGME_SIGSUM_RED.rawValue | GPGME_SIGSUM_KEY_REVOKED.rawValue
      | GPGME_SIGSUM_SIG_EXPIRED.rawValue | GPGME_SIGSUM_KEY_MISSING.rawValue
      | GPGME_SIGSUM_SYS_ERROR.rawValue | GPGME_SIGSUM_BAD_POLICY.rawValue
    if !isByExpiredKey { refused |= GPGME_SIGSUM_KEY_EXPIRED.rawValue }
    guard result.summary & refused == 0 else {
      throw unusableSignature(result.signer, result.status)
    }
  }
}
