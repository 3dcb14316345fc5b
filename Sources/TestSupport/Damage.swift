private import Foundation

/// What happens to files on the way: one call, one kind of damage.
package enum Damage {
  /// Turns one bit over; a negative offset counts from the end.
  package static func flipBit(of path: String, at offset: Int, bit: UInt8 = 0) throws {
    try change(path) { bytes in
      let index = offset < 0 ? bytes.count + offset : offset
      guard bytes.indices.contains(index) else {
        throw TestSupportError("\(path) has no byte \(offset)")
      }
      bytes[index] ^= 1 << (bit & 7)
    }
  }

  /// Cuts a file down to `size` bytes; a negative size cuts that many off the end.
  package static func truncate(_ path: String, to size: Int) throws {
    try change(path) { bytes in
      bytes = Array(bytes.prefix(size < 0 ? max(0, bytes.count + size) : size))
    }
  }

  /// Adds bytes at the end.
  package static func append(_ bytes: [UInt8], to path: String) throws {
    try change(path) { $0 += bytes }
  }

  /// Writes bytes over those at `offset`.
  package static func overwrite(_ path: String, at offset: Int, with new: [UInt8]) throws {
    try change(path) { bytes in
      guard offset >= 0, offset + new.count <= bytes.count else {
        throw TestSupportError("\(path) has no \(new.count) bytes at \(offset)")
      }
      bytes.replaceSubrange(offset..<(offset + new.count), with: new)
    }
  }

  /// Exchanges the contents of two files.
  package static func swap(_ path: String, _ other: String) throws {
    let first = try Disk.read(path)
    let second = try Disk.read(other)
    try change(path) { $0 = second }
    try change(other) { $0 = first }
  }

  /// Replaces text in a text file; it must be there.
  package static func replace(_ old: String, with new: String, in path: String) throws {
    let text = try Disk.text(path)
    guard text.contains(old) else { throw TestSupportError("\(path) does not contain \(old)") }
    try change(path) { $0 = Array(text.replacingOccurrences(of: old, with: new).utf8) }
  }

  // A new file takes the old one's place: a hard link of it elsewhere must not change with it.
  private static func change(_ path: String, _ body: (inout [UInt8]) throws -> Void) throws {
    var bytes = try Disk.read(path)
    try body(&bytes)
    try Disk.write(bytes, to: path + ".damaged")
    try run(["chmod", "--reference", path, path + ".damaged"]).succeeded()
    try Disk.rename(path + ".damaged", to: path)
  }
}
