import Testing

/// One small world, what is wanted in it, and what must come out.
struct ClosureVector: Sendable, CustomTestStringConvertible {
  let title: String
  let packages: [String]
  var base: [String] = []
  var architectures = ["amd64"]
  let roots: [String]
  /// What is chosen; nil when it cannot be.
  let chosen: [String]?
  var recommends = false

  var testDescription: String { title }
}

extension ClosureVector {
  static let relations: [ClosureVector] = [
    ClosureVector(
      title: "a chain",
      packages: ["a 1|Depends: b (>= 2)", "b 2|Pre-Depends: c", "c 1", "d 1"],
      roots: ["a"],
      chosen: ["a", "b", "c"]
    ),
    ClosureVector(
      title: "the first alternative that can be had",
      packages: ["a 1|Depends: x / b / c", "b 1", "c 1"],
      roots: ["a"],
      chosen: ["a", "b"]
    ),
    ClosureVector(
      title: "an alternative that is in already",
      packages: ["a 1|Depends: c, b / c", "b 1", "c 1"],
      roots: ["a"],
      chosen: ["a", "c"]
    ),
    ClosureVector(
      title: "the package of the name before what provides it",
      packages: ["a 1|Depends: m", "b 1|Provides: m", "m 1"],
      roots: ["a"],
      chosen: ["a", "m"]
    ),
    ClosureVector(
      title: "among providers the one of the higher priority",
      packages: [
        "a 1|Depends: m", "b 1|Provides: m|Priority: optional",
        "c 1|Provides: m|Priority: important",
      ],
      roots: ["a"],
      chosen: ["a", "c"]
    ),
    ClosureVector(
      title: "a plain Provides satisfies no version",
      packages: ["a 1|Depends: m (>= 1)", "b 5|Provides: m"],
      roots: ["a"],
      chosen: nil
    ),
    ClosureVector(
      title: "a versioned Provides does",
      packages: ["a 1|Depends: m (>= 1)", "b 5|Provides: m (= 2)"],
      roots: ["a"],
      chosen: ["a", "b"]
    ),
    ClosureVector(
      title: "a versioned Provides that is too old",
      packages: ["a 1|Depends: m (>= 3)", "b 5|Provides: m (= 2)"],
      roots: ["a"],
      chosen: nil
    ),
    ClosureVector(
      title: "a conflict with oneself through a virtual name",
      packages: ["a 1|Provides: mta|Conflicts: mta", "b 1|Provides: mta|Conflicts: mta"],
      roots: ["a"],
      chosen: ["a"]
    ),
    ClosureVector(
      title: "Breaks of an old version",
      packages: ["a 1|Breaks: b (<< 2)|Depends: b", "b 2"],
      roots: ["a"],
      chosen: ["a", "b"]
    ),
    ClosureVector(
      title: "Conflicts of a dependency",
      packages: ["a 1|Depends: b, c", "b 1|Conflicts: c", "c 1"],
      roots: ["a"],
      chosen: nil
    ),
    ClosureVector(
      title: "an early alternative that a later need forbids",
      packages: [
        "a 1|Depends: b / c, d", "b 1|Conflicts: e", "c 1", "d 1|Depends: e", "e 1",
      ],
      roots: ["a"],
      chosen: ["a", "c", "d", "e"]
    ),
    ClosureVector(
      title: "the newest version alone can be had",
      packages: ["a 1|Depends: b (= 1)", "b 1", "b 2"],
      roots: ["a"],
      chosen: nil
    ),
    ClosureVector(
      title: "a revision 0 is no revision",
      packages: ["a 1|Depends: b (= 1.0)", "b 1.0-0"],
      roots: ["a"],
      chosen: ["a", "b"]
    ),
    ClosureVector(
      title: "no revision is before a backport's",
      packages: ["a 1|Depends: b (>= 1.26.3)", "b 1.26.3-0~eo"],
      roots: ["a"],
      chosen: nil
    ),
    ClosureVector(
      title: "an epoch of 0",
      packages: ["a 1|Depends: b (= 0:1-1)", "b 1-1"],
      roots: ["a"],
      chosen: ["a", "b"]
    ),
    ClosureVector(
      title: "Recommends, and theirs",
      packages: ["a 1|Recommends: b, x", "b 1|Recommends: c", "c 1", "d 1"],
      roots: ["a"],
      chosen: ["a", "b", "c"],
      recommends: true
    ),
    ClosureVector(
      title: "what is recommended and excluded stays out",
      packages: ["a 1|Recommends: b|Conflicts: b", "b 1"],
      roots: ["a"],
      chosen: ["a"],
      recommends: true
    ),
    ClosureVector(
      title: "a circle",
      packages: ["a 1|Depends: b", "b 1|Depends: c", "c 1|Depends: a"],
      roots: ["a"],
      chosen: ["a", "b", "c"]
    ),
  ]

