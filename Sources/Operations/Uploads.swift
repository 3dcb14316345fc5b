internal import Composing
internal import Depot
internal import OpenPGP
internal import SafeIO
internal import Trust

/// Opens the messages of uploads: signatures where a repository asks for them, and in any case no text
/// that a signature does not cover.
enum Uploads {
  /// What opens `.changes` and `.dsc` for a repository, with the keys that are pinned for it.
  static func gate(_ job: Job) -> RepoIntake.Gate {
    { (repo, body) throws(Failure) in
      guard repo.requiresSignature else { return try body(unchecked) }
      let keys = try UploadKeys.read(of: repo, job.depot)
      return try Verifier.withKeys(keys) { (verifier) throws(Failure) in
        try body { (message, name, needsSignature) throws(Failure) in
          guard needsSignature else { return try unchecked(message, name, false) }
          return try verified(message, name, by: verifier, SignaturePolicy(now: job.now))
        }
      }
    }
  }

  private static let head = Array("-----BEGIN PGP".utf8)

  private static func isClearsigned(_ message: [UInt8]) -> Bool { message.starts(with: head) }

  private static func unchecked(
    _ message: [UInt8],
    _ name: String,
    _ needsSignature: Bool
  ) throws(Failure) -> UploadMessage {
    guard isClearsigned(message) else { return UploadMessage(text: message) }
    return UploadMessage(text: try ClearsignedMessage.split(message, name: name).text)
  }

  private static func verified(
    _ message: [UInt8],
    _ name: String,
    by verifier: Verifier,
    _ policy: SignaturePolicy
  ) throws(Failure) -> UploadMessage {
    guard isClearsigned(message) else {
      throw Failure(
        .trust,
        "unsigned-upload",
        "the repository takes signed uploads only, and this has no signature",
        subject: name,
        hint: "sign it with debsign, or with debuild or dpkg-buildpackage --sign-key=KEY"
      )
    }
    let (text, report) = try verifier.verifyClearsigned(
      message,
      name: name,
      policy: policy,
      by: .apt
    )
    return UploadMessage(text: text, signers: report.good.map(\.primary.text))
  }
}
