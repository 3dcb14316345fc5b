import Foundation
import TestSupport
import Testing

/// The pages of the site's server, in a real browser.
///
/// The browser is Debian's; what drives it and what judges the pages come from PyPI.
@Suite(.waits) struct PageTests {
  private static let texts = [
    "<script>window.hostile=true</script>", "\"\u{301} onx=1 x=\"", "'\u{200d} onx=1 x='",
    "<\u{338}b onx=1>", "&\u{301}lt;", "<b onx=1>wrong",
  ]

  @Test(.enabled(if: PageTests.python != nil, "PyPI cannot be reached, or there is no chromium"))
  func everyPageIsForEverybodyAndEveryFormWorks() throws {
    let python = try #require(PageTests.python)
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      for (name, version) in [("first", "1.0-1"), ("second", "2.0-1")] {
        var package = ForgedPackage("pier", version: version)
        package.summary = PageTests.texts.joined(separator: " ")
        try crossing.forge.build(ForgedSuite("stable", ["main": [package]]))
        try crossing.freeze(name, "stable")
      }
      try crossing.connected("publish", "first", "--at", "debian").succeeded()
      try crossing.connected(
        [
          "publication", "edit", "debian", "--url", "http://apt.example/debian", "--reason",
          PageTests.texts[0],
        ]
      ).succeeded()
      let key = scratch.path("vendor.asc")
      try crossing.connected(
        "mirror",
        "create",
        "sea",
        "file:" + crossing.forge.root,
        "stable",
        "--keyring",
        key
      ).succeeded()
      try crossing.export("first")
      let looked = try run(
        [
          python, DocumentFiles.root + "/Tests/Pages/look-at-pages", "--program",
          crossing.connected.program, "--depot", scratch.path("connected"), "--artefacts",
          scratch.path("artefacts"), "--mirror", "sea", "--importer", scratch.path("isolated"),
          "--medium", crossing.medium,
        ] + PageTests.texts.flatMap { ["--hostile=" + $0] },
        limit: 1500
      )
      #expect(looked.status == 0, "\(looked.everything)")
      #expect(looked.text.contains("32 screenshots"), "\(looked.text)")
    }
  }

  /// A Python with what the script needs; made once for all runs of the tests on a machine.
  private static let python: String? = {
    guard Disk.exists("/usr/bin/chromium"), Disk.exists("/usr/bin/chromedriver") else { return nil }
    let place = NSTemporaryDirectory() + "/aptferry-pages-python"
    let python = place + "/bin/python"
    do {
      if Disk.exists(place + "/ready") { return python }
      guard try TestSupport.run(["python3", "-m", "venv", place]).status == 0 else { return nil }
      let pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
      guard try TestSupport.run(pip + ["selenium", "html5lib"], limit: 300).status == 0,
        try TestSupport.run(pip + ["--no-deps", "axe-playwright-python"], limit: 300).status == 0
      else { return nil }
      try Disk.write("", to: place + "/ready")
      return python
    } catch { return nil }
  }()
}
