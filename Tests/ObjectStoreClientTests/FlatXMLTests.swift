#if Network
import TestSupport
import Testing

@testable import ObjectStoreClient

/// Documents of stores, and what is none.
@Suite struct FlatXMLTests {
  private static let list = """
    <?xml version="1.0" encoding="UTF-8"?>
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>
    <Contents><Key>pool/g++&amp;&lt;&#x41;&#66;</Key><Size>7</Size><ETag>&quot;x&quot;</ETag></Contents>
    <Contents><Key>ü</Key><Size>0</Size></Contents><Empty/><IsTruncated>false</IsTruncated>
    </ListBucketResult>
    """

  @Test func reads() throws {
    let document = try #require(FlatXML.read(Array(Self.list.utf8)))
    #expect(document.name == "ListBucketResult")
    #expect(document.all("Contents").map { $0.text("Key") } == ["pool/g++&<AB", "ü"])
    #expect(document.all("Contents")[0].text("ETag") == "\"x\"")
    #expect(document["Empty"]?.text == "" && document.text("IsTruncated") == "false")
  }

  @Test(arguments: [
    "", "text", "<a>", "<a></b>", "<a></a><b/>", "<a/>x", "<!DOCTYPE a><a/>", "<a>&x;</a>",
    "<a><!-- c --></a>", "<a><![CDATA[x]]></a>", "<a>&#0;</a>", "<a>&#xd800;</a>", "<a b=c/>",
    "<a b='<'/>", "<a b='", "<a><?x?></a>", "<a>&amp</a>", "< a/>", "<:/>",
    String(repeating: "<a>", count: 9) + String(repeating: "</a>", count: 9),
    "<a>" + String(repeating: "<b/>", count: 50_001) + "</a>",
  ])
  func refuses(text: String) { #expect(FlatXML.read(Array(text.utf8)) == nil) }

  @Test func refusesWhatIsNoText() {
    #expect(FlatXML.read([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]) == nil)
  }

  /// Whatever bytes come, it ends and does not trap.
  @Test func endsOnDamage() {
    var generator = SeededGenerator(seed: 18)
    let text = Array(Self.list.utf8)
    for _ in 0..<20_000 {
      var damaged = text
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<damaged.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: damaged[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: damaged.remove(at: place)
        default: damaged.insert(contentsOf: damaged[..<min(place, 40)], at: place)
        }
      }
      _ = FlatXML.read(damaged)
    }
  }
}
#endif
