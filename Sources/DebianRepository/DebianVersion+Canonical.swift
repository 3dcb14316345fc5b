internal import SafeIO

extension DebianVersion {
  /// One text for all spellings between which `dpkg` finds no difference: `1.0`, `0:1.0-0` and `01.00`
  /// have the same.
  ///
  /// What `dpkg` refuses has a text that no version has.
  package static func canonical(_ text: Span<UInt8>) -> [UInt8] {
    guard let version = DebianVersion(text) else {
      return [0x3f] + canonicalPart(Array(copying: text)[...])
    }
    return Array("\(version.epoch):".utf8) + canonicalPart(version.upstream) + [0x0a]
      + canonicalPart(version.revision)
  }

  /// Digits are numbers, and a number 0 at the end is nothing.
  private static func canonicalPart(_ part: ArraySlice<UInt8>) -> [UInt8] {
    func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    var (found, rest): ([UInt8], ArraySlice<UInt8>) = ([], part)
    while let first = rest.first {
      guard isDigit(first) else {
        found.append(first)
        rest.removeFirst()
        continue
      }
      let run = rest.prefix(while: isDigit)
      rest = rest.dropFirst(run.count)
      let number = run.drop { $0 == 0x30 }
      if number.isEmpty {
        if !rest.isEmpty { found.append(0x30) }
      } else {
        found += number
      }
    }
    return found
  }
}
