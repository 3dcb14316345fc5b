import SafeIO
import Testing

@testable import Mirroring

@Suite struct AnswerRulesTests {
  private func decide(
    _ status: Int,
    offset: UInt64 = 0,
    size: UInt64? = 100,
    _ change: (inout AnswerHead) -> Void = { _ in }
  ) throws -> String {
    var head = AnswerHead(status: status)
    change(&head)
    let question = AnswerRules.Question(
      address: try UpstreamAddress("http://deb.example").appending("a/b"),
      offset: offset,
      size: size,
      limit: 1000
    )
    return switch AnswerRules.decide(head, question) {
    case .take(let start): "take \(start)"
    case .absent: "absent"
    case .notModified: "not modified"
    case .redirect(let address): "redirect \(address.text)"
    case .again(_, let after): "again \(after.map { "\($0)" } ?? "-")"
    case .restart: "restart"
    case .refuse: "refuse"
    case .forbid: "forbid"
    case .otherSize: "other size"
    }
  }

  @Test func wholeFiles() throws {
    #expect(try decide(200) == "take 0")
    #expect(try decide(200) { $0.contentLength = 100 } == "take 0")
    #expect(try decide(200) { $0.contentLength = 99 } == "other size")
    #expect(try decide(200) { $0.contentLength = 101 } == "other size")
    // The server knows no ranges: the file begins anew.
    #expect(try decide(200, offset: 50) { $0.contentLength = 100 } == "take 0")
    #expect(try decide(200, size: nil) { $0.contentLength = 1001 } == "refuse")
    #expect(try decide(200, size: nil) { $0.contentEncoding = "gzip" } == "refuse")
    #expect(try decide(200) { $0.contentEncoding = "x-gzip" } == "take 0")
  }

  @Test func partsOfFiles() throws {
    #expect(try decide(206, offset: 50) { $0.range = (50, 100) } == "take 50")
    #expect(try decide(206, offset: 50) { $0.range = (50, nil) } == "take 50")
    #expect(try decide(206, offset: 50) { $0.range = (49, 100) } == "restart")
    #expect(try decide(206, offset: 50) { $0.range = (50, 101) } == "restart")
    #expect(try decide(206, offset: 50) == "restart")
    #expect(
      try decide(206, offset: 50) { ($0.range, $0.contentLength) = ((50, 100), 51) } == "restart"
    )
    #expect(try decide(206) { $0.range = (0, 100) } == "refuse")
    #expect(try decide(416, offset: 50) == "restart")
    #expect(try decide(416) == "refuse")
  }

  @Test func trouble() throws {
    #expect(try decide(503) { $0.retryAfter = 7 } == "again 7")
    #expect(try decide(429) == "again -")
    #expect(try decide(404) == "absent")
    #expect(try decide(304) == "refuse")
    #expect(try decide(403) == "forbid")
    for status in [100, 204, 300, 305, 400, 401, 407, 418, 501, 999] {
      #expect(try decide(status) == "refuse", "\(status)")
    }
  }

  @Test func redirectsGoFromHTTPToHTTPSAndNeverBack() throws {
    func target(_ from: String, _ to: String) throws -> String? {
      var head = AnswerHead(status: 301)
      head.location = to
      let question = AnswerRules.Question(address: try UpstreamAddress(from).appending("a"))
      guard case .redirect(let address) = AnswerRules.decide(head, question) else { return nil }
      return address.text
    }
    #expect(try target("http://deb.example", "https://cdn.example/a") == "https://cdn.example/a")
    #expect(try target("https://deb.example", "http://deb.example/a") == nil)
    #expect(try target("https://deb.example", "https://cdn.example/a") != nil)
    #expect(try target("http://deb.example", "file:///etc/passwd") == nil)
  }

  @Test func redirects() throws {
    #expect(try decide(302) { $0.location = "/c" } == "redirect http://deb.example/c")
    #expect(
      try decide(302) { $0.location = "https://deb.example/c" } == "redirect https://deb.example/c"
    )
    #expect(try decide(302) { $0.location = "file:/etc/passwd" } == "refuse")
    #expect(try decide(302) == "refuse")
  }

  @Test(
    arguments: [
      ("120", nil, 120), ("Sat, 21 Nov 2026 00:02:00 GMT", nil, 120),
      // By the server's clock, which is an hour ahead.
      ("Sat, 21 Nov 2026 01:02:00 GMT", "Sat, 21 Nov 2026 01:00:00 GMT", 120),
      ("Fri, 20 Nov 2026 00:00:00 GMT", nil, 0), ("soon", nil, nil), ("-1", nil, nil),
    ] as [(String, String?, UInt64?)]
  )
  func retryAfter(text: String, date: String?, seconds: UInt64?) throws {
    let now = try #require(UTCTime(rfc3339: "2026-11-21T00:00:00Z"))
    #expect(AnswerHead.seconds(ofRetryAfter: text, date: date, now: now) == seconds)
  }

  @Test(arguments: [
    ("bytes 100-199/200", "100 200"), ("bytes 5-5/*", "5 -"), ("bytes 9-5/200", "nil"),
    ("bytes */200", "nil"), ("items 1-2/3", "nil"), ("bytes 1-2", "nil"),
    ("bytes 99999999999999999999-99999999999999999999/1", "nil"),
  ])
  func contentRanges(text: String, meaning: String) {
    let range = AnswerHead.range(text)
    #expect(range.map { "\($0.start) \($0.size.map { "\($0)" } ?? "-")" } ?? "nil" == meaning)
  }
}
