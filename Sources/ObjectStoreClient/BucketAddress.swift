#if Network
package import SafeIO

/// Where objects lie in a store: a bucket, and what the keys of all of them begin with.
package struct BucketAddress: Hashable, Sendable {
  /// The bucket.
  package let bucket: String
  /// What all keys begin with, without a slash at either end; empty for the whole bucket.
  package let prefix: String

  /// Takes `s3://bucket` and `s3://bucket/prefix`.
  package init(_ text: String) throws(Failure) {
    let scheme = "s3://"
    guard text.hasPrefix(scheme) else {
      throw BucketAddress.refuse(text, "does not begin with s3://")
    }
    let rest = text.dropFirst(scheme.count)
    let bucket = rest.prefix { $0 != "/" }
    var prefix = rest.dropFirst(bucket.count)
    while prefix.hasPrefix("/") { prefix = prefix.dropFirst() }
    while prefix.hasSuffix("/") { prefix = prefix.dropLast() }
    guard BucketAddress.isBucket(bucket) else {
      throw BucketAddress.refuse(
        text,
        "names no bucket: 3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at"
          + " both ends"
      )
    }
    guard prefix.isEmpty || BucketAddress.isPrefix(String(prefix)) else {
      throw BucketAddress.refuse(
        text,
        "has a prefix that clients could not ask for: names of letters, digits and ._+~- joined by"
          + " slashes, none beginning with a dot"
      )
    }
    self.bucket = String(bucket)
    self.prefix = String(prefix)
  }

  /// As it is written.
  package var text: String { "s3://" + bucket + (prefix.isEmpty ? "" : "/" + prefix) }

  /// The key of something below.
  package func key(_ rest: String) -> String { prefix.isEmpty ? rest : prefix + "/" + rest }

  private static func isBucket(_ text: Substring) -> Bool {
    func isPlain(_ byte: UInt8) -> Bool {
      (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
    }
    let bytes = Array(text.utf8)
    return (3...63).contains(bytes.count) && isPlain(bytes[0]) && isPlain(bytes[bytes.count - 1])
      && bytes.allSatisfy { isPlain($0) || $0 == 0x2d || $0 == 0x2e } && !text.contains("..")
  }

  private static func isPrefix(_ text: String) -> Bool {
    guard let path = RelativePath(text), text.utf8.count <= 200 else { return false }
    return !path.components.contains { $0.hasPrefix(".") }
      && text.utf8.allSatisfy { KeyEncoding.isPlain($0) || $0 == 0x2f || $0 == 0x2b }
  }

  private static func refuse(_ text: String, _ what: String) -> Failure {
    Failure(
      .usage,
      "bucket-address",
      "this address of a bucket \(what)",
      subject: text,
      hint: "write it like s3://packages/debian"
    )
  }
}
#endif
