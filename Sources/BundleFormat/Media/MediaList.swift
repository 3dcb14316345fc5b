package import SafeIO

/// Media as a person lists them: `25GB×3,58.2GB,dvd×2`.
package enum MediaList {
  /// Discs by the sectors of the smallest blank of their kind, so that it fits on each.
  private static let discs: [(name: String, sectors: UInt64)] = [
    ("dvd", 2_295_104), ("dvd-dl", 4_171_712), ("bd25", 11_826_176), ("bd50", 23_652_352),
    ("bd100", 47_305_728),
  ]

  /// Tapes with LTFS, by what can be counted on in units of 10^11 bytes.
  private static let tapes: [(name: String, size: UInt64)] = [
    ("lto5", 14), ("lto6", 23), ("lto7", 54), ("lto8", 111), ("lto9", 167), ("lto10", 277),
  ]

  /// The names of presets, for help and messages.
  package static var presets: [String] { discs.map(\.name) + tapes.map(\.name) }

  /// The most media that one list may name.
  private static let most = 1000

  /// Reads a list.
  ///
  /// - Parameters:
  ///   - text: the list.
  ///   - isImage: whether each medium gets an image of ours; else others write our files.
  /// - Returns: the media, in its order.
  /// - Throws: `usage` for what is no medium.
  package static func read(_ text: String, isImage: Bool) throws(Failure) -> [MediaPlan.Medium] {
    var media: [MediaPlan.Medium] = []
    for word in text.split(separator: "," as Character, omittingEmptySubsequences: false) {
      let (kind, count) = try parts(String(word).filter { $0 != " " })
      let medium = try medium(kind, isImage: isImage)
      guard media.count + count <= most else { throw refuse(text, "there are more than \(most)") }
      media += Array(repeating: medium, count: count)
    }
    return media
  }

  /// `25GB×3` is 25GB three times.
  private static func parts(_ word: String) throws(Failure) -> (kind: String, count: Int) {
    guard let mark = word.lastIndex(where: { "×x*X".contains($0) }),
      let count = Int(word[word.index(after: mark)...])
    else { return (word, 1) }
    guard (1...most).contains(count) else { throw refuse(word, "this is no number of media") }
    return (String(word[..<mark]), count)
  }

  private static func medium(_ kind: String, isImage: Bool) throws(Failure) -> MediaPlan.Medium {
    let name = kind.lowercased()
    if let disc = discs.first(where: { $0.name == name }) {
      return MediaPlan.Medium(
        kind: name,
        capacity: disc.sectors * 2048,
        fileSystem: isImage ? .iso : .disc
      )
    }
    if let tape = tapes.first(where: { $0.name == name }) {
      return MediaPlan.Medium(
        kind: name,
        capacity: tape.size * 100_000_000_000,
        fileSystem: .other(block: 1 << 20)
      )
    }
    guard let size = ByteSize(kind), size.bytes >= 1_000_000 else {
      throw refuse(
        kind,
        name.hasPrefix("lto") ? "a tape is named with its generation" : "this is no medium"
      )
    }
    return MediaPlan.Medium(
      kind: kind,
      capacity: size.bytes,
      fileSystem: isImage ? .iso : .stick(cluster: cluster(of: size.bytes))
    )
  }

  /// The cluster that exFAT or FAT32 has at most on a stick of this size, in bytes.
  private static func cluster(of size: UInt64) -> UInt64 {
    switch size {
    case ...(256 << 20): 4 << 10
    case ...(32 << 30): 32 << 10
    default: 128 << 10
    }
  }

  private static func refuse(_ word: String, _ what: String) -> Failure {
    Failure(
      .usage,
      "media",
      what,
      subject: word,
      hint: "name sizes as 25GB or 58.2GB (what is free on the medium), or "
        + presets.joined(separator: ", ")
        + ", each with ×N for N of them, separated by commas; for a "
        + "stick that is here, give its directory with --to"
    )
  }
}
