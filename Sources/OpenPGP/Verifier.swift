private import CGPGME
package import SafeIO

/// Verifies signatures with exactly the keys it was made for, in a private home that ends with it.
///
/// gpgme's "success" proves nothing (it is also the answer to no signature at all): every decision
/// is an explicit one, taken in `Judgement`.
package final class Verifier {
  /// The keys, by their primary fingerprint.
  let keys: [Fingerprint: PublicKey]
  private let home: PrivateDirectory
  private let context: Context

  private init(keys: [PublicKey], home: PrivateDirectory) throws(Failure) {
    self.keys = Dictionary(keys.map { ($0.fingerprint, $0) }) { first, _ in first }
    self.home = home
    let newest = keys.flatMap(\.parts).map(\.created).max() ?? .earliest
    let time = PrivateHome.readingTime(now: .now(), newest: newest)
    try PrivateHome.configure(home, now: time, isStrict: false)
    context = try Context(home: home.path)
    let taken = try context.importKeys(self.keys.values.flatMap(\.material), name: "pinned keys")
    guard taken == Set(self.keys.keys) else {
      let different = taken.symmetricDifference(self.keys.keys).map(\.text).sorted()
      throw Failure(
        .trust,
        "pinned-key",
        "the stored keys are not the ones that were pinned",
        subject: different.first,
        hint: "remove the key from the trust and add it again from its file",
        details: different
      )
    }
  }

  /// Makes a verifier for these keys, runs `body` with it, and removes the private home.
  package static func withKeys<Result>(
    _ keys: [PublicKey],
    _ body: (Verifier) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard !keys.isEmpty else {
      throw Failure(
        .trust,
        "no-keys",
        "there is no key to check signatures with",
        hint:
          "pin the signer's key: aptferry trust add FILE --role exporter|site|upstream --name NAME"
      )
    }
    return try PrivateDirectory.with { (home) throws(Failure) in
      try body(Verifier(keys: keys, home: home))
    }
  }

  /// Checks a detached signature file, armored or binary, over the data.
  package func verifyDetached(
    signature: [UInt8],
    of data: [UInt8],
    name: String,
    policy: SignaturePolicy
  ) throws(Failure) -> SignatureReport {
    let packets = try SignaturePackets.read(signature, name: name, requireArmor: false)
    return try verify(packets, of: data, name: name, policy: policy)
  }

  private func verify(
    _ packets: [SignaturePackets.Signature],
    of data: [UInt8],
    name: String,
    policy: SignaturePolicy
  ) throws(Failure) -> SignatureReport {
    for packet in packets where packet.version == 4 {
      // A text signature takes CR LF and LF for the same: only where there is no CR is it exact.
      guard packet.type == 0x00 || packet.type == 0x01 && !data.contains(0x0d) else {
        throw Verifier.wrongType(name)
      }
      guard packet.type == 0x00 || Verifier.longestLine(of: data) < Verifier.textLineLimit else {
        throw Verifier.lineTooLong(name)
      }
    }
    let judgement = Judgement(name: name, policy: policy, keys: keys)
    let usable = try judgement.usable(packets)
    try configure(judgement)
    let signatures = try Octets(usable.flatMap(\.packet))
    let signed = try Octets(data)
    let error = try context.runHeard("check signatures", subject: name) {
      unsafe gpgme_op_verify(context.handle, signatures.handle, signed.handle, nil)
    }
    return try judgement.report(error: error, context: context, packets: packets)
  }

  /// Checks a clearsigned file and gives the text that is signed, and only that.
  ///
  /// As apt does, the signatures are taken for detached ones over the text that was split off, whether
  /// they were made over it as a text or as bytes; gpg never sees the message itself. A message of our own
  /// is signed as a text.
  package func verifyClearsigned(
    _ message: [UInt8],
    name: String,
    policy: SignaturePolicy,
    by rules: ClearsignedMessage.Rules = .own
  ) throws(Failure) -> (text: [UInt8], report: SignatureReport) {
    var parts = try ClearsignedMessage.read(message, name: name, rules)
    let packets = try SignaturePackets.read(
      parts.signatureArmor,
      name: name,
      requireArmor: true,
      mayLackBlankLine: rules == .apt
    )
    for packet in packets where rules == .own && packet.version == 4 && packet.type != 0x01 {
      throw Verifier.wrongType(name)
    }
    // What is signed has no line feed behind the last line. A long text is not held twice for that.
    let last = parts.text.popLast()
    let report = try verify(packets, of: parts.text, name: name, policy: policy)
    if let last { parts.text.append(last) }
    return (parts.text, report)
  }

  private func configure(_ judgement: Judgement) throws(Failure) {
    try PrivateHome.configure(home, now: judgement.gpgTime, isStrict: true)
  }

  /// Of a longer line gpg hashes only the beginning when a signature is over a text: 19,995 bytes, with
  /// the line feed, and it says so on standard error alone.
  private static let textLineLimit = 19_900

  private static func longestLine(of data: [UInt8]) -> Int {
    var (longest, start) = (0, 0)
    for index in data.indices where data[index] == 0x0a {
      longest = max(longest, index - start)
      start = index + 1
    }
    return max(longest, data.count - start)
  }

  private static func lineTooLong(_ name: String) -> Failure {
    Failure(
      .trust,
      "signature-type",
      "a text signature does not cover the end of lines as long as one here",
      subject: name,
      hint: "ask the publisher for a signature over the bytes: gpg --detach-sign without --textmode"
    )
  }

  private static func wrongType(_ name: String) -> Failure {
    Failure(
      .trust,
      "signature-type",
      "the signature is of a kind that is not made over a file like this",
      subject: name
    )
  }
}
