/// A tar archive with the fixed header values of a chunk; names of up to 100 bytes, or those that
/// ustar can split.
package struct TarForge {
  private var bytes: [UInt8] = []

  package init() {}

  /// Adds a file; answers where its content begins.
  @discardableResult
  package mutating func add(file name: String, _ content: [UInt8]) -> Int {
    addRecords(path: name, link: nil)
    bytes += TarForge.header(name, type: 0x30, size: content.count, link: "")
    let offset = bytes.count
    bytes += content
    bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    return offset
  }

  /// Adds another name of an earlier file.
  package mutating func add(link name: String, to target: String) {
    addRecords(path: name, link: target)
    bytes += TarForge.header(name, type: 0x31, size: 0, link: target)
  }

  /// A pax header, where a name is not plain ASCII.
  private mutating func addRecords(path: String, link: String?) {
    var records: [UInt8] = []
    for (keyword, value) in [("path", path), ("linkpath", link ?? "")] {
      guard value.utf8.contains(where: { $0 >= 0x80 }) else { continue }
      let rest = keyword.utf8.count + value.utf8.count + 3
      var length = rest + 1
      while String(length).utf8.count + rest != length { length = String(length).utf8.count + rest }
      records += "\(length) \(keyword)=\(value)\n".utf8
    }
    guard !records.isEmpty else { return }
    bytes += TarForge.header("././@PaxHeader", type: 0x78, size: records.count, link: "")
    bytes += records
    bytes += [UInt8](repeating: 0, count: (512 - records.count % 512) % 512)
  }

  /// Adds bytes as they are.
  package mutating func add(raw: [UInt8]) { bytes += raw }

  /// The archive with the two zero blocks at its end.
  package func ended() -> [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

  /// One header block.
  package static func header(_ name: String, type: UInt8, size: Int, link: String) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: some Sequence<UInt8>, _ start: Int) {
      for (index, byte) in text.enumerated() where start + index < 512 {
        block[start + index] = byte
      }
    }
    func octal(_ value: Int, _ digits: Int) -> [UInt8] {
      let text = String(value, radix: 8)
      return Array((String(repeating: "0", count: max(0, digits - text.utf8.count)) + text).utf8)
    }
    let whole = Array(name.utf8)
    if whole.count <= 100 {
      put(whole, 0)
    } else if let slash = whole.indices.first(where: {
      $0 >= whole.count - 101 && whole[$0] == 0x2f
    }) {
      put(whole[(slash + 1)...], 0)
      put(whole[..<slash], 345)
    }
    put(octal(0o644, 7), 100)
    put(octal(0, 7), 108)
    put(octal(0, 7), 116)
    put(octal(size, 11), 124)
    put(octal(0, 11), 136)
    put([UInt8](repeating: 0x20, count: 8), 148)
    block[156] = type
    put(link.utf8.prefix(100), 157)
    put("ustar\0".utf8, 257)
    put("00".utf8, 263)
    put(octal(0, 7), 329)
    put(octal(0, 7), 337)
    return TarForge.sealed(block)
  }

  /// A header block with its checksum made right again.
  package static func sealed(_ block: [UInt8]) -> [UInt8] {
    var block = block
    for index in 148..<156 { block[index] = 0x20 }
    let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
    let text = String(repeating: "0", count: 6 - sum.utf8.count) + sum
    for (index, byte) in (Array(text.utf8) + [0, 0x20]).enumerated() { block[148 + index] = byte }
    return block
  }
}
