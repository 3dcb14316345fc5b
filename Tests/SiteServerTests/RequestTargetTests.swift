import SafeIO
import Testing

@testable import SiteServer

struct RequestTargetTests {
  @Test(arguments: [
    ("/debian/dists/bookworm/InRelease", ["debian", "dists", "bookworm", "InRelease"], false),
    ("/p/./name_1.0%2bb1_all.deb", ["p", "name_1.0+b1_all.deb"], false),
    ("/p/name_1.0+b1~2_all.deb", ["p", "name_1.0+b1~2_all.deb"], false),
    ("/a%7eb", ["a~b"], false), ("/a..b.deb", ["a..b.deb"], false), ("/", [], true),
    ("/debian/", ["debian"], true), ("/debian/.", ["debian"], true), ("/x?y=/../z", ["x"], false),
    ("http://host/debian/x", ["debian", "x"], false), ("/%252e", ["%2e"], false),
    ("/a;b", ["a;b"], false), ("//etc/passwd", ["etc", "passwd"], false),
    ("/p//pool/b.deb", ["p", "pool", "b.deb"], false),
    ("/p/pool/b/../a/x.deb", ["p", "pool", "a", "x.deb"], false),
    ("/a/%2e%2e/b", ["b"], false), ("/a/b/..", ["a"], true), ("/a/%2E/", ["a"], true),
  ])
  func reads(_ target: String, _ components: [String], _ isDirectory: Bool) throws {
    let read = try RequestTarget(target)
    #expect(read.components == components)
    #expect(read.isDirectory == isDirectory)
  }

  @Test(arguments: [
    "", "debian", "*", "/..", "/../etc/passwd", "/a/../../etc/passwd", "/%2E./x", "//",
    "/a/..", "/a/../-/audit", "//-/audit", "/./-//audit", "//api/mirrors", "/a/%2e./api/x",
    "/a%00.txt", "/%", "/%4", "/%zz", "/a%2fb", "/%ff", "/%c0%ae%c0%ae/x", "/%e0%80%af",
    "ftp://x/y",
    "http://host",
  ])
  func refuses(_ target: String) {
    #expect(throws: RequestTarget.Refusal.bad) { try RequestTarget(target) }
  }

  @Test func refusesWhatIsTooLong() {
    #expect(throws: RequestTarget.Refusal.long) {
      try RequestTarget("/" + String(repeating: "a", count: RequestTarget.longest))
    }
  }
}
