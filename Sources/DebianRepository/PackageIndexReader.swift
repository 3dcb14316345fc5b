package import SafeIO

/// Reads a list of packages from blocks as they come, a stanza at a time: a Packages or a Sources
/// index, or dpkg's own record of what is installed.
///
/// One pass; memory is that of the longest stanza.
package struct PackageIndexReader: Sendable {
  /// What the stanzas describe.
  package enum Kind: Hashable, Sendable {
    /// Binary packages, each with its file: a Packages index.
    case packages
    /// Source packages, each with its files: a Sources index.
    case sources
    /// Packages of a system, without files: dpkg's `status`.
    case status
  }

  /// The longest name, version or architecture, in bytes: apt ends with a fault at a longer one.
  static let longestWord = Int(UInt16.max)

  private let kind: Kind
  private let name: String
  private var reader: StanzaReader
  /// How many stanzas have been read.
  package private(set) var count = 0

  /// A reader of the index that is called `name` in messages.
  package init(_ kind: Kind, name: String) {
    self.kind = kind
    self.name = name
    reader = StanzaReader(
      deciding: PackageStanza.Slot.names(kind),
      name: name,
      limits: .index,
      takesNul: kind != .status
    )
  }

  /// Takes the next bytes in and hands every stanza that ended in them to `body`.
  ///
  /// - Throws: `unsafe` for a path that may not be used, `trust` for a file with weak hashes only,
  ///   `integrity` for a stanza without name or file, and whatever `body` throws.
  package mutating func feed(
    _ bytes: Span<UInt8>,
    _ body: (PackageStanza) throws(Failure) -> Void
  ) throws(Failure) {
    let (kind, name) = (kind, name)
    var count = self.count
    defer { self.count = count }
    try reader.feed(bytes) { (stanza) throws(Failure) in
      count += 1
      try body(try PackageStanza(stanza, kind, name: name))
    }
  }

  /// Takes the end of the index.
  package mutating func finish(_ body: (PackageStanza) throws(Failure) -> Void) throws(Failure) {
    let (kind, name) = (kind, name)
    var count = self.count
    defer { self.count = count }
    try reader.finish { (stanza) throws(Failure) in
      count += 1
      try body(try PackageStanza(stanza, kind, name: name))
    }
  }
}
