#if Network
import Foundation
import SafeIO
import Testing

@testable import ObjectStoreClient

/// Signatures against AWS's own cases and against botocore (`Tests/Vectors/sigv4`).
@Suite struct RequestSignerTests {
  private static let vectors: String = {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return tests.path + "/Vectors/sigv4"
  }()

  private static func text(_ path: String) throws -> String {
    try String(contentsOfFile: vectors + "/" + path, encoding: .utf8)
  }

  static var cases: [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: vectors + "/aws").sorted()
    } catch { return [] }
  }

  @Test func casesAreThere() { #expect(Self.cases.count == 25) }

  /// The value of a member of `context.json`.
  private func member(_ name: String, _ text: String) -> String? {
    guard let range = text.range(of: "\"\(name)\": \"") else { return nil }
    return String(text[range.upperBound...].prefix { $0 != "\"" })
  }

  private func decoded(_ text: some StringProtocol) -> String {
    text.removingPercentEncoding ?? String(text)
  }

  @Test(arguments: RequestSignerTests.cases)
  func amazons(name: String) throws {
    let context = try Self.text("aws/\(name)/context.json")
    let token = member("token", context)
    let signer = RequestSigner(
      credentials: StoreCredentials(
        accessKey: try #require(member("access_key_id", context)),
        secretKey: try #require(member("secret_access_key", context)),
        sessionToken: token
      ),
      region: try #require(member("region", context)),
      service: try #require(member("service", context))
    )
    let parts = try Self.text("aws/\(name)/request.txt").components(separatedBy: "\n\n")
    let lines = parts[0].split(separator: "\n")
    let words = lines[0].split(separator: " ")
    let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let pairs = target.count < 2 ? [] : target[1].split(separator: "&")
    let query: [(name: String, value: String)] = pairs.map { pair in
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (name: decoded(sides[0]), value: sides.count > 1 ? decoded(sides[1]) : "")
    }
    let payload = SHA256Digest.of(Array((parts.count > 1 ? parts[1] : "").utf8)).hex
    var headers = lines.dropFirst().map { line in
      let sides = line.split(separator: ":", maxSplits: 1)
      return (name: String(sides[0]), value: sides.count > 1 ? String(sides[1]) : "")
    }
    headers.append(("X-Amz-Date", "20150830T123600Z"))
    if context.contains("\"sign_body\": true") {
      headers.append(("x-amz-content-sha256", payload))
    }
    if let token { headers.append(("X-Amz-Security-Token", token)) }
    let subject = RequestSigner.Subject(
      method: String(words[0]),
      path: KeyEncoding.path(decoded(target[0])),
      query: KeyEncoding.query(query),
      headers: headers,
      payload: payload
    )
    #expect(
      try RequestSigner.canonicalRequest(subject)
        == Self.text("aws/\(name)/header-canonical-request.txt")
    )
    #expect(
      try signer.signature(of: subject, at: "20150830T123600Z")
        == Self.text("aws/\(name)/header-signature.txt")
    )
  }

  @Test func botocores() throws {
    let signer = RequestSigner(
      credentials: StoreCredentials(accessKey: "AKIDEXAMPLE", secretKey: "secret/with+signs"),
      region: "eu-x-1"
    )
    let stanzas = try Self.text("botocore.txt").components(separatedBy: "\n\n").filter {
      !$0.isEmpty
    }
    #expect(stanzas.count == 30)
    for stanza in stanzas {
      var fields: [(name: String, value: String)] = []
      for line in stanza.components(separatedBy: "\n") {
        let sides = line.split(separator: " ", maxSplits: 1)
        fields.append((String(sides[0]), sides.count > 1 ? String(sides[1]) : ""))
      }
      func one(_ name: String) -> String { fields.first { $0.name == name }?.value ?? "" }
      func pairs(_ name: String) -> [(name: String, value: String)] {
        fields.filter { $0.name == name }.map { field in
          let sides = field.value.components(separatedBy: "\t")
          return (sides[0], sides[1])
        }
      }
      let key = KeyEncoding.path(one("key"))
      let subject = RequestSigner.Subject(
        method: one("method"),
        path: "/bucket" + (key.isEmpty ? "" : "/" + key),
        query: KeyEncoding.query(pairs("query")),
        headers: [
          ("Host", "127.0.0.1:7480"), ("x-amz-date", "20261129T021500Z"),
          ("x-amz-content-sha256", one("payload")),
        ] + pairs("header"),
        payload: one("payload")
      )
      #expect(
        signer.authorization(of: subject, at: "20261129T021500Z") == one("authorization"),
        "\(one("method")) \(one("key"))"
      )
    }
  }

  @Test func plusAndSlash() {
    #expect(KeyEncoding.path("g++/a b~ü") == "g%2B%2B/a%20b~%C3%BC")
    #expect(KeyEncoding.parameter("a/b+c") == "a%2Fb%2Bc")
  }
}
#endif
