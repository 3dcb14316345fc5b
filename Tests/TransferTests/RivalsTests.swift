import SafeIO
import Testing

@testable import Transfer

/// Different bundles under one stream and sequence.
@Suite struct RivalsTests {
  private func bundle(
    _ stream: String,
    _ sequence: UInt64,
    _ content: String,
    at place: String = "/media"
  ) -> Rivals.Bundle {
    Rivals.Bundle(stream: stream, sequence: sequence, digest: digest(content), place: place)
  }

  @Test func `Another stream or another sequence is no rival, nor is the same bundle twice`() {
    let rivals = Rivals([
      bundle("mainland", 1, "a", at: "/one"), bundle("mainland", 1, "a", at: "/two"),
      bundle("mainland", 2, "b"), bundle("island", 1, "c"),
    ])
    #expect(rivals.alarm == nil)
    #expect(rivals.digests(besides: bundle("mainland", 1, "a")).isEmpty)
    #expect(Rivals([]).alarm == nil)
  }

  @Test func `Two contents under one sequence are an equivocation, and every place is named`() {
    let rivals = Rivals([
      bundle("island", 7, "c", at: "/zero"), bundle("mainland", 3, "a", at: "/one"),
      bundle("mainland", 3, "b", at: "/two"), bundle("mainland", 4, "d", at: "/three"),
    ])
    let alarm = rivals.alarm
    #expect(alarm?.code == "E-FRESHNESS-EQUIVOCATION")
    #expect(alarm?.subject == "mainland-000003")
    #expect(alarm?.details == ["/one: \(digest("a").hex)", "/two: \(digest("b").hex)"])
  }

  @Test func `Each bundle knows the digests of the others, not its own`() {
    let rivals = Rivals(["a", "b", "c"].map { bundle("mainland", 3, $0) })
    #expect(
      rivals.digests(besides: bundle("mainland", 3, "b")) == [digest("a"), digest("c")]
    )
    #expect(rivals.digests(besides: bundle("mainland", 4, "b")).isEmpty)
  }
}
