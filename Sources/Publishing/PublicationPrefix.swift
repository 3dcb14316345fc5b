package import SafeIO

/// Where a publication lies below the public root, and in its URL: `debian`,
/// `production/debian`.
package struct PublicationPrefix: Hashable, Sendable {
  /// The path.
  package let text: String

  /// The publication that is served at the root, too: at `/dists/` and `/pool/`.
  package static let root = "_root"

  /// Components of letters, digits and `._+~-`, none beginning with a dot; at most 100 bytes.
  package init(_ text: String) throws(Failure) {
    func isPlain(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
        || (0x61...0x7a).contains(byte) || "._+~-/".utf8.contains(byte)
    }
    guard let path = RelativePath(text), text.utf8.count <= 100, text.utf8.allSatisfy(isPlain),
      !path.components.contains(where: { $0.hasPrefix(".") })
    else {
      throw Failure(
        .usage,
        "prefix",
        "a prefix is one or more names joined by slashes, of letters, digits and ._+~-, none "
          + "beginning or ending with a dot, at most 100 characters",
        subject: text,
        hint: "write it like debian or production/debian, without a slash at either end"
      )
    }
    self.text = text
  }

  /// One file name that no other prefix has; `%` cannot stand in a prefix.
  var directoryName: String {
    text.split(separator: "/").joined(separator: "%2F")
  }

  /// The link that clients go through, as a target relative to where it lies.
  var linkTarget: String {
    let depth = text.utf8.count { $0 == 0x2f }
    return String(repeating: "../", count: depth) + ".publications/\(directoryName)/current"
  }

  /// Whether one of the two would lie inside the other.
  func isNested(with other: PublicationPrefix) -> Bool {
    text.hasPrefix(other.text + "/") || other.text.hasPrefix(text + "/")
  }
}
