import DebianRepository
import SafeIO
import TestSupport
import Testing

@Suite struct HostIndexTests {
  @Test(
    .enabled(if: !HostLists.packages.isEmpty, "this host's apt has no lists: run apt-get update"),
    .enabled(if: VersionJudge.hasApt, "python3-apt is not installed"),
    arguments: HostLists.packages
  )
  func `apt reads the same of every package in this host's own indexes`(path: String) throws {
    let bytes = try HostLists.plain(path)
    var index = PackageIndexReader(.packages, name: path)
    var listing: [UInt8] = []
    var tiles = Tiles(bytes)
    func take(_ entry: PackageStanza) {
      listing.append(copying: entry.packageBytes)
      listing.append(0x09)
      listing.append(copying: entry.versionBytes)
      listing.append(0x09)
      listing.append(copying: entry.architectureBytes)
      listing.append(0x09)
      listing += entry.files.first?.path.bytes ?? []
      listing += Array("\t\(entry.size)\t".utf8)
      entry.sha256?.appendHex(to: &listing)
      listing.append(0x0a)
      tiles.add(entry.extent)
    }
    var start = 0
    while start < bytes.count {
      let end = min(start + (1 << 18), bytes.count)
      try index.feed(bytes.span.extracting(start..<end), take)
      start = end
    }
    try index.finish(take)
    let judged = try HostLists.listing(
      of: bytes,
      by: """
        path = s["Filename"]
        while path.startswith("./"):
            path = path[2:]
        print(s["Package"], s["Version"], s["Architecture"], path, s["Size"],
              s.get("SHA256", ""), sep="\\t")
        """
    )
    #expect(index.count > 0)
    #expect(listing == judged)
    #expect(tiles.reachTheEnd)
  }

  @Test(.enabled(if: VersionJudge.hasApt, "python3-apt is not installed"))
  func `apt reads the same of every source package in the indexes that this host can have`() throws
  {
    try withScratchDirectory { scratch in
      let paths = try HostLists.fetchSources(into: scratch.path)
      if paths.isEmpty { try Test.cancel("no source index could be had: no network?") }
      for path in paths {
        let bytes = try HostLists.plain(path)
        var index = PackageIndexReader(.sources, name: path)
        var lines: [String] = []
        var tiles = Tiles(bytes)
        func take(_ entry: PackageStanza) {
          let files = entry.files.map { "\($0.path) \($0.size) \($0.sha256?.hex ?? "")" }
          lines.append(([entry.package, entry.version] + files).joined(separator: "\t"))
          tiles.add(entry.extent)
        }
        try index.feed(bytes.span, take)
        try index.finish(take)
        let judged = try HostLists.listing(
          of: bytes,
          by: """
            files = [line.split() for line in s["Checksums-Sha256"].splitlines() if line.strip()]
            files = sorted((s["Directory"] + "/" + f[2], f[1], f[0]) for f in files)
            print(s["Package"], s["Version"], *map(" ".join, files), sep="\\t")
            """
        )
        #expect(index.count > 0)
        let expected = String(decoding: judged, as: UTF8.self).split(separator: "\n")
        #expect(lines == expected.map { String($0) })
        #expect(tiles.reachTheEnd)
      }
    }
  }
}
