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
      limits: .index
    )
  }

  /// A stanza of which nobody could use the package.
  package struct Unusable: Sendable {
    /// Which stanza, from 1.
    package let number: Int
    /// The package that it names; empty for none.
    package let package: String
    /// What is wrong with it.
    package let failure: Failure
  }

  /// The stanzas so far that were passed over, as `apt` passes over them.
  package private(set) var unusable: [Unusable] = []
  /// How many of these are remembered before the index is refused.
  private static let mostUnusable = 10_000

  /// Takes the next bytes in and hands every stanza that ended in them to `body`.
  ///
  /// A stanza without a name, a file or a strong hash, or with a path that may not be used, is passed
  /// over and remembered.
  /// - Throws: `unsafe` for what is longer than may be, and whatever `body` throws.
  package mutating func feed(
    _ bytes: Span<UInt8>,
    _ body: (PackageStanza) throws(Failure) -> Void
  ) throws(Failure) {
    var places = (kind: kind, name: name, count: count, unusable: unusable)
    unusable = []
    defer { (count, unusable) = (places.count, places.unusable) }
    try reader.feed(bytes) { (stanza) throws(Failure) in
      try PackageIndexReader.take(stanza, &places, body)
    }
  }

  /// Takes the end of the index.
  package mutating func finish(_ body: (PackageStanza) throws(Failure) -> Void) throws(Failure) {
    var places = (kind: kind, name: name, count: count, unusable: unusable)
    unusable = []
    defer { (count, unusable) = (places.count, places.unusable) }
    try reader.finish { (stanza) throws(Failure) in
      try PackageIndexReader.take(stanza, &places, body)
    }
  }

  private static func take(
    _ stanza: Stanza,
    _ state: inout (kind: Kind, name: String, count: Int, unusable: [Unusable]),
    _ body: (PackageStanza) throws(Failure) -> Void
  ) throws(Failure) {
    state.count += 1
    let package: PackageStanza
    do throws(Failure) {
      package = try PackageStanza(stanza, state.kind, name: state.name)
    } catch {
      // A system's own record has no such stanza; what is too long is not read at all.
      guard state.kind != .status, error.name != "too-large",
        state.unusable.count < mostUnusable
      else { throw error }
      let name = stanza.string(at: PackageStanza.Slot.package.rawValue) ?? ""
      state.unusable.append(Unusable(number: state.count, package: name, failure: error))
      return
    }
    try body(package)
  }
}