  static let architecturesAndBases: [ClosureVector] = [
    ClosureVector(
      title: "a foreign package needs foreign libraries",
      packages: [
        "a 1 i386|Depends: l", "l 1 i386|Multi-Arch: same", "l 1 amd64|Multi-Arch: same",
      ],
      architectures: ["amd64", "i386"],
      roots: ["a:i386"],
      chosen: ["a:i386", "l:i386"]
    ),
    ClosureVector(
      title: "Multi-Arch foreign serves all",
      packages: ["a 1 i386|Depends: t", "t 1 amd64|Multi-Arch: foreign"],
      architectures: ["amd64", "i386"],
      roots: ["a:i386"],
      chosen: ["a:i386", "t"]
    ),
    ClosureVector(
      title: "without it only one's own architecture",
      packages: ["a 1 i386|Depends: t", "t 1 amd64"],
      architectures: ["amd64", "i386"],
      roots: ["a:i386"],
      chosen: nil
    ),
    ClosureVector(
      title: "what is for all counts as native",
      packages: ["a 1 i386|Depends: t", "t 1 all"],
      architectures: ["amd64", "i386"],
      roots: ["a:i386"],
      chosen: nil
    ),
    ClosureVector(
      title: "any with Multi-Arch allowed",
      packages: ["a 1 i386|Depends: p:any", "p 1 amd64|Multi-Arch: allowed"],
      architectures: ["amd64", "i386"],
      roots: ["a:i386"],
      chosen: ["a:i386", "p"]
    ),
    ClosureVector(
      title: "any without it",
      packages: ["a 1|Depends: p:any", "p 1 amd64|Multi-Arch: foreign"],
      roots: ["a"],
      chosen: nil
    ),
    ClosureVector(
      title: "an architecture by name",
      packages: ["a 1|Depends: l:i386", "l 1 i386", "l 1 amd64"],
      architectures: ["amd64", "i386"],
      roots: ["a"],
      chosen: ["a", "l:i386"]
    ),
    ClosureVector(
      title: "sisters of one version",
      packages: [
        "a 1|Depends: l, b:i386", "b 1 i386|Depends: l", "l 1 i386|Multi-Arch: same",
        "l 1 amd64|Multi-Arch: same",
      ],
      architectures: ["amd64", "i386"],
      roots: ["a"],
      chosen: ["a", "b:i386", "l", "l:i386"]
    ),
    ClosureVector(
      title: "sisters of two versions",
      packages: [
        "a 1|Depends: l, b:i386", "b 1 i386|Depends: l", "l 1 i386|Multi-Arch: same",
        "l 2 amd64|Multi-Arch: same",
      ],
      architectures: ["amd64", "i386"],
      roots: ["a"],
      chosen: nil
    ),
    ClosureVector(
      title: "a sister is excused from a conflict",
      packages: [
        "a 1|Depends: l, l:i386", "l 1 amd64|Multi-Arch: same|Provides: v|Conflicts: v",
        "l 1 i386|Multi-Arch: same|Provides: v|Conflicts: v",
      ],
      architectures: ["amd64", "i386"],
      roots: ["a"],
      chosen: ["a", "l", "l:i386"]
    ),
    ClosureVector(
      title: "what the machine has is not chosen",
      packages: ["a 1|Depends: b (>= 1)", "b 1"],
      base: ["b 1"],
      roots: ["a"],
      chosen: ["a"]
    ),
    ClosureVector(
      title: "nothing at all is chosen",
      packages: ["a 1|Depends: b (>= 1)", "b 1"],
      base: ["a 1|Depends: b (>= 1)", "b 1"],
      roots: ["a"],
      chosen: []
    ),
    ClosureVector(
      title: "a newer version of what the machine has",
      packages: ["a 1|Depends: b (>= 2)", "b 2"],
      base: ["b 1"],
      roots: ["a"],
      chosen: ["a", "b"]
    ),
    ClosureVector(
      title: "lockstep with what the machine has",
      packages: ["a 1|Depends: b (= 2)", "b 2|Depends: c (= 2)", "c 2|Depends: b (= 2)"],
      base: ["b 1|Depends: c (= 1)", "c 1|Depends: b (= 1)"],
      roots: ["a"],
      chosen: ["a", "b", "c"]
    ),
    ClosureVector(
      title: "a root that is newer than the machine's",
      packages: ["a 2"],
      base: ["a 1"],
      roots: ["a"],
      chosen: ["a"]
    ),
  ]
}
