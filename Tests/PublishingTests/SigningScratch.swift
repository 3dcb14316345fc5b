import Depot
import OpenPGP
import SafeIO

@testable import Publishing

extension Scratch {
  /// A key of the depot's own, as `aptferry init` makes it.
  func makeKey() throws -> SigningKey {
    try SigningKey.generate(home: depot.gnupgPath, userID: "aptferry depot test")
  }

  /// Publishes with a key.
  func publish(
    _ names: String...,
    at prefix: String,
    by key: SigningKey,
    now: Int64 = UTCTime.now().seconds,
    _ change: (inout PublishRequest) -> Void = { _ in }
  ) throws -> PublicationResult {
    var request = PublishRequest(names, at: prefix, now: UTCTime(seconds: now))
    request.mode = .resigned
    change(&request)
    return try Publisher(depot, facts: AuditFacts(), ownKey: { () throws(Failure) in [key] })
      .publish(
        request
      )
  }
}
