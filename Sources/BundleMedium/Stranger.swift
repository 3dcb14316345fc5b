/// Something on a medium that is no part of a bundle.
package struct Stranger: Sendable, Equatable {
  /// What a stranger is.
  package enum Kind: String, Sendable {
    case file = "a file"
    case directory = "a directory"
    case link = "a symbolic link"
    case misplaced = "a directory in the place of a file"
    case special = "a device, pipe or socket"
    case unread = "a directory that could not be read"
  }

  /// The whole path, for messages.
  package let place: String
  /// What it is; a directory when nothing is in it, or nobody looked into it yet.
  package let kind: Kind

  package init(_ place: String, _ kind: Kind) {
    self.place = place
    self.kind = kind
  }

  /// Whether it is what nothing that aptferry writes looks like.
  package var isUnsafe: Bool { kind == .link || kind == .special || kind == .misplaced }
}
