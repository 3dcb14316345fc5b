import TestSupport

/// A real apt, in directories of its own, that is asked what it reads.
struct AptJudge {
  let client: AptClient
  private let lists: String

  init(_ scratch: ScratchDirectory) throws {
    client = try AptClient(root: scratch.path("client"))
    lists = client.root + "/var/lib/apt/lists/"
    // What a cache remembers of the case before is of no use.
    try Disk.write(
      try Disk.text(client.root + "/apt.conf")
        + "Dir::Cache::pkgcache \"\";\nDir::Cache::srcpkgcache \"\";\n",
      to: client.root + "/apt.conf"
    )
  }

  /// What became of a suite.
  struct Suite: Equatable {
    /// Whether its Release file was taken.
    var isTaken = false
    /// The indexes of packages that were taken, below the suite's directory.
    var indexes: Set<String> = []
    /// Whether its Date is called invalid.
    var hasInvalidDate = false
    /// Whether a part of apt died over it, which says nothing.
    var wasFatal = false
  }

  private func setSources(_ text: String, name: String = "s.list") throws {
    let directory = client.root + "/etc/apt/sources.list.d/"
    for other in try Disk.names(in: directory) { Disk.remove(directory + other) }
    try Disk.write(text, to: directory + name)
  }

  private static func mangled(_ path: String) -> String { path.replacing("/", with: "_") }

  /// Updates from many trees at once, each with one suite `stable` whose component is `main`.
  func update(from roots: [String], armoredKey: String) throws -> (suites: [Suite], said: String) {
    let key = client.root + "/vendor.asc"
    try Disk.write(armoredKey, to: key)
    try setSources(
      roots.map { "deb [arch=amd64 signed-by=\(key)] file:\($0) stable main\n" }.joined()
    )
    Disk.remove(lists)
    try Disk.makeDirectory(lists + "partial")
    let result = try client.aptGet("update")
    if result.errors.contains("has died unexpectedly") {
      guard roots.count > 1 else { return ([Suite(wasFatal: true)], result.errors) }
      let half = roots.count / 2
      let parts = try [roots[..<half], roots[half...]].map {
        try update(from: Array($0), armoredKey: armoredKey)
      }
      return (parts[0].suites + parts[1].suites, parts[0].said + parts[1].said)
    }
    let names = try Disk.names(in: lists)
    let suites = roots.map { root in
      let prefix = AptJudge.mangled(root) + "_dists_stable_"
      var suite = Suite(isTaken: names.contains(prefix + "InRelease"))
      for name in names where name.hasPrefix(prefix) {
        let path = name.dropFirst(prefix.count).replacing("_", with: "/")
        guard let plain = path.firstRange(of: "/Packages") else { continue }
        suite.indexes.insert(String(path[..<plain.upperBound]))
      }
      suite.hasInvalidDate = result.errors.contains(
        "'Date' entry in Release file \(lists)partial/\(prefix)"
      )
      return suite
    }
    return (suites, result.errors)
  }

  /// A package as apt would fetch it.
  struct Offer: Hashable {
    let name: String
    /// The path below the root, as in the address, with the escapes undone.
    let path: String
    let size: Int
    let hash: String
  }

  /// What apt would fetch of an index in a flat repository; nil when it does not take the index.
  func offers(of index: String, at root: String, names: [String]) throws -> [Offer]? {
    try setSources("deb [trusted=yes] file:\(root) ./\n")
    try Disk.write(Array(index.utf8), to: lists + AptJudge.mangled(root) + "_._Packages")
    let all = try client.aptGet("download", "--print-uris", "?true")
    if all.status == 0 { return AptJudge.offers(in: all.text, root) }
    for sign in ["no Package: header", "Unable to parse", "could not be parsed", "MergeList"]
    where all.errors.contains(sign) {
      return nil
    }
    var offers: [Offer] = []
    for name in names {
      let one = try client.aptGet("download", "--print-uris", name)
      if one.status == 0 { offers += AptJudge.offers(in: one.text, root) }
    }
    return offers
  }

  private static func offers(in text: String, _ root: String) -> [Offer] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 4, words[0].hasPrefix("'file:\(root)/") else { return nil }
      let path = words[0].dropFirst("'file:\(root)/".count).dropLast()
      return Offer(
        name: String(words[1].prefix { $0 != "_" }),
        path: unescaped(String(path)),
        size: Int(words[2]) ?? -1,
        hash: String(words[3])
      )
    }
  }

  private static func unescaped(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The indexes of packages that apt would ask for by a sources file, as addresses without ending and
  /// without those for all architectures; nil when it does not take the file.
  func targets(of text: String, name: String) throws -> (addresses: Set<String>?, said: String) {
    try setSources(text, name: name)
    let result = try client.aptGet("update", "--print-uris")
    guard result.status == 0 else { return (nil, result.errors) }
    var addresses: Set<String> = []
    for line in result.text.split(separator: "\n") {
      let address = line.dropFirst().prefix { $0 != "'" }
      guard let dot = address.lastIndex(of: "."), !address.contains("/binary-all/") else {
        continue
      }
      let plain = address[..<dot]
      if plain.hasSuffix("/Packages") || plain.hasSuffix("/Sources") {
        addresses.insert(String(plain))
      }
    }
    return (addresses, result.errors)
  }
}
