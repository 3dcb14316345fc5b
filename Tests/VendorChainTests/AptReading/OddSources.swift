import TestSupport

/// Makes sources files of both formats.
enum OddSources {
  static func list(_ random: inout SeededGenerator) -> String {
    func pick(_ choices: [String]) -> String { OddRelease.pick(choices, &random) }
    var text = ""
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let options = pick([
        "", "", "", "[arch=amd64]", "[ arch=amd64,arm64 ]", "[arch=$(ARCH)]", "[arch+=arm64]",
        "[ arch-=amd64 arch+=arm64 ]", "[trusted=yes]", "[arch=\"amd64\" trusted=yes]", "[arch]",
        "[]", "[ ]",
        "[arch=]", "[arch=amd64", "[ arch=amd64 ", "[trusted=yes]  ", "[a=b]", "[Arch=arm64]",
        "[arch=amd64 # x]",
        "[arch=amd64][trusted=yes]", "[lang=none]",
      ])
      let words = [
        pick(["deb", "deb", "deb", "deb-src", "  deb", "\tdeb", "DEB", "rpm", "deb#"]), options,
        pick([
          "http://a.example/x", "http://a.example/x/", "http://a.example/$(ARCH)",
          "\"http://a.example/x\"",
          "http://a.example/a%20b", "http://a.example/a%2bb/", "nowhere", "file:/srv/x",
          "\"http://a.example/x",
          "http://a.example:8080/x", "https://a.example/x//y/", "http://a.example/[x]/",
          "http://a.example/[x",
        ]),
        pick([
          "stable", "stable/updates", "./", "/", "$(ARCH)/", "x-$(ARCH)", "\"stable\"", "stable",
          "dir/$(ARCH)/",
        ]),
        pick([
          "main", "main contrib", "", "main  # comment", "\"main\"", "main#x", "main \"contrib",
          "non-free/x",
        ]),
      ]
      text += words.filter { !$0.isEmpty }.joined(
        separator: pick([" ", " ", " ", "  ", "\t", " \t "])
      )
      text += pick(["\n", "\n", "\n", " \n", "\r\n", "\n\n# comment\n", "\n#\n", "\n  # c\n"])
    }
    return text
  }

  static func stanzas(_ random: inout SeededGenerator) -> String {
    func pick(_ choices: [String]) -> String { OddRelease.pick(choices, &random) }
    func chance(_ oneIn: Int) -> Bool { OddRelease.chance(oneIn, &random) }
    var text = pick(["", "", "", "\n", "# comment\n", "\n\n", "#\n\n"])
    for _ in 0..<Int.random(in: 1...2, using: &random) {
      var lines = [
        "Types: "
          + pick([
            "deb", "deb", "deb", "deb deb-src", "deb,deb-src", "rpm", "", "\n deb", "deb-src",
          ]),
        "URIs: "
          + pick([
            "http://a.example/x", "http://a.example/$(ARCH)/",
            "http://a.example/x http://b.example/y/", "nowhere",
            "", "\n http://a.example/x\n http://b.example", "http://a.example/a%20b",
            "\"http://a.example/x\"",
          ]),
        "Suites: "
          + pick([
            "stable", "stable $(ARCH)", "./", "$(ARCH)/ x/", "", "stable ./", "/", "a\n b", "a,b",
          ]),
        "Components: "
          + pick(["main", "main contrib", "main,contrib", "", "main\n contrib", "main\tcontrib"]),
      ]
      if chance(4) { lines.removeLast() }
      if chance(8) { lines.remove(at: Int.random(in: lines.indices, using: &random)) }
      if chance(3) {
        lines.append(
          pick([
            "Architectures: amd64 arm64", "Architectures: amd64,arm64", "Architectures-Add: arm64",
            "Architectures-Remove: amd64", "Architectures: $(ARCH)", "Architectures:",
            "Trusted: yes",
            "Enabled: no", "Enabled: perhaps", "Enabled: yes", "enabled: 0", "Enabled:",
            "X-Repolib-Name: x",
            "# comment", "#Enabled: no", "stray", "types: deb", " continued", "Enabled: false",
          ])
        )
      }
      if chance(6), let line = lines.randomElement(using: &random) { lines.append(line) }
      if chance(2) { lines.shuffle(using: &random) }
      if chance(6) { lines.insert("# note", at: Int.random(in: 0...lines.count, using: &random)) }
      text +=
        lines.joined(separator: pick(["\n", "\n", "\n", "\r\n", " \n"]))
        + pick(["\n\n", "\n\n\n", "\n#\n\n", "\n"])
    }
    return text
  }
}
