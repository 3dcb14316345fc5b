import DebianRepository
import Foundation
import OpenPGP
import SafeIO
import TestSupport
import Testing

@testable import Depot
@testable import Publishing

@Suite("What clients are given")
struct ClientTests {
  private let key = ClientKey(
    fingerprint: String(repeating: "0123456789ABCDEF", count: 3).prefix(40).description,
    material: [0x98, 1, 2, 3]
  )
  private let now = UTCTime(seconds: 1_800_000_000)

  private func distribution(
    _ name: String,
    owner: KeyFiles.Owner = .vendor,
    view: String = "",
    keys: ClientKeySet? = nil,
    components: [ClientDistribution.Component],
    date: Int64? = nil,
    validUntil: Int64? = nil
  ) -> ClientDistribution {
    ClientDistribution(
      name: name,
      owner: owner,
      view: view,
      keys: keys ?? ClientKeySet([key]),
      components: components,
      date: date.map { UTCTime(seconds: $0) },
      validUntil: validUntil.map { UTCTime(seconds: $0) }
    )
  }

  private func component(
    _ name: String,
    _ architectures: [String],
    sources: Bool = false
  ) -> ClientDistribution.Component {
    .init(name: name, architectures: architectures, hasSources: sources)
  }

  private func plan(
    _ distributions: [ClientDistribution],
    withSources: Bool = false
  ) throws -> [ClientSource] {
    ClientSource.all(
      for: ClientFacts(prefix: "production/debian", distributions: distributions),
      at: try ClientAddress("http://apt.example/production/debian/"),
      withSources: withSources,
      now: now
    )
  }

  @Test(
    "an address is taken as apt wants it",
    arguments: [
      ("http://apt.example/", "http://apt.example"),
      ("https://apt.example:8443/debian//", "https://apt.example:8443/debian"),
      ("file:///srv/apt", "file:/srv/apt"), ("file:/srv/apt/", "file:/srv/apt"),
      ("copy:/media/apt", "copy:/media/apt"),
      ("http://[2001:db8::1]/a%20b", "http://[2001:db8::1]/a%20b"),
    ]
  )
  func address(given: String, taken: String) throws {
    #expect(try ClientAddress(given).text == taken)
  }

  @Test(
    "what is no address, or would mean something else in a file or a shell, is refused",
    arguments: [
      "", "apt.example", "http://", "http:/x", "ftp://apt.example", "file:relative",
      "file://host/x",
      "http://user:secret@apt.example", "http://apt.example/'", "http://apt.example/$(x)",
      "http://apt.example/a b", "http://apt.example/\nSuites: x", "http://apt.example/#x",
      "http://apt.example/{{x}}", "http://apt.example/\u{202e}",
    ]
  )
  func wrongAddress(text: String) {
    #expect(failure { _ = try ClientAddress(text) }?.kind == .usage)
  }

