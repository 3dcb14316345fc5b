import SafeIO
import TestSupport

/// Makes Packages files with a stanza or two that nobody should have written.
enum OddIndex {
  static let names = (0..<5).map { "p\($0)" }

  static func content(_ name: String) -> [UInt8] { Array("the package \(name), in a way".utf8) }

  static func write(below root: String) throws {
    for name in names { try Disk.write(content(name), to: root + "/pool/\(name).deb") }
  }

  static func text(_ random: inout SeededGenerator) -> String {
    var stanzas = names.prefix(Int.random(in: 1...5, using: &random)).map { sound($0) }
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let at = Int.random(in: stanzas.indices, using: &random)
      stanzas[at] = changed(stanzas[at], names[at], &random)
    }
    let gap = OddRelease.pick(
      ["\n", "\n", "\n", "\n\n", "\r\n", "\n\r\n", "\n \nX: y\n\n"],
      &random
    )
    var text = stanzas.map { $0.joined(separator: "\n") + "\n" }.joined(separator: gap)
    if OddRelease.chance(12, &random) {
      text = OddRelease.pick(["\n", "\n\n", " x\n", "#\n"], &random) + text
    }
    if OddRelease.chance(12, &random) {
      text += OddRelease.pick(["\n\n\n", "\n \n", "x", "\nx", "\n#: c\n", "\r\n"], &random)
    }
    if OddRelease.chance(15, &random) { text.removeLast() }
    if OddRelease.chance(25, &random) { text = text.replacing("\n", with: "\r\n") }
    return text
  }

  private static func sound(_ name: String) -> [String] {
    let bytes = content(name)
    return [
      "Package: \(name)", "Version: 1.0", "Architecture: all", "Filename: pool/\(name).deb",
      "Size: \(bytes.count)", "SHA256: \(SHA256Digest.of(bytes).hex)", "Description: a sample",
    ]
  }

  private static func changed(
    _ lines: [String],
    _ name: String,
    _ random: inout SeededGenerator
  ) -> [String] {
    var lines = lines
    let size = content(name).count
    let digest = SHA256Digest.of(content(name)).hex
    let fields: [(String, [String])] = [
      (
        "Filename",
        [
          "", "/pool/\(name).deb", "./pool/\(name).deb", "pool//\(name).deb", "pool/./\(name).deb",
          "pool/../pool/\(name).deb", "../pool/\(name).deb", "../../etc/passwd",
          "x/../pool/\(name).deb",
          "pool/\(name).deb/", "//pool/\(name).deb", "pool/x/../../pool/\(name).deb",
          "\n pool/\(name).deb",
          "\n\tpool/\(name).deb", "pool/\(name).deb \t", "pool/\(name)%2edeb", "pool/../../x.deb",
          "pool",
          "POOL/\(name).deb", "pool/\(name).deb.", "pool/\(name).deb more", "/", ".", "..",
        ]
      ),
      (
        "Size",
        [
          "", "\(size) bytes", "+\(size)", "0\(size)", "-1", "0", "1\(size)", "\n \(size)",
          "\n\t\(size)",
          "\(size).0", "many", "18446744073709551616", "\(size),0", "0x10",
          String(repeating: "0", count: 97) + "\(size)",
          String(repeating: " ", count: 120) + "\(size)",
        ]
      ),
      (
        "SHA256",
        [
          "", digest.uppercased(), String(digest.dropLast()), digest + "0",
          String(digest.reversed()),
          "\n \(digest)", "\n\t\(digest)", "\(digest) \(digest)", "\(digest)  ",
        ]
      ),
      ("Version", ["", "1.0 ", "\n 1.0", "1:1.0-2~x", "abc"]),
      ("Package", [name.uppercased(), " \(name)", "\n \(name)"]),
      ("Description", ["", "x\n .\n y", "x\n \n y", "é\u{ff}"]),
    ]
    let (field, values) = OddRelease.pick(fields, &random)
    let at = lines.firstIndex { $0.hasPrefix(field + ":") } ?? 0
    let value = OddRelease.pick(values, &random)
    switch Int.random(in: 0..<8, using: &random) {
    case 0: if field != "Package" || OddRelease.chance(4, &random) { lines.remove(at: at) }
    case 1: lines.insert("\(field): \(value)", at: lines.count)
    case 2: lines.insert("\(field): \(value)", at: at)
    case 3:
      lines.insert(
        OddRelease.pick(
          [
            "no colon", "# comment", "# comment: x", ": x", "X", "SHA512: none", "SHA512:",
            "Tag: a\n b",
            "MD5sum:", "size : \(size)", "FILENAME: pool/\(name).deb",
          ],
          &random
        ),
        at: Int.random(in: 0...lines.count, using: &random)
      )
    case 4: lines[at] = "\(field.lowercased()) :\(value)"
    default: lines[at] = "\(field): \(value)"
    }
    return lines
  }
}
