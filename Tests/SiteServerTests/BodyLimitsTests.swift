import Testing

@testable import SiteServer

#if Network
/// How fast bodies must come, and how much memory all of them have.
struct BodyLimitsTests {
  private func seconds(_ count: Int) -> UInt64 { UInt64(count) * 1_000_000_000 }

  /// Whether a body is ended that brings so many bytes after each of these pauses, in seconds.
  private func isEnded(_ rounds: [(Int, Int)]) -> Bool {
    var pace = BodyPace()
    var now = seconds(1000)
    for (pause, bytes) in rounds {
      pace.wait(at: now)
      now += seconds(pause)
      if pace.isTooSlow(at: now) { return true }
      pace.take(bytes, at: now)
    }
    return false
  }

  @Test func aBodyThatTricklesIsEnded() {
    #expect(isEnded([(20, 1), (20, 1)]))
    #expect(isEnded([(30, 0)]))
    #expect(isEnded(Array(repeating: (1, 900), count: 400)))
    #expect(isEnded([(1, 1 << 20), (61, 1)]))
  }

  @Test func aBodyThatComesIsNot() {
    #expect(!isEnded([(29, 1)]))
    #expect(!isEnded(Array(repeating: (1, 1024), count: 3600)))
    #expect(!isEnded(Array(repeating: (20, 20 << 10), count: 100)))
    #expect(!isEnded([(1, 1 << 20), (59, 1)]))
  }

  @Test func whileTheServerReadsNothingNobodyIsSlow() {
    var pace = BodyPace()
    pace.wait(at: seconds(1))
    pace.take(1, at: seconds(2))
    let isSlowMeanwhile = pace.isTooSlow(at: seconds(5000))
    #expect(!isSlowMeanwhile)
    pace.wait(at: seconds(5000))
    // It is asked more than once.
    pace.wait(at: seconds(5020))
    let (before, after) = (pace.isTooSlow(at: seconds(5028)), pace.isTooSlow(at: seconds(5030)))
    #expect(!before && after)
  }

  @Test func memoryIsTakenUntilNoneIsLeft() {
    let memory = BodyMemory(100)
    #expect(memory.take(60))
    #expect(!memory.take(41))
    #expect(memory.take(40))
    #expect(!memory.take(1))
    #expect(memory.take(0))
    memory.give(60)
    #expect(memory.take(60))
    #expect(!memory.take(1))
  }
}
#endif
