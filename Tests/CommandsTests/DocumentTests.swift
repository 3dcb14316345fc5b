import Foundation
import TestSupport
import Testing

/// What documents and sources point at is there.
@Suite struct DocumentTests {
  private static let pages: [String] = {
    do {
      return try DocumentFiles.files(below: "docs", suffix: ".md") + [
        "README.md", "scripts/README.md",
      ]
    } catch {
      return []
    }
  }()

  /// The anchors of a page, as GitHub makes them from headings.
  private static func anchors(_ text: String) -> Set<String> {
    var anchors: Set<String> = []
    for line in text.split(separator: "\n") where line.hasPrefix("#") {
      let title = line.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
      let kept = title.filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
      anchors.insert(kept.replacing(" ", with: "-"))
    }
    return anchors
  }

  /// Where a link of a page leads, from the root of the repository, and its anchor.
  private static func target(_ link: String, from page: String) -> (path: String, anchor: String) {
    let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let directory = (page as NSString).deletingLastPathComponent
    let path = String(parts[0])
    let whole = path.isEmpty ? page : (directory as NSString).appendingPathComponent(path)
    let clean = NSString.path(withComponents: normal(whole.split(separator: "/").map(String.init)))
    return (clean, parts.count > 1 ? String(parts[1]) : "")
  }

  private static func normal(_ parts: [String]) -> [String] {
    parts.reduce(into: []) { result, part in
      if part == ".." { _ = result.popLast() } else if part != "." { result.append(part) }
    }
  }

  private static func links(of page: String) throws -> [String] {
    // What stands in `code` or an indented block is no link.
    let lines = try DocumentFiles.text(page).split(separator: "\n").filter { !$0.hasPrefix("    ") }
    let text = lines.joined(separator: "\n")
      .replacingOccurrences(of: "`[^`]*`", with: "", options: .regularExpression)
    return try DocumentFiles.matches(#"\]\(([^)\s]+)\)"#, in: text).map { $0[1] }
      .filter { !$0.contains("://") }
  }

  @Test(arguments: pages)
  func everyLinkLeadsSomewhere(page: String) throws {
    for link in try DocumentTests.links(of: page) {
      let (path, anchor) = DocumentTests.target(link, from: page)
      guard Disk.exists(DocumentFiles.root + "/" + path) else {
        Issue.record("\(page): \(link) leads nowhere")
        continue
      }
      guard !anchor.isEmpty else { continue }
      let anchors = DocumentTests.anchors(try DocumentFiles.text(path))
      #expect(anchors.contains(anchor), "\(page): \(link) has no such heading")
    }
  }

  @Test func everyPageIsReachedFromTheIndex() throws {
    var reached: Set<String> = ["docs/index.md"]
    var open = Array(reached)
    while let page = open.popLast() {
      for link in try DocumentTests.links(of: page) {
        let path = DocumentTests.target(link, from: page).path
        if path.hasSuffix(".md"), Disk.exists(DocumentFiles.root + "/" + path),
          reached.insert(path).inserted
        {
          open.append(path)
        }
      }
    }
    let pages = Set(DocumentTests.pages.filter { $0.hasPrefix("docs/") })
    #expect(pages.subtracting(reached).sorted() == [])
  }

  @Test func everyDocumentThatIsNamedExists() throws {
    let sources =
      try DocumentFiles.files(below: "Sources", suffix: ".swift")
      + DocumentFiles.files(below: "Tests", suffix: ".swift")
      + DocumentFiles.files(below: "scripts", suffix: "")
      .filter { !$0.contains("__pycache__") && !$0.hasSuffix(".deb") }
      + DocumentTests.pages + ["Package.swift"]
    var count = 0
    for path in sources {
      guard
        let text = String(bytes: try Disk.read(DocumentFiles.root + "/" + path), encoding: .utf8)
      else { continue }
      for match in try DocumentFiles.matches(#"(?<![\w/.-])docs/[\w./-]*\w"#, in: text) {
        count += 1
        #expect(Disk.exists(DocumentFiles.root + "/" + match[0]), "\(path) names \(match[0])")
      }
    }
    #expect(count > 40)
  }
}
