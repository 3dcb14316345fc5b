#if Network
import Foundation
import SafeIO
import TestSupport
import Testing

@testable import ObjectStoreClient

/// Addresses and credentials as people write them.
@Suite struct StoreSettingsTests {
  @Test func addresses() throws {
    let address = try BucketAddress("s3://packages/a/b+c/")
    #expect(address.bucket == "packages" && address.prefix == "a/b+c")
    #expect(address.key("x") == "a/b+c/x" && address.text == "s3://packages/a/b+c")
    #expect(try BucketAddress("s3://packages").key("x") == "x")
  }

  @Test(arguments: [
    "packages", "s3:/packages", "s3://", "s3://ab", "s3://Packages", "s3://a..b", "s3://-abc",
    "s3://abc/../x", "s3://abc/.x", "s3://abc/a b", "s3://abc/a//b", "s3://abc/%41",
  ])
  func refusesAddresses(text: String) {
    #expect(throws: Failure.self) { try BucketAddress(text) }
  }

  @Test func endpoints() throws {
    #expect(try StoreEndpoint("https://S3.example:443/").text == "https://s3.example")
    #expect(try StoreEndpoint("http://127.0.0.1:7480").text == "http://127.0.0.1:7480")
    #expect(try StoreEndpoint("http://[::1]:80").text == "http://[::1]")
    for text in ["s3.example", "ftp://x", "http://", "http://a/b", "http://u@h", "http://a:0"] {
      #expect(throws: Failure.self) { try StoreEndpoint(text) }
    }
  }

  @Test func credentials() throws {
    let text =
      "# mine\n[other]\naws_access_key_id=A\naws_secret_access_key=B\n"
      + "[default]\n aws_access_key_id = C\naws_secret_access_key =  D/+ \naws_session_token=E\n"
    let found = try StoreCredentials.parse(Array(text.utf8), "x")
    #expect(found.accessKey == "C" && found.secretKey == "D/+" && found.sessionToken == "E")
    let first = try StoreCredentials.parse(Array(text.split(separator: "[default]")[0].utf8), "x")
    #expect(first.accessKey == "A")
    for wrong in [
      "", "[default]\n", "aws_access_key_id = A\n", "nonsense\n",
      "aws_access_key_id=A B\naws_secret_access_key=C",
    ] {
      #expect(throws: Failure.self) { try StoreCredentials.parse(Array(wrong.utf8), "x") }
    }
  }

  @Test func places() throws {
    let place = try ScratchDirectory()
    let path = place.path + "/aptferry-t"
    let text = "aws_access_key_id = F\naws_secret_access_key = G\n"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let variables = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B"]
    func key(_ file: String?, _ environment: [String: String]) throws -> String {
      try StoreCredentials.find(file: file, target: "t", environment: environment).accessKey
    }
    #expect(try key(nil, variables) == "A")
    #expect(try key(nil, variables.merging(["CREDENTIALS_DIRECTORY": place.path]) { $1 }) == "F")
    #expect(throws: Failure(.configuration, "no-credentials", "")) { try key(nil, [:]) }
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    #expect(throws: Failure(.configuration, "credentials-mode", "")) { try key(path, variables) }
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    #expect(try key(path, variables) == "F")
  }
}
#endif
