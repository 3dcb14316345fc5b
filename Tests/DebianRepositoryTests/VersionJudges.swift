import DebianRepository
import TestSupport

/// Two versions as text, and what we say of them; nil when we refuse one.
struct JudgedPair {
  let left: String
  let right: String
  let order: DebianVersion.Order?
  let isWellFormed: Bool

  init(_ left: String, _ right: String) {
    self.left = left
    self.right = right
    isWellFormed = [left, right].allSatisfy { DebianVersion($0)?.isWellFormed ?? false }
    order = DebianVersion.order(Array(left.utf8).span, Array(right.utf8).span)
  }
}

/// Who else orders versions: dpkg itself, a process for each pair, and apt's library, which takes
/// hundreds of thousands of them.
enum VersionJudge {
  /// The pairs of which `dpkg --compare-versions` says something else, with what it says; told
  /// so, it also judges which versions are not well-formed.
  static func wrongByDpkg(
    _ pairs: [JudgedPair],
    judgeWarnings: Bool = false
  ) throws -> [String] {
    // The space before each version goes away again, but keeps a hyphen from being an option.
    let script = """
      while IFS= read -r -d '' a && IFS= read -r -d '' op && IFS= read -r -d '' b; do
        dpkg --compare-versions " $a" "$op" " $b" 2>"$2"
        status=$?
        if [ "$1" = true ] && [ -s "$2" ]; then echo "$status warned"; else echo $status; fi
      done
      """
    var input: [UInt8] = []
    for pair in pairs {
      let claim =
        switch pair.order {
        case .earlier: "lt"
        case .later: "gt"
        case .same, nil: "eq"
        }
      for text in [pair.left, claim, pair.right] { input += Array(text.utf8) + [0] }
    }
    let answers = try withScratchDirectory { scratch in
      let warnings = judgeWarnings ? scratch.path("warnings") : "/dev/null"
      return try run(["bash", "-c", script, "bash", "\(judgeWarnings)", warnings], input: input)
        .succeeded().split(separator: "\n")
    }
    guard answers.count == pairs.count else {
      throw TestSupportError("dpkg judged \(answers.count) pairs of \(pairs.count)")
    }
    return zip(pairs, answers).compactMap { pair, answer in
      let isRight: Bool
      if pair.order == nil {
        isRight = answer.hasPrefix("2")
      } else {
        isRight = answer == (judgeWarnings && !pair.isWellFormed ? "0 warned" : "0")
      }
      return isRight ? nil : "\(pair): dpkg's status is \(answer)"
    }
  }

  /// The same by libapt-pkg.
  static func wrongByApt(_ pairs: [JudgedPair]) throws -> [String] {
    let program = """
      import apt_pkg, sys
      apt_pkg.init_system()
      texts = sys.stdin.buffer.read().decode().split("\\0")
      for a, b in zip(texts[0::2], texts[1::2]):
          order = apt_pkg.version_compare(a, b)
          print("earlier" if order < 0 else "later" if order > 0 else "same")
      """
    let input = pairs.map { "\($0.left)\0\($0.right)\0" }.joined()
    let answers = try run(["/usr/bin/python3", "-c", program], input: Array(input.utf8)).succeeded()
      .split(separator: "\n")
    guard answers.count == pairs.count else {
      throw TestSupportError("apt judged \(answers.count) pairs of \(pairs.count)")
    }
    return zip(pairs, answers).compactMap { pair, answer in
      let ours = pair.order.map { "\($0)" } ?? "refused"
      return ours == answer ? nil : "\(pair): apt says \(answer)"
    }
  }

  /// Whether apt's library can be asked; it belongs to Debian's own python.
  static let hasApt: Bool = {
    do {
      return try run(["/usr/bin/python3", "-c", "import apt_pkg"]).status == 0
    } catch {
      return false
    }
  }()
}
