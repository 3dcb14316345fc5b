import BundleFormat
import SafeIO
import Testing

private let noon = UTCTime(seconds: 1_800_000_000)
private let mine = digest("this bundle")
private let other = digest("another bundle")

private func manifest(
  sequence: UInt64,
  created: UTCTime = noon,
  expires: UTCTime? = nil,
  sites: [String] = []
) -> Manifest {
  let sum = Manifest.FileSum(digest: digest("file"), size: 1)
  return Manifest(
    stream: "acme",
    sequence: sequence,
    created: created,
    expires: expires,
    sites: sites,
    entries: sum,
    plainEntries: sum,
    sums: sum,
    readme: sum,
    chunks: [],
    snapshots: []
  )
}

/// One row: what the depot knows, what arrives, and what must follow.
struct AcceptanceCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var now = noon
  var newest: UTCTime?
  var highest: UInt64?
  var same: SHA256Digest?
  let bundle: Manifest
  var decision: AcceptanceRules.Decision?
  var code: String?
}

private let cases: [AcceptanceCase] = [
  AcceptanceCase(
    testDescription: "the first bundle of a stream",
    bundle: manifest(sequence: 1),
    decision: .take(skipped: 0)
  ),
  AcceptanceCase(
    testDescription: "a first bundle in the middle of a stream",
    bundle: manifest(sequence: 9),
    decision: .take(skipped: 8)
  ),
  AcceptanceCase(
    testDescription: "the next bundle",
    highest: 3,
    bundle: manifest(sequence: 4),
    decision: .take(skipped: 0)
  ),
  AcceptanceCase(
    testDescription: "T062: a gap is noted",
    highest: 2,
    bundle: manifest(sequence: 4),
    decision: .take(skipped: 1)
  ),
  AcceptanceCase(
    testDescription: "T054: the same bundle again",
    highest: 4,
    same: mine,
    bundle: manifest(sequence: 4),
    decision: .alreadyTaken
  ),
  AcceptanceCase(
    testDescription: "the same bundle again, expired, for another site, with a wrong clock",
    now: .earliest,
    newest: noon,
    highest: 4,
    same: mine,
    bundle: manifest(sequence: 4, expires: .earliest, sites: ["elsewhere"]),
    decision: .alreadyTaken
  ),
  AcceptanceCase(
    testDescription: "T055: an older bundle",
    highest: 5,
    bundle: manifest(sequence: 4),
    code: "E-FRESHNESS-ROLLBACK"
  ),
  AcceptanceCase(
    testDescription: "another bundle under the highest sequence that the audit log knows",
    highest: 5,
    bundle: manifest(sequence: 5),
    code: "E-FRESHNESS-EQUIVOCATION"
  ),
  AcceptanceCase(
    testDescription: "T056: two bundles under one sequence",
    highest: 4,
    same: other,
    bundle: manifest(sequence: 4),
    code: "E-FRESHNESS-EQUIVOCATION"
  ),
  AcceptanceCase(
    testDescription: "T056: the alarm does not wait for the clock",
    now: .earliest,
    newest: noon,
    highest: 9,
    same: other,
    bundle: manifest(sequence: 4),
    code: "E-FRESHNESS-EQUIVOCATION"
  ),
  AcceptanceCase(
    testDescription: "T063: the largest sequence traps nothing",
    highest: 1,
    bundle: manifest(sequence: 1 << 63 - 1),
    decision: .take(skipped: 1 << 63 - 3)
  ),
  AcceptanceCase(
    testDescription: "T037: the clock is at 1970",
    now: .earliest,
    newest: noon,
    bundle: manifest(sequence: 1),
    code: "E-FRESHNESS-CLOCK-BEHIND"
  ),
  AcceptanceCase(
    testDescription: "T037: the clock is behind by the skew, and no more",
    now: noon.adding(seconds: -86_400),
    newest: noon,
    bundle: manifest(sequence: 1),
    decision: .take(skipped: 0)
  ),
  AcceptanceCase(
    testDescription: "T037: the clock is behind by a second more",
    now: noon.adding(seconds: -86_401),
    newest: noon,
    bundle: manifest(sequence: 1),
    code: "E-FRESHNESS-CLOCK-BEHIND"
  ),
  AcceptanceCase(
    testDescription: "T039: made tomorrow",
    bundle: manifest(sequence: 1, created: noon.adding(seconds: 86_400)),
    decision: .take(skipped: 0)
  ),
  AcceptanceCase(
    testDescription: "T039: made later than tomorrow",
    bundle: manifest(sequence: 1, created: noon.adding(seconds: 86_401)),
    code: "E-FRESHNESS-FUTURE"
  ),
  AcceptanceCase(
    testDescription: "T039: made at the end of time, and a clock at the end of time",
    now: UTCTime(seconds: .max),
    bundle: manifest(sequence: 1, created: .latest),
    decision: .take(skipped: 0)
  ),
  AcceptanceCase(
    testDescription: "T040: expires this second",
    bundle: manifest(sequence: 1, expires: noon),
    decision: .take(skipped: 0)
  ),
  AcceptanceCase(
    testDescription: "T040: expired a second ago",
    bundle: manifest(sequence: 1, expires: noon.adding(seconds: -1)),
    code: "E-FRESHNESS-EXPIRED"
  ),
  AcceptanceCase(
    testDescription: "T040: a clock that is behind does not bring it back",
    now: noon.adding(seconds: -3600),
    newest: noon,
    bundle: manifest(sequence: 1, expires: noon.adding(seconds: -1)),
    code: "E-FRESHNESS-EXPIRED"
  ),
  AcceptanceCase(
    testDescription: "T064: for this site among others",
    bundle: manifest(sequence: 1, sites: ["elsewhere", "north"]),
    decision: .take(skipped: 0)
  ),
  AcceptanceCase(
    testDescription: "T064: for another site",
    bundle: manifest(sequence: 1, sites: ["elsewhere"]),
    code: "E-POLICY-OTHER-SITE"
  ),
  AcceptanceCase(
    testDescription: "T064: a site's name is compared exactly",
    bundle: manifest(sequence: 1, sites: ["North", "nort", "north2"]),
    code: "E-POLICY-OTHER-SITE"
  ),
]

@Suite struct AcceptanceRulesTests {
  @Test(arguments: cases)
  func `A bundle is taken in or refused by the rules`(_ row: AcceptanceCase) throws {
    let rules = AcceptanceRules(
      now: row.now,
      newestAccepted: row.newest,
      site: "north",
      highest: row.highest.map { ($0, other) },
      sameSequence: row.same
    )
    do {
      let decision = try rules.decide(row.bundle, digest: mine)
      #expect(decision == row.decision)
      #expect(row.code == nil)
    } catch {
      #expect(error.code == row.code)
      #expect(error.subject == row.bundle.directory)
      #expect(error.hint != nil)
    }
  }
}
