#if Network
package import SafeIO

extension StoreAnswer {
  /// What the store refused, as a failure with what to do next.
  package func failure(_ what: String, at subject: String) -> Failure {
    let said = [code, message].filter { !$0.isEmpty }.joined(separator: ": ")
    let text = "the object store \(what) (\(status)\(said.isEmpty ? "" : ", \(said)"))"
    func refusal(_ kind: FailureClass, _ name: Failure.Name, _ hint: String) -> Failure {
      Failure(kind, name, Escaped.line(text, limit: 400), subject: subject, hint: hint)
    }
    switch code {
    case "RequestTimeTooSkewed":
      let there = headers["date"].map { "the store says it is \($0), " } ?? ""
      return refusal(
        .freshness,
        "store-clock",
        "\(there)this machine \(UTCTime.now()): set the clock that is wrong"
      )
    case "QuotaExceeded", "InsufficientStorage", "EntityTooLarge", "TooManyBuckets":
      return refusal(.resource, "store-full", "have the quota of the bucket raised, or make room")
    case "NoSuchBucket":
      return refusal(.configuration, "no-bucket", "make the bucket with the means of the store")
    case "XAmzContentSHA256Mismatch", "BadDigest", "InvalidDigest":
      return refusal(
        .integrity,
        "store-digest",
        "what arrived is not what was to be sent: run aptferry depot check, then the same command"
      )
    case "SignatureDoesNotMatch", "AuthorizationHeaderMalformed":
      return refusal(
        .configuration,
        "store-denied",
        "check the secret key, --region, and that nothing between here and there changes requests"
      )
    default: break
    }
    switch status {
    case 401, 403:
      return refusal(
        .configuration,
        "store-denied",
        "check the access key and what the store lets it do with this bucket"
      )
    case 507: return refusal(.resource, "store-full", "make room in the store")
    case 501:
      return refusal(.configuration, "store-lacks", "this store cannot do it; use another one")
    default:
      return refusal(
        .io,
        "store-refused",
        "run the same command again; see what the store's log says"
      )
    }
  }
}
#endif
