internal import SafeIO

/// The members of an `ar` archive as `dpkg` reads it: plain names of at most 16 bytes, decimal sizes.
struct ArMembers {
  /// One member: its name without blanks and a final slash, and where it lies.
  struct Member {
    let name: String
    let offset: UInt64
    let size: UInt64

    /// All of it; for a short one.
    func bytes(of file: borrowing OpenFile) throws(Failure) -> [UInt8] {
      let block = Block(capacity: max(1, Int(clamping: min(size, 1 << 16))))
      guard try file.read(into: block, at: offset, limit: Int(clamping: size)) == Int(size) else {
        throw Failure(.integrity, "deb", "the package ends too early", subject: file.name)
      }
      var found: [UInt8] = []
      for index in 0..<block.bytes.byteCount {
        found.append(unsafe block.bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
      }
      return found
    }
  }

  private let name: String
  private let length: UInt64
  private var offset: UInt64 = 8

  private static let magic = Array("!<arch>\n".utf8)
  private static let headerLength: UInt64 = 60

  init(of file: borrowing OpenFile, name: String) throws(Failure) {
    self.name = name
    length = try file.status().size
    let start = Member(name: "", offset: 0, size: 8)
    guard length >= 8, try start.bytes(of: file) == ArMembers.magic else {
      throw malformed("does not begin as a package does")
    }
  }

  /// The next member; nil behind the last byte.
  mutating func next(of file: borrowing OpenFile) throws(Failure) -> Member? {
    guard offset < length else { return nil }
    guard length - offset >= ArMembers.headerLength else {
      throw malformed("has bytes behind its last member")
    }
    let header = try Member(name: "", offset: offset, size: ArMembers.headerLength)
      .bytes(of: file)
    guard header[58] == 0x60, header[59] == 0x0a else {
      throw malformed("has a member whose header has no end")
    }
    var name = header[0..<16]
    while let last = name.last, last == 0x20 { name.removeLast() }
    if name.last == 0x2f { name.removeLast() }
    guard !name.isEmpty, name.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x2f }) else {
      throw malformed("has a member whose name is none")
    }
    var digits = header[48..<58]
    while let last = digits.last, last == 0x20 { digits.removeLast() }
    guard let size = DecimalNumber.read(String(decoding: digits, as: UTF8.self)) else {
      throw malformed("has a member whose length is no number")
    }
    let start = offset + ArMembers.headerLength
    guard size <= length - start else {
      throw malformed("has a member that is longer than the file")
    }
    // An odd length is filled up; at the very end that byte may lack, as with dpkg.
    offset = min(start + size + size % 2, max(length, start + size))
    return Member(name: String(decoding: name, as: UTF8.self), offset: start, size: size)
  }

  private func malformed(_ what: String) -> Failure {
    Failure(.integrity, "deb", "the package \(what)", subject: name)
  }
}
