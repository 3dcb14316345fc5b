import TestSupport

/// What this host's own apt has downloaded, or can download.
enum HostLists {
  private static let directory = "/var/lib/apt/lists"

  /// The package indexes, whatever they are.
  static let packages: [String] = names(in: directory, of: "_Packages")

  /// The signed Release files.
  static let releases: [String] = names(in: directory, of: "_InRelease")

  /// The paths that a Release file lists by SHA-256.
  static func listedPaths(_ path: String) throws -> [String] {
    try plain(path).split(separator: 0x0a).compactMap { line in
      let words = String(decoding: line, as: UTF8.self).split(separator: " ")
      guard line.first == 0x20, words.count == 3, words[0].utf8.count == 64 else { return nil }
      return String(words[2])
    }
  }

  private static func names(in directory: String, of kind: String) -> [String] {
    guard let names = try? Disk.names(in: directory) else { return [] }
    return names.filter { $0.contains(kind) }.map { directory + "/" + $0 }
  }

  /// An index, which apt keeps compressed in ways of its own.
  static func plain(_ path: String) throws -> [UInt8] {
    let result = try run(["/usr/lib/apt/apt-helper", "cat-file", path])
    try result.succeeded()
    return result.output
  }

  /// Downloads the source indexes of the host's smaller suites (the updates and the security ones)
  /// into a directory; none where there is no network or no such suite.
  static func fetchSources(into root: String) throws -> [String] {
    let script = """
      mkdir -p "$1/etc" "$1/lists/partial" "$1/cache"
      for file in /etc/apt/sources.list.d/*.sources; do
        [ -e "$file" ] || continue
        awk '/^Suites:/ { line = "Suites:"
               for (i = 2; i <= NF; i++) if ($i ~ /-updates$|-security$/) line = line " " $i
               print line; next }
             /^Types:/ { print "Types: deb-src"; next } { print }' "$file" |
          awk 'BEGIN { RS = ""; ORS = "\\n\\n" } /Suites: ./' > "$1/etc/${file##*/}"
      done
      cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
        sed -nE 's/^deb (.*(-updates|-security) .*)/deb-src \\1/p' > "$1/etc/all.list"
      apt-get --error-on=any -o Dir::State::Lists="$1/lists" -o Dir::Cache="$1/cache" \\
        -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$1/etc" \\
        -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=0 update
      """
    guard try run(["bash", "-c", script, "bash", root], limit: 60).status == 0 else { return [] }
    return names(in: root + "/lists", of: "_Sources")
  }

  /// What apt's library makes of an index: the lines that `body`, a part of a Python program,
  /// prints for each stanza `s`.
  static func listing(of bytes: [UInt8], by body: String) throws -> [UInt8] {
    try withScratchDirectory { scratch in
      let path = scratch.path("index")
      try Disk.write(bytes, to: path)
      let program = """
        import apt_pkg, sys
        apt_pkg.init_config()
        for s in apt_pkg.TagFile(open(sys.argv[1], "rb")):
        """
      let text = program + "\n" + body.split(separator: "\n").map { "    " + $0 + "\n" }.joined()
      let result = try run(["/usr/bin/python3", "-c", text, path])
      try result.succeeded()
      return result.output
    }
  }
}

/// Adds up the places of an index's stanzas: in one as archives write it, they are all of it, with
/// a blank line behind each.
struct Tiles {
  private let bytes: [UInt8]
  private var end = 0
  private(set) var areWhole = true

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func add(_ extent: Range<UInt64>) {
    areWhole = areWhole && Int(extent.lowerBound) == end && Int(extent.upperBound) <= bytes.count
    end = Int(extent.upperBound)
    if end < bytes.count {
      areWhole = areWhole && bytes[end] == 0x0a && bytes[end - 1] == 0x0a
      end += 1
    }
  }

  /// Whether nothing was left out.
  var reachTheEnd: Bool { areWhole && end == bytes.count }
}
