import DebianRepository
import SafeIO
import TestSupport
import Testing

private let digest = String(repeating: "a", count: 64)

@Suite struct PackageIndexReaderTests {
  private func read(
    _ kind: PackageIndexReader.Kind,
    _ text: [UInt8],
    piece: Int = .max,
    _ body: (PackageStanza) -> Void
  ) throws {
    var reader = PackageIndexReader(kind, name: "index")
    for start in stride(from: 0, to: text.count, by: min(piece, text.count)) {
      let end = start + min(piece, text.count - start)
      try reader.feed(text.span.extracting(start..<end), body)
    }
    try reader.finish(body)
  }

  private func text(_ bytes: Span<UInt8>) -> String {
    String(decoding: Array(copying: bytes), as: UTF8.self)
  }

  @Test(arguments: [1, 3, 64, Int.max])
  func `Any field of a package is there, and all of its bytes`(piece: Int) throws {
    let stanzas = [
      """
      Package: a
      Version: 1
      Architecture: amd64
      Essential: yes
      Multi-Arch: same
      PRE-depends: b (>= 1:2~rc1) | c:any
      Depends: not this
      depends: d [amd64] <!nocheck>,
       e
      Recommends:
      Provides: f (= 3)
      Filename: a.deb
      Size: 1
      SHA256: \(digest)

      """,
      """
      Package: b
      Source: src (2)
      Filename: b.deb
      Size: 2
      SHA256: \(digest)
      Tag: x::y,
       z::w
      """,
    ]
    var found: [String] = []
    try read(.packages, Array(stanzas.joined(separator: "\n").utf8), piece: piece) { stanza in
      #expect(text(stanza.bytes) == stanzas[found.count])
      found.append(stanza.package)
      guard stanza.package == "a" else {
        #expect(stanza.source == "src")
        #expect(FieldName.relations.allSatisfy { stanza.string(of: $0) == nil })
        return
      }
      #expect(text(stanza.bytes(of: .preDepends)) == "b (>= 1:2~rc1) | c:any")
      #expect(text(stanza.bytes(of: .depends)) == "d [amd64] <!nocheck>,\n e")
      #expect(text(stanza.bytes(of: .provides)) == "f (= 3)")
      #expect(stanza.has(.recommends) && stanza.bytes(of: .recommends).isEmpty)
      #expect(!stanza.has(.suggests) && stanza.bytes(of: .suggests).isEmpty)
      #expect(stanza.string(of: .essential) == "yes" && stanza.string(of: .multiArch) == "same")
      #expect(stanza.string(of: FieldName("eSSENTIAL")) == "yes")
    }
    #expect(found == ["a", "b"])
  }

  @Test func `A source package's lists are read line by line`() throws {
    let stanza = """
      Package: a
      Version: 1
      Architecture: any all
      Architecture: any
      Package-List:
       a deb admin optional arch=any
      \t\u{20}
       a-doc deb doc optional arch=all\u{20}
      Directory: pool/a
      Checksums-Sha256:
       \(digest) 10 a_1.dsc
       \(digest) 5 a_1.tar.xz
      """
    var found: [String] = []
    try read(.sources, Array(stanza.utf8)) { stanza in
      #expect(stanza.label == "a 1 source" && stanza.source == "a" && stanza.size == 15)
      #expect(stanza.files.map(\.path.text) == ["pool/a/a_1.dsc", "pool/a/a_1.tar.xz"])
      stanza.forEachLine(of: .packageList) { found.append(text($0)) }
    }
    #expect(found == ["a deb admin optional arch=any", "a-doc deb doc optional arch=all"])
  }

  @Test(
    arguments: [
      "Version: 1\n", "Package: a\nSource: b\u{0}c\n", "Package: a\n\nstray\n",
    ]
  )
  func `A record of what is installed is refused where apt cannot read it`(text: String) {
    #expect(throws: Failure(.integrity, "malformed", "")) {
      try read(.status, Array(text.utf8)) { _ in }
    }
  }

  @Test func `dpkg has the same packages in the same state, with the same relations`() throws {
    let bytes = try Disk.read("/var/lib/dpkg/status")
    let judged = try run([
      "dpkg-query", "-W", "-f",
      "${binary:Package} ${Version} ${Architecture} ${db:Status-Status}|${Depends}|${Breaks}\\n",
    ]).succeeded().split(separator: "\n").map { String($0) }.sorted()
    var found: [String] = []
    try read(.status, bytes, piece: 1 << 16) { stanza in
      // dpkg shows the architecture of what may be there in several, and writes single blanks.
      let isSame = stanza.string(of: .multiArch) == "same"
      let name = stanza.package + (isSame ? ":\(stanza.architecture)" : "")
      let status = stanza.isInstalled ? "installed" : "config-files"
      found.append(
        "\(name) \(stanza.version) \(stanza.architecture) \(status)|"
          + "\(stanza.string(of: .depends) ?? "")|\(stanza.string(of: .breaks) ?? "")"
      )
    }
    #expect(found.count > 50)
    #expect(found.sorted() == judged)
  }
}
