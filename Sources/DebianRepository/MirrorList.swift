/// A list of mirrors, as a source of `mirror+file:` names one (apt-transport-mirror(1)).
package enum MirrorList {
  /// The longest list that is read, in bytes.
  package static let longest = 1 << 20

  /// The mirror that `apt` would ask first: of those for http and https the one with the lowest priority, and of
  /// several such the first.
  ///
  /// Each line is an address, and behind blanks what it is for (`priority:1 arch:amd64`).
  package static func first(in text: [UInt8]) -> String? {
    var best: (address: String, priority: Int)?
    for line in String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
      guard let address = words.first.map({ String($0) }),
        ["http://", "https://"].contains(where: address.lowercased().hasPrefix)
      else { continue }
      let priority = words.dropFirst().lazy
        .filter { $0.hasPrefix("priority:") }
        .compactMap { Int($0.dropFirst("priority:".count)) }.first
      let found = (address, priority ?? .max)
      if let best, best.priority <= found.1 { continue }
      best = found
    }
    return best?.address
  }
}
