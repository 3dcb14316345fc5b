import TestSupport
import Testing

/// What a depot can do when its disk is full.
@Suite struct FullDiskTests {
  /// Makes a depot with two publications on a small file system, fills that, and removes; says what each
  /// command ended with.
  private static let script = """
    mount -t tmpfs -o size=100M none "$1"
    program=$2
    run() { "$program" "$@" --depot "$depot"; }
    depot=$1/depot
    run init --site full >/dev/null
    run trust add "$4" --role upstream --name vendor --all >/dev/null
    run snapshot create first --tree "$3" --upstream vendor --suite stable >/dev/null
    for prefix in one two; do run publish first --at $prefix >/dev/null; done
    dd if=/dev/zero of="$1/fill" bs=64k 2>/dev/null || :
    dd if=/dev/zero of="$1/rest" bs=1k 2>/dev/null || :
    for words in "publish first --at three" "publication remove one --yes" "depot gc"; do
      code=0
      run $words >/dev/null 2>&1 || code=$?
      echo "$words: $code"
    done
    rm "$1/fill" "$1/rest"
    run audit verify
    run publish first --at three >/dev/null
    """

  @Test(.enabled(if: KillMatrixTests.canMount, "needs root for mounts"))
  func `Removals and gc work on a full disk, and nothing else does`() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.small())
      let result = try run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-ec", FullDiskTests.script, "sh"]
          + [try scratch.directory("disk"), crossing.connected.program, crossing.forge.root]
          + [scratch.path("vendor.asc")],
        environment: ["HOME": scratch.path("home")]
      )
      #expect(result.status == 0, "\(result.everything)")
      #expect(result.text.contains("publish first --at three: 15\n"), "\(result.everything)")
      #expect(result.text.contains("publication remove one --yes: 0\n"), "\(result.everything)")
      #expect(result.text.contains("depot gc: 0\n"), "\(result.everything)")
      #expect(result.text.contains("the audit log is whole"), "\(result.everything)")
    }
  }
}