  @Test("distributions that have all in common share a stanza, others do not")
  func stanzas() throws {
    let both = [component("main", ["amd64", "arm64"]), component("contrib", ["amd64", "arm64"])]
    let sources = try plan([
      distribution("bookworm", components: both),
      distribution("bookworm-updates", components: both),
      distribution(
        "bookworm-security",
        keys: ClientKeySet([ClientKey(fingerprint: "F", material: [0x99])]),
        components: both
      ), distribution("bookworm-x", owner: .site, components: both),
      distribution("bookworm-y", view: "vendor", components: both),
      distribution("flat/", components: []),
    ])
    #expect(
      sources.map(\.suites) == [
        ["bookworm", "bookworm-updates"], ["bookworm-security"], ["bookworm-x"], ["bookworm-y"],
        ["flat/"],
      ]
    )
    #expect(sources[0].components == ["main", "contrib"])
    #expect(sources[0].address == "http://apt.example/production/debian")
    #expect(sources[3].address == "http://apt.example/production/debian/vendor")
    #expect(sources[4].components.isEmpty && sources[4].architectures.isEmpty)
  }

  @Test("components of other architectures, or with sources, get stanzas of their own")
  func grid() throws {
    let one = distribution(
      "stable",
      components: [
        component("main", ["amd64", "arm64"], sources: true), component("contrib", ["amd64"]),
        component("non-free", ["amd64"]),
      ]
    )
    let plain = try plan([one])
    #expect(plain.map(\.components) == [["main"], ["contrib", "non-free"]])
    #expect(plain.map(\.architectures) == [["amd64", "arm64"], ["amd64"]])
    #expect(plain.allSatisfy { $0.types == ["deb"] })
    #expect(try plan([one], withSources: true).map(\.types) == [["deb", "deb-src"], ["deb"]])
  }

  @Test("only what the vendor signed and has ended is taken longer, and not for ever")
  func validity() throws {
    let main = [component("main", ["amd64"])]
    let day: Int64 = 86_400
    let date = now.seconds - 10 * day - 1
    func validity(_ owner: KeyFiles.Owner, _ until: Int64?) throws -> ClientSource.Validity? {
      try plan([
        distribution("stable", owner: owner, components: main, date: date, validUntil: until)
      ]).first?.validity
    }
    let ended = ClientSource.Extension(
      date: UTCTime(seconds: date),
      end: UTCTime(seconds: date + 7 * day),
      seconds: (11 + 365) * day
    )
    #expect(try validity(.vendor, date + 7 * day) == .ended(ended))
    #expect(ended.newEnd > now.adding(seconds: 364 * day))
    #expect(try validity(.vendor, nil) == .asStated)
    // An end that lies ahead passes too.
    let later = now.seconds + day
    let ending = ClientSource.Extension(
      date: UTCTime(seconds: date),
      end: UTCTime(seconds: later),
      seconds: (11 + 365) * day
    )
    #expect(try validity(.vendor, later) == .ending(ending))
    #expect(try validity(.site, date + 7 * day) == .asStated)
    let text = ClientText(
      ClientFacts(prefix: "p", distributions: []),
      try plan([distribution("stable", components: main, date: date, validUntil: date + 7 * day)])
    )
    #expect(text.text(.sources).contains("\nValid-Until-Min: \(ended.seconds)\n"))
    #expect(text.text(.list).contains("valid-until-min=\(ended.seconds)"))
    for format in ClientText.Format.allCases {
      #expect(!text.text(format).lowercased().contains("check-valid-until"))
      #expect(!text.text(format).contains("Acquire::"))
    }
  }

  @Test("of targets and languages the shorter list is written, and nothing where all is there")
  func words() {
    #expect(ClientChoices.Words.choose(present: ["a"], absent: []) == .own)
    #expect(ClientChoices.Words.choose(present: ["a"], absent: ["b"]) == .only(["a"]))
    #expect(ClientChoices.Words.choose(present: ["a", "c"], absent: ["b"]) == .without(["b"]))
    #expect(ClientChoices.Words.choose(present: ["none"], absent: ["b"]) == .only(["none"]))
  }

  @Test("components that lack other files have stanzas of their own")
  func choices() throws {
    var choices = ClientChoices()
    choices.targets = .without(["CNF"])
    choices.languages = .only(["de", "en"])
    let sources = try plan([
      distribution(
        "stable",
        components: [
          component("main", ["amd64"]),
          .init(name: "contrib", architectures: ["amd64"], hasSources: false, choices: choices),
          component("extra", ["amd64"]),
        ]
      )
    ])
    #expect(sources.map(\.components) == [["main", "extra"], ["contrib"]])
    let text = ClientText(ClientFacts(prefix: "p", distributions: []), sources)
    #expect(text.text(.sources).contains("\nTargets-Remove: CNF\nLanguages: de en\n"))
    #expect(text.text(.list).contains(" target-=CNF lang=de,en "))
  }

  @Test("files are named so that apt reads them")
  func names() throws {
    for (prefix, name) in [
      ("debian", "aptferry-debian"), ("production/debian", "aptferry-production_debian"),
      ("a+b~1/x", "aptferry-a-b-1_x"),
    ] {
      #expect(ClientText(ClientFacts(prefix: prefix, distributions: []), []).name == name)
    }
  }

  @Test("what a Release file says cannot become another field, a command or an option")
  func hostileWords() throws {
    for word in ["", "-x", "a b", "a\nTrusted: yes", "$(x)", "a'b", "{{x}}", "a#b", "ä", "a]"] {
      #expect(failure { _ = try ClientWord.check(word, "component") }?.kind == .unsafe, "\(word)")
    }
    #expect(try ClientWord.check("updates/main", "component") == "updates/main")
  }

  @Test("components and architectures are those that are there, not all that Release lists")
  func components() throws {
    let paths = [
      "dists/s/InRelease", "dists/s/main/binary-amd64/Packages.xz",
      "dists/s/main/binary-amd64/by-hash/SHA256/Packages", "dists/s/main/binary-all/Packages.gz",
      "dists/s/main/debian-installer/binary-armhf/Packages.xz", "dists/s/main/source/Sources.xz",
      "dists/s/updates/contrib/binary-arm64/Packages", "dists/s/extra/binary-amd64/Packages",
      "dists/s/unlisted/binary-amd64/Packages", "dists/s2/other/binary-amd64/Packages",
      "pool/binary-amd64/Packages",
    ]
    var builder = FileList.Builder()
    for path in paths { try builder.add(path: path, size: 1, digest: SHA256Digest.of([])) }
    let hash = SHA256Digest.of([]).hex
    let listed = paths.filter { $0.hasPrefix("dists/s/") && !$0.contains("unlisted") }
      .map { " \(hash) 1 \($0.dropFirst("dists/s/".count))\n" }.joined()
    let text = """
      Architectures: all amd64 arm64 i386
      Components: zebra updates/contrib main
      SHA256:
      \(listed)
      """
    let release = try ReleaseFile(Array(text.utf8).span, name: "test")
    let found = try ClientDistribution.Component.all(
      below: "dists/s/",
      in: try builder.finish(),
      of: release
    )
    #expect(
      found == [
        component("updates/contrib", ["arm64"]), component("main", ["amd64"], sources: true),
        component("extra", ["amd64"]),
      ]
    )
  }

  @Test("key files come in both forms, and apt's rule for keyrings is kept")
  func keyFiles() throws {
    let home = try #require(try? VendorKey.shared.get())
    let public1 = try #require(
      try KeyFile.read(Array(home.armored.utf8), name: "vendor").first
    )
    let vendor = ClientKeySet([
      ClientKey(fingerprint: public1.fingerprint.text, material: public1.material)
    ])
    let other = ClientKeySet([key])
    let files = try KeyFiles.files(vendor: [vendor], site: other)
    #expect(
      files.keys.sorted() == [
        "keys/site.asc", "keys/site.gpg", "keys/vendor.asc", "keys/vendor.gpg",
      ]
    )
    #expect(files["keys/vendor.gpg"] == public1.material)
    let again = try KeyFile.read(try #require(files["keys/vendor.asc"]), name: "again")
    #expect(again.map(\.fingerprint) == [public1.fingerprint])
    // Two vendors, and two keys in one set.
    let several = try KeyFiles.files(
      vendor: [vendor, ClientKeySet([key] + vendor.keys)],
      site: nil
    )
    let names = several.keys.sorted()
    #expect(names.count == 4 && names.allSatisfy { $0.hasPrefix("keys/vendor-") }, "\(names)")
    // Sets that share keys in every way still have files of their own.
    let keys = ["A", "B", "C"].map { ClientKey(fingerprint: $0, material: [0x99] + Array($0.utf8)) }
    let sets = [[0, 1], [1, 2], [0, 2], [0]].map { set in ClientKeySet(set.map { keys[$0] }) }
    #expect(try KeyFiles.files(vendor: sets, site: nil).count == 2 * sets.count)
    let scratch = try Scratch()
    defer { scratch.remove() }
    let catalogue = scratch.depot.catalogue
    try catalogue.add(
      TrustRecord(
        fingerprint: public1.fingerprint.text,
        role: .upstream,
        name: "mirror:debian",
        userIDs: "",
        material: public1.material,
        added: now
      )
    )
    var recipe = PublicationRecipe()
    let signers = [
      ("signed", public1.fingerprint.text), ("gone", String(repeating: "A", count: 40)),
    ]
    for (name, signer) in signers + [("unsigned", "")] {
      let record = SnapshotRecord(
        name: name,
        digest: SHA256Digest.of([]),
        suites: [
          SuiteRecord(
            distribution: name,
            proof: signer.isEmpty ? .unsigned(vouchedBy: []) : .signed(by: [signer]),
            date: nil
          )
        ],
        files: 0,
        bytes: 0,
        created: now,
        origin: "test"
      )
      try catalogue.insert(record)
      let snapshot = SnapshotReference(name: name, digest: record.digest)
      recipe.put(.init(name: name, source: name, mode: .verbatim, snapshot: snapshot))
    }
    let planned = try KeyFiles.files(
      of: recipe,
      signers: { () throws(Failure) in try Publisher.noKey() },
      in: scratch.depot
    )
    #expect(try KeyFiles.files(vendor: [vendor], site: nil) == planned)
    let weak = ClientKeySet([ClientKey(fingerprint: "F", material: [0x20])])
    #expect(failure { _ = try KeyFiles.files(vendor: [weak], site: nil) }?.kind == .state)
  }
}
