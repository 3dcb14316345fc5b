package import SafeIO

/// Content under its SHA-256, to be read.
package protocol ReadableObjects: Sendable {
  /// Whether the object is here with that size, and whole as far as one look can tell.
  func contains(_ digest: SHA256Digest, size: UInt64) throws(Failure) -> Bool

  /// The size of an object in bytes, or nil when it is not here.
  func size(of digest: SHA256Digest) throws(Failure) -> UInt64?

  /// Reads from a byte offset into the free part of the block, at most `limit`; 0 at the end and
  /// behind it. The bytes are for the caller to check.
  func read(
    _ digest: SHA256Digest,
    at offset: UInt64,
    limit: Int,
    into block: Block
  ) throws(Failure) -> Int

  /// The objects whose digest begins with that byte, ascending: those behind `last`, at most
  /// `limit`. An empty page is the end.
  ///
  /// Objects that come or go meanwhile may be in it or not.
  func list(
    bucket: UInt8,
    after last: SHA256Digest?,
    limit: Int
  ) throws(Failure) -> [ListedObject]

  /// Where an object lies or would lie, for messages.
  func describe(_ digest: SHA256Digest) -> String

  /// Objects as files of this machine; nil when they are none.
  var links: (any LinkableObjects)? { get }
}

/// Content under its SHA-256: each object written once, whole, and never changed.
///
/// What every store can do. What only some can is asked for by name (`links`, `marks`, `space`), so
/// that whoever relies on it says what happens without it. Several threads and several processes
/// may use one store at a time.
package protocol ObjectStore: ReadableObjects {
  /// Takes content in that must have that digest and size; false when it was here already, and
  /// then `source` may stay unread.
  ///
  /// An object that is here and damaged gives way. It is seen whole or not at all, whatever
  /// happens on the way; it is sure to outlive a power cut after the next `sync()`.
  /// - Throws: `integrity`, `object-content`, when the content is other; nothing is left then.
  func admit(
    _ digest: SHA256Digest,
    size: UInt64,
    from source: ObjectSource
  ) throws(Failure) -> Bool

  /// Removes an object; false when it was not here.
  func remove(_ digest: SHA256Digest) throws(Failure) -> Bool

  /// Makes everything admitted so far outlive a power cut.
  func sync() throws(Failure)

  /// What lies in the store's place and is no object, as it can be shown; sorted.
  func strays() throws(Failure) -> [String]

  /// Marks of verified content; nil where the store has none.
  var marks: (any MarkedObjects)? { get }

  /// How much room is left; nil where nobody can say.
  var space: (any MeasuredObjects)? { get }
}

/// Gives the content of an object from a byte offset on, into the free part of a block; answers how
/// many bytes, 0 at the end.
///
/// A store may ask for the same range again, when it has to send it twice.
package typealias ObjectSource = (_ offset: UInt64, _ block: Block) throws(Failure) -> Int

/// An object in a list.
package struct ListedObject: Hashable, Sendable {
  /// What it is.
  package let digest: SHA256Digest
  /// Its size in bytes; nil where the list does not say it, and each would cost a look.
  package let size: UInt64?

  package init(digest: SHA256Digest, size: UInt64? = nil) {
    self.digest = digest
    self.size = size
  }
}

extension ReadableObjects {
  package var links: (any LinkableObjects)? { nil }
}

extension ObjectStore {
  package var marks: (any MarkedObjects)? { nil }
  package var space: (any MeasuredObjects)? { nil }
}
