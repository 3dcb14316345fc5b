import SafeIO
import Testing

@testable import Mirroring

@Suite struct UpstreamAddressTests {
  @Test(arguments: [
    ("http://deb.example/debian/", "http://deb.example/debian"),
    ("HTTP://Deb.Example:80/debian", "http://deb.example/debian"),
    ("https://deb.example:443", "https://deb.example"),
    ("https://deb.example:8443/a//", "https://deb.example:8443/a"),
    ("http://[::1]:8080/x", "http://[::1]:8080/x"),
    ("file:/srv/mirror", "file:/srv/mirror"),
    ("file:///srv/mirror/", "file:/srv/mirror"),
  ])
  func isReadAsPeopleWriteIt(written: String, meant: String) throws {
    #expect(try UpstreamAddress(written).text == meant)
  }

  @Test(arguments: [
    "deb.example/debian", "ftp://deb.example/", "http:/deb.example", "http://", "http://:80/x",
    "http://deb.example:0/", "http://deb.example:99999/", "http://deb example/", "file:srv",
    "http://deb.example/a?b", "http://deb.example/a#b", "http://deb.example/\u{1b}[2J", "",
  ])
  func whatIsNoAddressIsRefused(text: String) {
    #expect(throws: Failure.self) { try UpstreamAddress(text) }
  }

  @Test func credentialsAreRefusedAndNotRepeated() {
    let failure = #expect(throws: Failure.self) {
      try UpstreamAddress("https://user:secret@deb.example/debian")
    }
    #expect(failure == Failure(.usage, "credentials", ""))
    #expect(failure.map { "\($0)".contains("secret") } == false)
  }

  @Test func namesOfFilesAreEscapedLikeApt() throws {
    let root = try UpstreamAddress("http://deb.example/debian")
    #expect(
      root.appending("pool/g/g++_1%3a2~rc1 x.deb").text
        == "http://deb.example/debian/pool/g/g%2B%2B_1%253a2~rc1%20x.deb"
    )
  }

  @Test func escapesOfADirectoryAreResolved() throws {
    #expect(try UpstreamAddress("file:/srv/a%20b%2").directory == "/srv/a b%2")
  }

  @Test(arguments: [
    ("http://other.example/y", "http://other.example/y"),
    ("https://other.example:8443/y?z=1", "https://other.example:8443/y?z=1"),
    ("//cdn.example/y", "http://cdn.example/y"),
    ("/y", "http://deb.example/y"),
    ("c", "http://deb.example/a/c"),
    ("/a b", "http://deb.example/a%20b"),
  ])
  func redirectsLeadWhereTheySay(location: String, target: String) throws {
    let from = try UpstreamAddress("http://deb.example").appending("a/b")
    #expect(from.redirected(to: location)?.text == target)
  }

  @Test(arguments: ["", "ftp://x/", "javascript:x", "http://", "/a\r\nX: y", "//a b/"])
  func redirectsToNowhereAreNotFollowed(location: String) throws {
    let from = try UpstreamAddress("http://deb.example").appending("a/b")
    #expect(from.redirected(to: location) == nil)
  }
}
