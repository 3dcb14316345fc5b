import Archives
import SafeIO
import Testing

@Suite struct TarListingTests {
  @Test(arguments: ["ustar", "pax", "gnu"])
  func `Lists what GNU tar packed`(format: String) throws {
    try withScratch { directory in
      let long = String(repeating: "l", count: 90) + "/" + String(repeating: "n", count: 90)
      #expect(
        directory.shell(
          """
          mkdir -p s/\(long.split(separator: "/")[0]) && printf hello > s/a && ln s/a s/b && \
          ln -s a s/c && printf grün > s/\(long) && printf x > s/ü && LC_ALL=C.UTF-8 \
          tar --sort=name --format=\(format) -cf t.tar s
          """
        ) == 0
      )
      var members: [TarMember] = []
      try TarListing.forEachMember(of: try directory.file("t.tar")) { members.append($0) }
      #expect(
        members == [
          TarMember(name: "s/", kind: .directory, size: 0, linkName: nil),
          TarMember(name: "s/a", kind: .regular, size: 5, linkName: nil),
          TarMember(name: "s/b", kind: .hardLink, size: 0, linkName: "s/a"),
          TarMember(name: "s/c", kind: .symbolicLink, size: 0, linkName: "a"),
          TarMember(
            name: "s/\(long.split(separator: "/")[0])/",
            kind: .directory,
            size: 0,
            linkName: nil
          ),
          TarMember(name: "s/\(long)", kind: .regular, size: 5, linkName: nil),
          TarMember(name: "s/ü", kind: .regular, size: 1, linkName: nil),
        ]
      )
    }
  }

  @Test func `A damaged header is refused, not skipped`() throws {
    try withScratch { directory in
      #expect(directory.shell("printf x > a; printf y > b; tar -cf t.tar a b") == 0)
      var bytes = try directory.get("t.tar")
      bytes[1024 + 20] ^= 1
      try directory.put("d.tar", bytes)
      expectFailure(.integrity, "damaged") {
        try TarListing.forEachMember(of: try directory.file("d.tar")) { _ in }
      }
      try directory.put("c.tar", Array(bytes[..<700]))
      expectFailure(.integrity, "damaged") {
        try TarListing.forEachMember(of: try directory.file("c.tar")) { _ in }
      }
    }
  }
}
