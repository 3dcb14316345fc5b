import Foundation

/// A real object store for tests, started by `scripts/s3-lab/s3-start`.
///
/// `APTFERRY_S3` names the file with its settings (`DIR/env`); tests that want it are skipped, and say
/// so, where the variable is not set.
package struct ObjectStoreLab: Sendable {
  package let endpoint: String
  package let region: String
  package let accessKey: String
  package let secretKey: String

  /// Why tests are skipped.
  package static let reason =
    "no object store: start one with scripts/s3-lab/s3-start, set APTFERRY_S3"

  /// The store that the environment names; nil without one.
  package static let found: ObjectStoreLab? = ObjectStoreLab("APTFERRY_S3")
  /// A store that writes under no condition; nil without one.
  package static let unconditional: ObjectStoreLab? = ObjectStoreLab("APTFERRY_S3_PLAIN")

  private init?(_ variable: String) {
    guard let path = ProcessInfo.processInfo.environment[variable],
      let data = FileManager.default.contents(atPath: path)
    else { return nil }
    var values: [String: String] = [:]
    for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
      let words = line.replacing("export ", with: "").split(separator: "=", maxSplits: 1)
      if words.count == 2 { values[String(words[0])] = String(words[1]) }
    }
    guard let endpoint = values["S3_ENDPOINT"], let region = values["S3_REGION"],
      let access = values["AWS_ACCESS_KEY_ID"], let secret = values["AWS_SECRET_ACCESS_KEY"]
    else { return nil }
    (self.endpoint, self.region) = (endpoint, region)
    (accessKey, secretKey) = (access, secret)
  }

  /// The name of a bucket that nothing else uses.
  package static func bucketName() -> String { "t" + UUID().uuidString.lowercased() }
}
