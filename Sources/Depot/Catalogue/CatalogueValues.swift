internal import Foundation
internal import GRDB
internal import SafeIO

/// Values between our types and rows; a row that holds something else is a damaged catalogue.
extension Row {
  func text(_ column: String) throws -> String { try decode(String.self, forColumn: column) }

  func count(_ column: String) throws -> UInt64 {
    let value = try decode(Int64.self, forColumn: column)
    guard let count = UInt64(exactly: value) else { throw UnusableValue(column: column) }
    return count
  }

  /// A count of files: no list has more than so many.
  func fileCount(_ column: String) throws -> UInt64 {
    let value = try count(column)
    guard value <= UInt64(FileList.largestCount) else { throw UnusableValue(column: column) }
    return value
  }

  /// A number of bytes that lie somewhere: a few of them can be added up.
  func size(_ column: String) throws -> UInt64 {
    let value = try count(column)
    guard value <= 1 << 60 else { throw UnusableValue(column: column) }
    return value
  }

  /// A snapshot by its columns `name` and `digest`; the name becomes part of paths.
  func snapshot() throws -> SnapshotReference {
    let name = try text("name")
    guard SnapshotRecord.isName(name) else { throw UnusableValue(column: "name") }
    return SnapshotReference(name: name, digest: try digest("digest"))
  }

  func time(_ column: String) throws -> UTCTime {
    guard let time = try optionalTime(column) else { throw UnusableValue(column: column) }
    return time
  }

  func optionalTime(_ column: String) throws -> UTCTime? {
    guard let seconds = try decode(Int64?.self, forColumn: column) else { return nil }
    let time = UTCTime(seconds: seconds)
    // Nothing here ever wrote another moment; who counts with one would overflow.
    guard time >= .earliest, time <= .latest else { throw UnusableValue(column: column) }
    return time
  }

  func bytes(_ column: String) throws -> [UInt8] {
    Array(try decode(Data.self, forColumn: column))
  }

  func digest(_ column: String) throws -> SHA256Digest {
    guard let digest = SHA256Digest(bytes: try bytes(column)) else {
      throw UnusableValue(column: column)
    }
    return digest
  }
}

/// A column holds what the schema does not allow.
struct UnusableValue: Error, CustomStringConvertible {
  let column: String

  var description: String { "the column \(column) holds something unusable" }
}

extension SHA256Digest {
  /// Exactly 32 bytes.
  init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    var text: [UInt8] = []
    for byte in bytes {
      for digit in [byte >> 4, byte & 0xf] { text.append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
    }
    self.init(hex: text.span)
  }

  /// The 32 bytes, as they stand in the catalogue.
  var data: Data {
    let digits = Array(hex.utf8).map { $0 < 0x3a ? $0 - 0x30 : $0 - 0x57 }
    return Data(stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
  }
}

extension [UInt8] {
  /// The bytes, as they stand in the catalogue.
  var data: Data { Data(self) }
}

/// A count as SQLite holds it; larger ones than it can hold are refused, never wrapped.
func stored(_ count: UInt64, _ what: String) throws(Failure) -> Int64 {
  guard let value = Int64(exactly: count) else {
    throw Failure(.unsafe, "number", "the \(what) is too large to be recorded", subject: "\(count)")
  }
  return value
}
