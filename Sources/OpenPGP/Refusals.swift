internal import CGPGME
internal import SafeIO

/// What a judgement says when it refuses.
extension Judgement {
  func refusal(
    _ kind: FailureClass,
    _ code: Failure.Name,
    _ reason: String,
    subject signer: String? = nil,
    hint: String? = nil
  ) -> Failure {
    guard let signer, !signer.isEmpty else {
      return Failure(kind, code, reason, subject: name, hint: hint)
    }
    return Failure(kind, code, "\(reason) (signer \(signer))", subject: name, hint: hint)
  }

  func expiredKey(_ signer: String) -> Failure {
    refusal(
      .trust,
      "expired-key",
      "the signer's key has expired by \(policy.now)",
      subject: signer,
      hint: "check this computer's clock; if it is right, get the signer's current key and pin it"
    )
  }

  func revoked(_ signer: String) -> Failure {
    refusal(
      .trust,
      "revoked-key",
      "the signer's key was revoked",
      subject: signer,
      hint: "remove it from the trust and ask the signer for the new key"
    )
  }

  func wrongUsage(_ signer: String) -> Failure {
    refusal(
      .trust,
      "wrong-key-usage",
      "the signer's key is not meant for signing files",
      subject: signer
    )
  }

  func weakDigest(_ signer: String, _ hash: String) -> Failure {
    refusal(
      .trust,
      "weak-digest",
      "the signature uses the digest \(hash); SHA256, SHA384 and SHA512 are accepted",
      subject: signer,
      hint: "ask the signer to sign with SHA-256 or better"
    )
  }

  func expiredSignature(_ signer: String) -> Failure {
    refusal(
      .freshness,
      "expired-signature",
      "the signature has expired by \(policy.now)",
      subject: signer,
      hint: "check this computer's clock; if it is right, ask for a newly signed file"
    )
  }

  func clock(_ fact: String, _ signer: String) -> Failure {
    refusal(
      .freshness,
      "clock",
      "\(fact), after the time here, \(policy.now): one of the clocks is wrong",
      subject: signer,
      hint: "compare this computer's clock with a watch; if it is right, the signer's is wrong"
    )
  }

  func unusableSignature(_ signer: String, _ status: UInt32) -> Failure {
    refusal(
      .trust,
      "unusable-signature",
      "gpg could not check the signature: \(Engine.text(status))",
      subject: signer
    )
  }

  /// The verify operation itself failed: nothing was decided about any signature.
  func operationFailed(_ error: gpgme_error_t) -> Failure {
    switch gpg_err_code_t(rawValue: Engine.code(error)) {
    case GPG_ERR_NO_DATA, GPG_ERR_BAD_DATA, GPG_ERR_INV_PACKET, GPG_ERR_UNEXPECTED:
      return SignaturePackets.failure(of: .junk, name: name)
    default:
      // A full disk or a broken pipe says nothing about anybody's trust.
      if Engine.systemError(error) != nil { return .gnupg("verify", error, subject: name) }
      return refusal(.trust, "not-verified", "gpg could not verify: \(Engine.text(error))")
    }
  }

  /// Fewer different pinned keys signed than are needed: the most telling reason first.
  func tooFew(
    good: [VerifiedSignature],
    unknown: [String],
    uncounted: [Failure],
    isRepeated: Bool
  ) -> Failure {
    let signers = unknown.map { "unknown signer \(Escaped.line($0, limit: 80))" }
    let details = uncounted.map(\.reason) + signers
    if let first = uncounted.first {
      return Failure(
        first.kind,
        first.name,
        first.reason,
        subject: name,
        hint: first.hint,
        details: details.count > 1 ? details : []
      )
    }
    if good.isEmpty {
      return Failure(
        .trust,
        .unknownSigner,
        "no pinned key has signed this: "
          + (signers.first ?? "nobody says to have signed it"),
        subject: name,
        hint:
          "if you expect this signer, compare its fingerprint by another route and pin the key: "
          + "aptferry trust add FILE --role exporter|site|upstream --name NAME",
        details: details
      )
    }
    return Failure(
      .trust,
      isRepeated ? "duplicate-signer" : "threshold",
      "\(max(1, policy.threshold)) different keys must sign, and \(good.count) did"
        + (isRepeated ? "; two signatures by one key count once" : ""),
      subject: name,
      hint: "get the signatures that lack",
      details: details
    )
  }
}
