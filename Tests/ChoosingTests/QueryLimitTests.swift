import SafeIO
import TestSupport
import Testing

@testable import Choosing

/// Queries that want to be read or answered for ever, and random ones.
@Suite struct QueryLimitTests {
  @Test func `Many terms are read and asked one after the other`() throws {
    for sign in ["|", ","] {
      _ = try PackageQuery(Array(repeating: "a", count: 30_000).joined(separator: sign))
      _ = try PackageQuery(Array(repeating: "Name (% *x)", count: 1000).joined(separator: sign))
      let many = Array(repeating: "Name (~ x$)", count: 1001).joined(separator: sign)
      let refused = #expect(throws: Failure.self) { _ = try PackageQuery(many) }
      #expect(refused?.reason.contains("more than 1000 patterns") == true)
    }
    let long = String(repeating: "a|", count: 40_000) + "a"
    let refused = #expect(throws: Failure.self) { _ = try PackageQuery(long) }
    #expect(refused?.kind == .usage)
  }

  @Test(
    arguments: [
      ("~", "(.*)*(.*)*(.*)*zz"), ("~", "(([a-z ])*)*9"), ("~", "(a|a)*b"),
      ("~", "a{0,99}b{0,99}!"),
      ("%", "*a*a*a*a*a*a*a*a*a*a*a*a*b"),
    ]
  )
  func `No expression takes longer than its text`(_ sign: String, _ text: String) throws {
    let condition = try #require(QueryCondition(sign, text))
    let value = String(repeating: "a", count: 1 << 16)
    #expect(!condition.holds(value))
    #expect(condition.holds(value + "\(text.last == "z" ? "zz" : String(text.suffix(1)))"))
  }

  @Test(
    arguments: [
      ("a*", "abc", true), ("a*", "a/c", false), ("a?c", "abc", true), ("a?c", "a/c", false),
      ("[ab]c", "bc", true), ("[!ab]c", "bc", false), ("[^ab]c", "dc", true), ("[!a]", "/", false),
      ("[/a]", "/", false), ("[]a]", "]", true), ("[a-c]", "b", true), ("[a-]", "-", true),
      ("[-a]", "-", true), ("[[:digit:]x]*", "7z", true), ("[a", "[a", true), ("\\*", "*", true),
      ("\\*", "a", false), ("a.c", "abc", false), ("(a)+", "(a)+", true), ("*", "", true),
      ("ä?", "äö", true), ("a*b", "a\nb", true), ("", "", true), ("lib*-dev", "libssl-dev", true),
      ("$^|{}", "$^|{}", true), ("[.]", "a", false), ("[a\\]b]", "]", true), ("[[a]", "[", true),
    ]
  )
  func `A pattern takes what the shell's takes`(_ glob: String, _ text: String, _ takes: Bool)
    throws
  {
    let condition = try #require(QueryCondition("%", glob), "\(glob)")
    #expect(condition.holds(text) == takes, "\(glob) on \(text)")
  }

  @Test func `What is no UTF-8 is searched, and the rest of it found`() throws {
    let bytes: [UInt8] = Array("a".utf8) + [0xff, 0xc3] + Array("b".utf8)
    #expect(try #require(QueryCondition("~", "^a.*b$")).holds(bytes.span))
    #expect(try #require(QueryCondition("%", "a??b")).holds(bytes.span))
  }

  /// A query of random pieces is understood or refused with its column, and never more than that.
  @Test func `Random text is read or refused`() throws {
    let pieces = [
      "a", "Name", "$Version", "(", ")", "{", "}", "|", ",", "!", "'", "\"", "\\", " ", ">=", "<<",
      "=", "%", "~", "_", "[", "]", "*", "+", "?", "é", "\u{0}", "\n", "a_1_amd64", "\u{301}",
    ]
    var generator = SeededGenerator(seed: 15)
    var understood = 0
    for _ in 0..<20_000 {
      let count = Int.random(in: 0..<12, using: &generator)
      var text = ""
      for _ in 0..<count { text += pieces.randomElement(using: &generator) ?? "" }
      do throws(Failure) {
        _ = try PackageQuery(text)
        understood += 1
      } catch {
        #expect(error.kind == .usage && error.reason.hasPrefix("column "), "\(text)")
      }
    }
    #expect(understood > 500)
  }
}
