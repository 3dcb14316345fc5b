internal import SafeIO

/// The header blocks of one tar member, exactly as our chunks have them: ustar, with a pax header
/// before it when a name or size does not fit (POSIX.1-2017, pax, "ustar Interchange Format").
///
/// Written by ourselves because the plan must know every offset before a byte exists; every other
/// value is fixed: mode 0644, uid and gid 0, no user names, mtime 0.
package enum TarHeader {
  /// What a member is.
  package enum Kind: Sendable {
    case file(size: UInt64)
    /// Another name of an earlier member of the same archive.
    case link(to: [UInt8])
  }

  /// The length of one block; everything in a tar archive is a multiple of it.
  package static let block: UInt64 = 512
  /// The two zero blocks at the end of an archive, in bytes.
  package static let endLength: UInt64 = 1024
  private static let largestUstarSize: UInt64 = 0o77777777777

  /// How many zero bytes follow `size` bytes of content.
  package static func padding(after size: UInt64) -> UInt64 { (block &- size % block) % block }

  /// The length of the header of a member, in bytes.
  package static func length(name: Span<UInt8>, kind: Kind) -> UInt64 {
    let extra = paxRecords(name: name, kind: kind)
    guard !extra.isEmpty else { return block }
    let count = UInt64(extra.count)
    return block + count + padding(after: count) + block
  }

  /// The header of a member.
  package static func bytes(name: Span<UInt8>, kind: Kind) -> [UInt8] {
    var result: [UInt8] = []
    let extra = paxRecords(name: name, kind: kind)
    if !extra.isEmpty {
      result += ustar(
        name: Array("././@PaxHeader".utf8),
        prefix: [],
        size: UInt64(extra.count),
        type: 0x78,
        link: []
      )
      result += extra
      result += [UInt8](repeating: 0, count: Int(padding(after: UInt64(extra.count))))
    }
    let fitted = split(name)
    var size: UInt64 = 0
    var link: [UInt8] = []
    var type: UInt8 = 0x30
    switch kind {
    case .file(let length): size = min(length, largestUstarSize)
    case .link(let target):
      type = 0x31
      link = Array(target.prefix(100))
    }
    result += ustar(
      name: fitted?.name ?? Array((Array(copying: name)).suffix(100)),
      prefix: fitted?.prefix ?? [],
      size: size,
      type: type,
      link: link
    )
    return result
  }

  /// A name as ustar's name and prefix fields; nil when it needs a pax header.
  private static func split(_ name: Span<UInt8>) -> (name: [UInt8], prefix: [UInt8])? {
    let count = name.count
    if count <= 100 { return (Array(copying: name), []) }
    guard count <= 256 else { return nil }
    // The split is at the first slash that leaves at most 100 bytes behind it.
    var slash = count - 101
    while slash < count, name[slash] != 0x2f { slash += 1 }
    guard slash < count, slash > 0, slash <= 155 else { return nil }
    return (
      Array(copying: name.extracting((slash + 1)..<count)),
      Array(copying: name.extracting(0..<slash))
    )
  }

  /// The records of the pax header, empty when none is needed.
  private static func paxRecords(name: Span<UInt8>, kind: Kind) -> [UInt8] {
    var records: [UInt8] = []
    let isPlain = name.count <= 100 || split(name) != nil
    if !isPlain || !isASCII(name) {
      records += record("path", Array(copying: name))
    }
    switch kind {
    case .link(let target):
      if target.count > 100 || !isASCII(target.span) { records += record("linkpath", target) }
    case .file(let size):
      if size > largestUstarSize { records += record("size", Array(String(size).utf8)) }
    }
    return records
  }

  private static func isASCII(_ name: Span<UInt8>) -> Bool {
    for index in name.indices where name[index] >= 0x80 { return false }
    return true
  }

  /// `<length> <keyword>=<value>\n`, where the length counts itself.
  private static func record(_ keyword: String, _ value: [UInt8]) -> [UInt8] {
    let rest = 1 + keyword.utf8.count + 1 + value.count + 1
    var length = rest + 1
    while String(length).utf8.count + rest != length {
      length = String(length).utf8.count + rest
    }
    return Array("\(length) \(keyword)=".utf8) + value + [0x0a]
  }

  private static func ustar(
    name: [UInt8],
    prefix: [UInt8],
    size: UInt64,
    type: UInt8,
    link: [UInt8]
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: Int(block))
    func put(_ bytes: some Sequence<UInt8>, at start: Int) {
      for (offset, byte) in bytes.enumerated() { header[start + offset] = byte }
    }
    put(name, at: 0)
    put(octal(0o644, digits: 7), at: 100)
    put(octal(0, digits: 7), at: 108)
    put(octal(0, digits: 7), at: 116)
    put(octal(size, digits: 11), at: 124)
    put(octal(0, digits: 11), at: 136)
    put([UInt8](repeating: 0x20, count: 8), at: 148)
    header[156] = type
    put(link, at: 157)
    put("ustar\0".utf8, at: 257)
    put("00".utf8, at: 263)
    put(octal(0, digits: 7), at: 329)
    put(octal(0, digits: 7), at: 337)
    put(prefix, at: 345)
    let sum = header.reduce(0 as UInt64) { $0 + UInt64($1) }
    put(octal(sum, digits: 6) + [0, 0x20], at: 148)
    return header
  }

  private static func octal(_ value: UInt64, digits: Int) -> [UInt8] {
    let text = String(value, radix: 8)
    return Array((String(repeating: "0", count: max(0, digits - text.utf8.count)) + text).utf8)
  }
}
