import SafeIO
import Testing

@testable import DebianRepository

/// Which questions a Release file makes clients ask, and what an apt configuration says.
@Suite struct ClientReachTests {
  private func release(_ head: String, _ paths: [(String, UInt64)]) throws -> ReleaseFile {
    let hash = SHA256Digest.of([]).hex
    let text = head + "SHA256:\n" + paths.map { " \(hash) \($0.1) \($0.0)\n" }.joined()
    return try ReleaseFile(Array(text.utf8).span, name: "test")
  }

  private func reach(
    _ head: String,
    _ listed: [String],
    there: [String] = [],
    isFlat: Bool = false
  ) throws -> ClientReach {
    ClientReach(of: try release(head, listed.map { ($0, 1) }), isFlat: isFlat) { file in
      there.contains(file.path.text)
    }
  }

  @Test func anyListedFormAnswers() throws {
    let all = [
      "main/binary-amd64/Packages", "main/binary-amd64/Packages.xz", "main/Contents-amd64.gz",
    ]
    let head = "Architectures: amd64\nComponents: main\n"
    let one = try reach(head, all, there: ["main/binary-amd64/Packages.xz"])
    #expect(one.questions.map(\.isAnswered) == [false, true])
    #expect(one.unanswered.map(\.path) == ["main/Contents-amd64"])
    #expect(one.absentComponents.isEmpty && one.absentArchitectures.isEmpty && !one.lacksAll)
    #expect(ClientReach.text(one.unanswered) == "Contents-deb (main/Contents-amd64)")
  }

  @Test func packagesForAllAreAskedForWhereReleaseDoesNotSayOtherwise() throws {
    let all = ["main/binary-amd64/Packages", "main/binary-all/Packages", "main/Contents-all"]
    let there = ["main/binary-amd64/Packages"]
    let plain = "Architectures: all amd64\nComponents: main\n"
    #expect(try reach(plain, all, there: there).lacksAll)
    let without = plain + "No-Support-for-Architecture-all: Packages\n"
    let debian = try reach(without, all, there: there)
    #expect(!debian.lacksAll && debian.unanswered.map(\.path) == ["main/Contents-all"])
    let none = try reach("Architectures: amd64\nComponents: main\n", all, there: there)
    #expect(none.unanswered.isEmpty)
  }

  @Test func componentsAndArchitecturesWithoutPackagesAreNamed() throws {
    let all = [
      "main/binary-amd64/Packages", "main/binary-arm64/Packages", "contrib/binary-amd64/Packages",
    ]
    let head = "Architectures: amd64 arm64 armhf\nComponents: updates/main updates/contrib extra\n"
    let one = try reach(head, all, there: ["main/binary-amd64/Packages"])
    #expect(one.absentComponents == ["updates/contrib", "extra"])
    #expect(one.absentArchitectures == ["arm64", "armhf"])
    #expect(
      ClientReach.text(["a"], ["b", "c"]) == "the component a and the architectures b, c"
    )
    #expect(ClientReach.text([], []) == nil)
  }

  @Test func anEmptyFileIsNotAskedFor() throws {
    let listed = try release(
      "Architectures: amd64\nComponents: main\n",
      [("main/i18n/Translation-en", 0), ("main/i18n/Translation-en.xz", 32)]
    )
    #expect(ClientReach(of: listed, isFlat: false) { _ in false }.questions.isEmpty)
  }

  @Test func whatAptCallsEachFile() throws {
    for (path, target) in [
      ("main/binary-i386/Packages", AptTarget.packages), ("main/source/Sources", .sources),
      ("main/i18n/Translation-pt_BR", .translations), ("main/Contents-amd64", .contents),
      ("main/Contents-source", .sourceContents), ("main/Contents-udeb-amd64", .udebContents),
      ("Contents-amd64", .oldContents), ("main/cnf/Commands-amd64", .commands),
      ("main/dep11/Components-amd64.yml", .appStream), ("main/dep11/icons-48x48.tar", .smallIcons),
      ("main/dep11/icons-64x64@2.tar", .iconsHiDPI),
    ] {
      let found = try reach("Architectures: i386\n", [path]).questions
      #expect(found.map(\.target) == [target], "\(path)")
    }
    for path in [
      "main/binary-amd64/Release", "main/dep11/CID-Index-amd64.json", "Contents-udeb-amd64",
      "main/debian-installer/binary-amd64/Packages", "main/i18n/Index", "de",
    ] {
      #expect(try reach("Architectures: amd64\n", [path]).questions.isEmpty, "\(path)")
    }
    let flat = try reach("", ["Packages", "de", "pt_BR", "Release.asc", "a"], isFlat: true)
    #expect(flat.questions.compactMap(\.language) == ["de", "pt_BR"])
  }

  @Test func listsOfAConfiguration() throws {
    var configuration = AptConfiguration()
    func read(_ text: String) throws { try configuration.read(Array(text.utf8)) }
    try read("Acquire::Languages { \"de\"; \"en\"; };\nAPT { Architectures:: \"amd64\"; };\n")
    try read("apt::architectures:: \"i386\"; // more\n# Acquire::Languages:: \"xx\";\n")
    #expect(configuration.list("Acquire::Languages") == ["de", "en"])
    #expect(configuration.list("APT::Architectures") == ["amd64", "i386"])
    try read("Acquire::IndexTargets { deb::CNF { MetaKey \"x\"; }; deb::B::MetaKey \"y\"; };\n")
    #expect(configuration.scopes(below: "acquire::indextargets::deb") == ["CNF", "B"])
    #expect(configuration.value("Acquire::IndexTargets::deb::CNF::MetaKey") == "x")
    try read(
      "#clear Acquire::Languages;\nAcquire::Languages \"fr,en\";\n#clear acquire::indextargets;\n"
    )
    #expect(configuration.list("Acquire::Languages") == ["fr", "en"])
    #expect(configuration.scopes(below: "acquire::indextargets::deb").isEmpty)
  }

  @Test func whatAConfigurationIncludes() throws {
    var configuration = AptConfiguration()
    var asked: [String] = []
    let text = "A \"1\";\n#include \"/x\";\n#include /y/;\nB::C \"2\";\n"
    try configuration.read(Array(text.utf8)) { (path) throws(Failure) in
      asked.append(path)
      return path == "/x" ? [Array("A \"3\"; B::C \"4\"; #include \"/x\";".utf8)] : []
    }
    // As deep as apt, and no deeper.
    #expect(asked == Array(repeating: "/x", count: 10) + ["/y/"])
    #expect(configuration.value("A") == "3" && configuration.value("B::C") == "2")
  }
}
