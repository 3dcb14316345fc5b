import DebianRepository
import SafeIO
import Testing

@Suite struct SourcesListTests {
  private let fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567"

  private func parse(_ text: String, _ name: String = "x.sources") throws -> [SourcesEntry] {
    try SourcesList.parse(Array(text.utf8), name: name, architecture: "amd64")
  }

  @Test func deb822() throws {
    let entries = try parse(
      """
      # The host's own.
      Types: deb deb-src
      URIs: http://a.example/debian
      Suites: bookworm
       bookworm-updates
      # between
      Components: main contrib
      Architectures: amd64 arm64
      Signed-By: /usr/share/keyrings/a.gpg

      Enabled: no
      Types: deb
      URIs: http://off.example/
      Suites: ./

      Types: deb
      URIs: https://b.example/flat
      Suites: ./
      Trusted: yes
      Signed-By:
       -----BEGIN PGP PUBLIC KEY BLOCK-----
       .
       mQENBF
       -----END PGP PUBLIC KEY BLOCK-----
      """
    )
    #expect(entries.count == 2)
    #expect(entries[0].suites == ["bookworm", "bookworm-updates"])
    #expect(entries[0].components == ["main", "contrib"])
    #expect(entries[0].architectures == ["amd64", "arm64"])
    #expect(entries[0].hasBinaries && entries[0].hasSources)
    #expect(entries[0].signedBy == .files(["/usr/share/keyrings/a.gpg"], fingerprints: []))
    #expect(entries[1].isTrusted)
    #expect(
      entries[1].signedBy
        == .embedded(
          "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBF\n-----END PGP PUBLIC KEY BLOCK-----\n"
        )
    )
  }

  @Test func oneLine() throws {
    let entries = try parse(
      """
      deb [arch=amd64,arm64 signed-by=/k.gpg,\(fingerprint)!] http://a.example/debian bookworm main # why
      deb-src [ arch=amd64,arm64 signed-by=/k.gpg,\(fingerprint)! ] http://a.example/debian bookworm main
      deb http://b.example/x ./

      # deb http://c.example bookworm main
      """,
      "x.list"
    )
    #expect(entries.count == 2)
    #expect(entries[0].hasBinaries && entries[0].hasSources)
    #expect(entries[0].architectures == ["amd64", "arm64"])
    #expect(entries[0].signedBy == .files(["/k.gpg"], fingerprints: [fingerprint]))
    #expect(entries[1].suites == ["./"] && entries[1].components.isEmpty)
  }

  @Test func `The architecture is put in where apt puts it in`() throws {
    let list = try parse(
      "deb http://a.example/$(ARCH) x-$(ARCH) main\ndeb http://b.example/ $(ARCH)/\n",
      "x.list"
    )
    #expect(list.map(\.uri) == ["http://a.example/amd64", "http://b.example/"])
    #expect(list.map(\.suites) == [["x-$(ARCH)"], ["amd64/"]])
    let stanza = try parse(
      "Types: deb\nURIs: http://a.example/$(ARCH)/\nSuites: $(ARCH)/ $(ARCH)/x/\n"
    )
    #expect(stanza.map(\.uri) == ["http://a.example/amd64/"])
    #expect(stanza[0].suites == ["amd64/", "amd64/x/"])
  }

  @Test func `Quotes, brackets and escapes belong to words as for apt`() throws {
    let entries = try parse(
      """
      deb [arch="amd64"  trusted=yes arch-=arm64]  "http://a.example/x%20y"   b\tmain
      \tdeb [ signed-by=/k#1.gpg ] "http://b.example/"  c  main # [ a ] comment
      """,
      "x.list"
    )
    #expect(entries.map(\.uri) == ["http://a.example/x y", "http://b.example/"])
    #expect(entries[0].architectures == ["amd64"] && entries[0].isTrusted)
    #expect(entries[1].signedBy == .files(["/k#1.gpg"], fingerprints: []))
    #expect(entries[1].components == ["main"])
  }

  @Test func `What is repeated, commented out or oddly enabled in a stanza is read as apt does`()
    throws
  {
    let entries = try parse(
      """

      Types: rpm
      Types: deb
      #Enabled: no
      Enabled: perhaps
      URIs: http://a.example/
      Suites: b
      Components: main
      Architectures: amd64,arm64
      Architectures-Remove: arm64
      Signed-By: /a.gpg, \(fingerprint)
      """
    )
    #expect(entries.count == 1 && entries[0].architectures == ["amd64"])
    let none = "Types: deb\nURIs: http://a.example/\nSuites: b\nComponents: main\nArchitectures:\n"
    #expect(try parse(none).isEmpty)
    #expect(entries[0].signedBy == .files(["/a.gpg"], fingerprints: [fingerprint]))
  }

  @Test(arguments: ["x.list", "x.sources"])
  func linesMayEndAsOnWindows(name: String) throws {
    let text =
      name == "x.list"
      ? "deb [signed-by=/k.gpg] http://a.example b main\r\ndeb http://c.example d main\r\n"
      : "Types: deb\nURIs: http://a.example\nSuites: b\nComponents: main\nSigned-By: /k.gpg\n\n"
        .replacing("\n", with: "\r\n")
        + "Types: deb\r\nURIs: http://c.example\r\nSuites: d\r\nComponents: main\r\n"
        + "Signed-By:\r\n -----BEGIN PGP PUBLIC KEY BLOCK-----\r\n .\r\n mQENBF\r\n"
    let entries = try parse(text, name)
    #expect(entries.map(\.uri) == ["http://a.example", "http://c.example"])
    #expect(entries.map(\.components) == [["main"], ["main"]])
    #expect(entries[0].signedBy == .files(["/k.gpg"], fingerprints: []))
    if name == "x.sources" {
      #expect(
        entries[1].signedBy == .embedded("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBF\n")
      )
    }
  }

  @Test(arguments: [
    ("Types: rpm\nURIs: http://a/\nSuites: b", "x.sources"),
    ("Types: deb\nURIs: http://a/", "x.sources"),
    ("nonsense", "x.sources"), ("rpm http://a b", "x.list"), ("deb http://a", "x.list"),
    ("deb [arch=amd64 http://a b", "x.list"),
    ("deb http://a b", "x.list"), ("deb http://a b/ main", "x.list"),
    ("deb nowhere b main", "x.list"), ("deb [arch] http://a b main", "x.list"),
    ("Types: deb\nURIs: http://a/\nSuites: b\n", "x.sources"),
    ("Types: deb\nURIs: http://a/\nSuites: ./\nComponents: main\n", "x.sources"),
    ("URIs: http://a/\nSuites: ./\n", "x.sources"),
    // What is no fingerprint must not be passed over: all keys of the file would count.
    ("Types: deb\nURIs: http://a/\nSuites: b\nSigned-By: /k.gpg 01234567", "x.sources"),
    ("Types: deb\nURIs: http://a/\nSuites: b\nSigned-By: k.gpg", "x.sources"),
    ("deb [signed-by=/k.gpg,0123!] http://a b", "x.list"),
  ])
  func whatAptWouldNotReadIsRefused(text: String, name: String) {
    #expect(throws: Failure(.configuration, "sources-file", "")) { try parse(text, name) }
  }
}
