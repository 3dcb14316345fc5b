import DebianRepository
import SafeIO

/// Debian's formats.
enum FuzzedTexts {
  /// Reads the bytes behind the first in one piece, and in pieces as long as the first byte says:
  /// the answers must be the same.
  static func inBlocks(
    _ bytes: [UInt8],
    _ read: (_ pieces: [ArraySlice<UInt8>]) throws(Failure) -> [String]
  ) {
    guard let first = bytes.first else { return }
    let text = bytes.dropFirst()
    let length = Int(first) + 1
    var pieces: [ArraySlice<UInt8>] = []
    var rest = text
    while !rest.isEmpty {
      pieces.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    let whole = answer { () throws(Failure) in try read([text]) }
    let split = answer { () throws(Failure) in try read(pieces) }
    claim(whole == split, "blocks of \(length) bytes are read as one: \(whole) \(split)")
  }

  static func stanzas(_ pieces: [ArraySlice<UInt8>]) throws(Failure) -> [String] {
    var reader = StanzaReader(deciding: nil, name: "input", limits: .init(line: 1024, value: 4096))
    var result: [String] = []
    func take(_ stanza: Stanza) {
      claim(stanza.extent.lowerBound <= stanza.extent.upperBound, "an extent has an order")
      // A name that is no UTF-8 is shown with replacements, and not found by them.
      for (name, value) in stanza.all where !name.unicodeScalars.contains("\u{fffd}") {
        claim(stanza.value(of: name) != nil, "a field that is there can be had")
        claim(stanza.raw(of: name) != nil, "its bytes can be had")
        result.append("\(stanza.extent) \(name)=\(value)")
      }
    }
    for piece in pieces { try reader.feed(Array(piece).span, take) }
    try reader.finish(take)
    return result
  }

  /// A list of packages, in blocks too.
  static func index(_ kind: PackageIndexReader.Kind, _ bytes: [UInt8]) {
    inBlocks(bytes) { (pieces) throws(Failure) in try index(kind, pieces) }
  }

  private static func index(
    _ kind: PackageIndexReader.Kind,
    _ pieces: [ArraySlice<UInt8>]
  ) throws(Failure) -> [String] {
    var index = PackageIndexReader(kind, name: "input")
    var result: [String] = []
    func take(_ stanza: PackageStanza) {
      for file in stanza.files {
        claim(RelativePath(file.path.bytes) != nil, "a path is one that may be used")
        claim(file.sha256 != nil || file.sha512 != nil, "a file has a strong hash")
      }
      claim(
        UInt64(stanza.bytes.count) == stanza.extent.upperBound - stanza.extent.lowerBound,
        "all"
      )
      let depends = stanza.string(of: .depends) ?? "nothing"
      result.append("\(stanza.label) \(stanza.files) \(stanza.extent) \(depends)")
    }
    for piece in pieces { try index.feed(Array(piece).span, take) }
    try index.finish(take)
    return result
  }

  static func release(_ bytes: [UInt8]) {
    _ = answer { () throws(Failure) in
      let release = try ReleaseFile(bytes.span, name: "input")
      for file in release.files {
        claim(release.file(file.path) != nil, "a listed file is found")
        claim(file.sha256 != nil || file.sha512 != nil, "a file has a strong hash")
      }
      return release.components + release.architectures
    }
  }

  static func checksums(_ bytes: [UInt8]) {
    _ = answer { () throws(Failure) in
      try ChecksumFile.parse(bytes.span, name: "input").entries.map { "\($0)" }
    }
  }

  /// Lines are versions: each pair must have an order, and three an order among them.
  static func version(_ bytes: [UInt8]) {
    let versions = bytes.split(separator: 0x0a).prefix(6).compactMap { line in
      DebianVersion(Array(line).span)
    }
    for left in versions {
      claim(left == left && !(left < left), "a version equals itself")
      for right in versions {
        let states = [left < right, left == right, right < left].filter { $0 }
        claim(states.count == 1, "two versions have one order")
        for third in versions where left < right && right < third {
          claim(left < third, "the order goes on")
        }
      }
    }
  }

  static func date(_ bytes: [UInt8]) {
    guard let time = ArchiveDate.parse(String(decoding: bytes, as: UTF8.self)) else { return }
    claim(ArchiveDate.parse(ArchiveDate.text(time)) == time, "a date that is written is read")
    claim(UTCTime(rfc3339: time.rfc3339) == time, "a time that is written is read")
  }

  static func sourcesList(_ bytes: [UInt8]) {
    for name in ["input.list", "input.sources"] {
      _ = answer { () throws(Failure) in
        try SourcesList.parse(bytes, name: name, architecture: "amd64").map { "\($0)" }
      }
    }
  }

  static func aptConfiguration(_ bytes: [UInt8]) {
    var configuration = AptConfiguration()
    _ = answer { () throws(Failure) in
      try configuration.read(bytes) { (_) throws(Failure) in [bytes] }
      return []
    }
    _ = configuration.value("Acquire::http::Proxy")
  }
}
