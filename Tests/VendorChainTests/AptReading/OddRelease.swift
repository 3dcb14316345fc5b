import TestSupport

/// Makes Release files as scripts and people write them: odd, but plausible.
enum OddRelease {
  typealias Random = SeededGenerator

  static func pick<Choice>(_ choices: [Choice], _ random: inout Random) -> Choice {
    choices[Int.random(in: choices.indices, using: &random)]
  }

  static func chance(_ oneIn: Int, _ random: inout Random) -> Bool {
    Int.random(in: 0..<oneIn, using: &random) == 0
  }

  static let dates = [
    "Mon, 05 Jan 2026 13:22:30 UTC", "Mon, 5 Jan 2026  3:22:30 +0000",
    "Mon, Jan 05 2026 15:24:22 +0000",
    "2026-01-05 13:22:30 UTC", "2026-01-05T13:22:30Z", "Tue, 06 Jan 2026 21:22:35 +0800", "",
    "Mon Jan  5 13:22:30 2026", "Mon Jan  5 13:22:30 UTC 2026", "Monday, 05-Jan-26 13:22:30 GMT",
    "mon, 05 jan 2026 13:22:30 Z", "Mo, 05 Jan 2026 13:22:30 UTC", "Mon, 05 Jan 2026 13:22 UTC",
    "Mon, 05 Jan 2026 13:22:30 GMT", "Mon, 05 Jan 2026 13:22:30 CET",
    "Mon, 31 Feb 2026 13:22:30 UTC",
    "Mon, 05 Jan 2026 13:22:30.250 UTC", "Mon, 05 January 2026 13:22:30 UTC", "Mon, 05 Jan 2026",
    "Mon, 05 Jan 26 13:22:30 UTC", "Mon, 05 Jan 2026 25:22:30 UTC", "Mon, 05 Foo 2026 13:22:30 UTC",
    "Mon,  05  Jan\t2026 13:22:30\tUTC", "Mon 05 Jan 2026 13:22:30 UTC", "1767619350",
    "Mon, 05 Jan 2026 13:22:30 -0000", "Mon, 05 Jan 2026 13:22:75 UTC",
    "Mon, 05 Jan 2026 13:22:62 UTC",
  ]
  static let ends = [
    nil, nil, nil, nil, "Fri, 05 Jan 2201 13:22:30 UTC", "", "next year", "2201-01-05",
    "Fri Jan  5 13:22:30 2201", "Fri, 05 Jan 2201 13:22:30 +0100",
  ]
  static let architectures = [
    nil, "Architectures: amd64", "Architectures: amd64 all", "Architectures: all",
    "Architectures: arm64", "Architecture: amd64", "Architectures: amd64\nall",
    "Architectures: amd64\n all", "Architectures:\n amd64 all", "Architectures:\tamd64\tall",
    "Architectures: amd64  all ", "Architectures: amd64,all", "Architectures:",
    "architectures: all amd64",
    "Architectures: source amd64 all", "Architectures: any",
  ]
  static let components = [
    nil, "Components: main", "Components: main contrib", "Components: updates/main",
    "Components: other",
    "Components: main,contrib", "Component: main", "Components:", "Components: main\tcontrib",
    "Components: x/main/y", "Components: ./main",
  ]
  static let support = [
    nil, nil, nil, "Packages", "Packages Sources", "packages", "Sources", "Sources Packages",
    "Sources\tPackages",
  ]
  static let strays = [
    "# made by hand", "# made: by hand", "no colon", " a line before all", ":", ": nameless",
    "X-Note: a",
    "X-Note:", "Suite: stable", "Suite: other", "Description: several\n lines\n .\n of it", "---",
    "\tx",
    "Acquire-By-Hash: yes", "Label: Gesch\u{e4}ft", "Codename stable", "X-Empty:\n .",
  ]

