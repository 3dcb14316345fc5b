#if Network
internal import Crypto
internal import SafeIO

/// Signs requests as AWS Signature Version 4 wants it.
struct RequestSigner: Sendable {
  let credentials: StoreCredentials
  let region: String
  var service = "s3"

  /// What is signed of a request.
  struct Subject {
    let method: String
    /// Encoded already, just as on the wire.
    let path: String
    /// Encoded and in order already.
    let query: String
    /// All headers that are signed, `host` among them.
    let headers: [(name: String, value: String)]
    /// The SHA-256 of the body, as hexadecimal digits.
    let payload: String
  }

  /// The value of `Authorization`.
  func authorization(of subject: Subject, at time: String) -> String {
    let scope = "\(time.prefix(8))/\(region)/\(service)/aws4_request"
    let signed = RequestSigner.signedHeaders(subject.headers)
    return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope), "
      + "SignedHeaders=\(signed), Signature=\(signature(of: subject, at: time))"
  }

  func signature(of subject: Subject, at time: String) -> String {
    let day = String(time.prefix(8))
    let scope = "\(day)/\(region)/\(service)/aws4_request"
    let digest = SHA256Digest.of(Array(RequestSigner.canonicalRequest(subject).utf8)).hex
    let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(digest)"
    var key = Array(("AWS4" + credentials.secretKey).utf8)
    for part in [day, region, service, "aws4_request", text] {
      key = RequestSigner.code(Array(part.utf8), key)
    }
    return RequestSigner.hex(key)
  }

  static func canonicalRequest(_ subject: Subject) -> String {
    let headers = grouped(subject.headers).map { "\($0.name):\($0.value)\n" }.joined()
    return [
      subject.method, subject.path, subject.query, headers, signedHeaders(subject.headers),
      subject.payload,
    ].joined(separator: "\n")
  }

  /// `20261129T021500Z`.
  static func time(_ time: UTCTime) -> String {
    time.rfc3339.filter { $0 != "-" && $0 != ":" }
  }

  private static func signedHeaders(_ headers: [(name: String, value: String)]) -> String {
    grouped(headers).map(\.name).joined(separator: ";")
  }

  /// Sorted by name, several of one name in one line, blanks in values as single spaces.
  private static func grouped(
    _ headers: [(name: String, value: String)]
  ) -> [(name: String, value: String)] {
    var values: [String: [String]] = [:]
    for header in headers {
      let words = header.value.split { $0 == " " || $0 == "\t" }
      values[header.name.lowercased(), default: []].append(words.joined(separator: " "))
    }
    return values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { ($0.key, $0.value.joined(separator: ",")) }
  }

  private static func code(_ message: [UInt8], _ key: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
      as: UTF8.self
    )
  }
}
#endif
