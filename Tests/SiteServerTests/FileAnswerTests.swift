import SafeIO
import Testing

@testable import SiteServer

struct FileAnswerTests {
  static let modified = UTCTime(seconds: 784_111_777)
  static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
  static let facts = FileFacts(size: 10_000, modified: modified, tag: "\"abc\"")

  private func answer(size: UInt64 = 10_000, _ change: (inout FileRequest) -> Void) -> FileAnswer {
    var request = FileRequest()
    change(&request)
    return FileAnswer(
      to: request,
      FileFacts(size: size, modified: FileAnswerTests.modified, tag: "\"abc\"")
    )
  }

  @Test func writesAndReadsDates() {
    #expect(HTTPDate.text(FileAnswerTests.modified) == FileAnswerTests.date)
    #expect(HTTPDate.time(FileAnswerTests.date) == FileAnswerTests.modified)
    for text in ["", "Sun, 06 Nov 1994 08:49:37", "Sun, 6 Nov 1994 08:49:37 GMT", "784111777"] {
      #expect(HTTPDate.time(text) == nil)
    }
  }

  @Test(arguments: [
    ("bytes=0-499", FileAnswer.part(0...499)), ("bytes=9500-", .part(9500...9999)),
    ("bytes=-500", .part(9500...9999)), ("bytes=-20000", .part(0...9999)),
    ("bytes=9999-99999999999999999999999", .part(9999...9999)), ("bytes=10000-", .unsatisfiable),
    ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
    ("bytes=5-4", .whole), ("bytes=a-b", .whole), ("bytes=-", .whole), ("bytes=0-1,5-6", .whole),
    ("items=0-5", .whole), ("BYTES=0-0", .part(0...0)), ("bytes=+1-5", .whole),
  ])
  func answersRanges(_ range: String, _ expected: FileAnswer) {
    #expect(answer { $0.range = range } == expected)
  }

  @Test func nothingHasNoPart() {
    #expect(answer(size: 0) { $0.range = "bytes=0-" } == .unsatisfiable)
    #expect(answer(size: 0) { $0.range = "bytes=-1" } == .unsatisfiable)
  }

  @Test(arguments: ["\"abc\"", FileAnswerTests.date])
  func sendsAPartWhenNothingHasChanged(_ condition: String) {
    #expect(
      answer {
        ($0.range, $0.ifRange) = ("bytes=1-2", condition)
      } == .part(1...2)
    )
  }

  @Test(arguments: ["\"abd\"", "W/\"abc\"", "Sun, 06 Nov 1994 08:49:38 GMT", "yesterday"])
  func sendsAllWhenSomethingHasChanged(_ condition: String) {
    #expect(
      answer {
        ($0.range, $0.ifRange) = ("bytes=1-2", condition)
      } == .whole
    )
  }

  @Test(arguments: ["\"abc\"", "W/\"abc\"", "*", "\"x\", \"abc\"", "\"x\",W/\"abc\""])
  func knowsWhatTheClientHas(_ tags: String) {
    #expect(answer { $0.ifNoneMatch = tags } == .notModified)
  }

  @Test func aTagCountsMoreThanADate() {
    #expect(
      answer { ($0.ifNoneMatch, $0.ifModifiedSince) = ("\"x\"", FileAnswerTests.date) } == .whole
    )
  }

  @Test func aDateCountsWhenItIsEqual() {
    #expect(answer { $0.ifModifiedSince = FileAnswerTests.date } == .notModified)
    // After a rollback the right file is older.
    #expect(answer { $0.ifModifiedSince = "Sun, 06 Nov 1994 08:49:38 GMT" } == .whole)
  }

  @Test func keepsConditions() {
    #expect(answer { $0.ifMatch = "\"abc\"" } == .whole)
    #expect(answer { $0.ifMatch = "W/\"abc\"" } == .preconditionFailed)
    #expect(answer { $0.ifMatch = "\"x\"" } == .preconditionFailed)
    #expect(
      answer { $0.ifUnmodifiedSince = "Sun, 06 Nov 1994 08:49:36 GMT" } == .preconditionFailed
    )
    #expect(answer { $0.ifUnmodifiedSince = FileAnswerTests.date } == .whole)
  }
}