  /// The text of a Release file about a tree.
  static func text(about tree: OddTree, _ random: inout Random) -> String {
    var lines = ["Origin: Vendor", "Label: Vendor", "Suite: stable", "Codename: stable"]
    lines.append("Date: " + (chance(2, &random) ? dates[0] : pick(dates, &random)))
    if let end = pick(ends, &random) { lines.append("Valid-Until: " + end) }
    if let line = pick(architectures, &random) { lines.append(line) }
    if let line = pick(components, &random) { lines.append(line) }
    if let targets = pick(support, &random) {
      lines.append("No-Support-for-Architecture-all: " + targets)
    }
    lines.shuffle(using: &random)
    if chance(8, &random) { lines.removeAll { $0.hasPrefix("Date") } }
    for _ in 0..<pick([0, 0, 0, 1, 1, 2], &random) {
      lines.insert(pick(strays, &random), at: Int.random(in: 0...lines.count, using: &random))
    }
    var lists = [list("SHA256", tree, &random)]
    if chance(3, &random) { lists.append(list("MD5Sum", tree, &random, isPlain: true)) }
    if chance(12, &random) { lists.append(list("SHA256", tree, &random)) }
    if chance(25, &random) { lists.removeFirst() }
    let at = chance(3, &random) ? Int.random(in: 0...lines.count, using: &random) : lines.count
    lines.insert(contentsOf: lists.shuffled(using: &random), at: at)
    var text = lines.joined(separator: "\n") + "\n"
    if chance(10, &random) {
      text += pick(["\n\n", "\n \n", "x", "x\n", "\nSuite: other\n", "\n\n# end\n"], &random)
    }
    if chance(15, &random) {
      text = pick(["\n", "\n\n", " \n", "#\n", "\u{feff}"], &random) + text
    }
    if chance(25, &random) { text = text.replacing("\n", with: "\r\n") }
    return text
  }

  private static func list(
    _ hash: String,
    _ tree: OddTree,
    _ random: inout Random,
    isPlain: Bool = false
  ) -> String {
    var lines = tree.indexes.map { index in
      " \(hash == "MD5Sum" ? index.md5 : index.sha256) \(index.size) \(index.path)"
    }
    if isPlain { return hash + ":\n" + lines.joined(separator: "\n") }
    if chance(4, &random) { lines.removeAll { $0.hasSuffix("/Packages") } }
    if chance(6, &random) { lines.remove(at: Int.random(in: lines.indices, using: &random)) }
    if chance(4, &random), !lines.isEmpty {
      let at = Int.random(in: lines.indices, using: &random)
      lines[at] = changed(lines[at], &random)
    }
    if chance(6, &random), let line = lines.randomElement(using: &random) {
      lines.insert(changed(line, &random), at: Int.random(in: 0...lines.count, using: &random))
    }
    if chance(12, &random) { lines = lines.map { $0.replacing(" main/", with: " ./main/") } }
    if chance(15, &random) { lines = lines.map { $0.replacing(" ", with: "\t") } }
    if chance(15, &random) { lines = lines.map { " " + $0.replacing(" ", with: "   ") + " " } }
    let head = pick([hash, hash, hash, hash, hash.lowercased(), hash + " "], &random) + ":"
    if chance(15, &random), let first = lines.first {
      return ([head + first] + lines.dropFirst()).joined(separator: "\n")
    }
    return ([head] + lines).joined(separator: "\n")
  }

  /// A line of a list with something odd in it.
  private static func changed(_ line: String, _ random: inout Random) -> String {
    let words = line.split(separator: " ").map { String($0) }
    guard words.count == 3 else { return line }
    let (hash, size, path) = (words[0], words[1], words[2])
    return pick(
      [
        " \(hash) \(size) ./\(path)", " \(hash) \(size) \(path) extra", " \(hash) 0\(size) \(path)",
        " \(hash) +\(size) \(path)", " \(hash) \(size)B \(path)", " \(hash) 1\(size) \(path)",
        " \(hash.uppercased()) \(size) \(path)", " \(hash.dropLast()) \(size) \(path)",
        " \(String(hash.reversed())) \(size) \(path)", " \(hash) \(path)", " \(hash) 0 \(path)",
        " \(hash) -1 \(path)", " \(hash) x \(path)", " \(hash) \(size) /\(path)",
        " \(hash) \(size) dists/stable/\(path)", " \(hash) \(size) \(path)/",
        " \(hash)\n  \(size) \(path)",
        " \(hash) \(size) main//binary-amd64/Packages",
      ],
      &random
    )
  }
}
