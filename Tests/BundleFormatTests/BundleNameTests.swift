import BundleFormat
import SafeIO
import Testing

@Suite struct BundleNameTests {
  @Test(arguments: ["a", "0", "bookworm", "Debian-12.5+x~1_y", String(repeating: "a", count: 100)])
  func `A plain name is valid`(_ name: String) { #expect(BundleName.isValid(name)) }

  @Test(arguments: [
    "", ".", "..", "-a", ".a", "_a", "a.", "a/b", "a\\b", "a b", "a\n", "ä", "a\u{0}", "a:b", "a*",
    String(repeating: "a", count: 101), "a\u{301}",
  ])
  func `A name that could climb, hide or not be carried is refused`(_ name: String) {
    #expect(!BundleName.isValid(name))
    #expect(failure { try BundleName.check(name, "stream") }?.code == "E-USAGE-NAME")
  }

  @Test func `Sequences have at least six digits`() {
    #expect(BundleName.directory(stream: "s", sequence: 1) == "s-000001")
    #expect(BundleName.directory(stream: "s", sequence: 1_234_567) == "s-1234567")
    #expect(BundleName.directory(stream: "s", sequence: 1 << 63 - 1) == "s-9223372036854775807")
  }

}
