import Foundation
import TestSupport
import Testing

/// Papers as a browser prints them: read again from the PDF, and from pictures of its pages.
@Suite struct PrintedSlipTests {
  /// What prints and reads.
  private static let tools = ["chromium", "pdfinfo", "pdftotext", "pdftoppm", "zbarimg"]
  private static let areInstalled = tools.allSatisfy {
    (try? run(["which", $0]))?.status == 0
  }

  /// Prints a page.
  private static func print(_ page: String, to file: String, _ scratch: ScratchDirectory) throws {
    try run(
      [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
        "--user-data-dir=" + scratch.path("browser"), "--print-to-pdf=" + file, "file://" + page,
      ],
      environment: ["HOME": scratch.path("home")]
    ).succeeded()
  }

  @Test(.enabled(if: areInstalled, "needs chromium, poppler-utils and zbar-tools"))
  func aPrintedSlipHasItsMarkingOnEachPageAndItsCodesCanBeRead() throws {
    try withScratchDirectory { scratch in
      let (crossing, media) = try SlipTests.set(scratch)
      let (page, file) = (scratch.path("slip.html"), scratch.path("slip.pdf"))
      let slipping = ["slip", "--bundle", "mainland-000001", "--marking", "SITE ONLY – Größe"]
      try crossing.connected(slipping + ["--to", page, "--purpose", "CR 4711"]).succeeded()
      try PrintedSlipTests.print(page, to: file, scratch)
      let about = try run(["pdfinfo", file]).succeeded()
      #expect(about.contains("(A4)"), "\(about)")
      let text = try run(["pdftotext", "-layout", file, "-"]).succeeded()
      let pages = text.split(separator: "\u{c}").filter { $0.contains { !$0.isWhitespace } }
      #expect(pages.count >= 2 && pages.count <= 6, "\(text)")
      for page in pages {
        #expect(page.components(separatedBy: "SITE ONLY – Größe").count >= 3, "\(page)")
      }
      let json = try SlipTests.slips(try crossing.connected(slipping + ["--json"]).succeeded())
      let slip = try #require(json.first)
      let groups = try #require(slip["groups"] as? String)
      let words = text.split { $0.isWhitespace }.joined(separator: " ")
      #expect(words.contains(groups.prefix(39)) && words.contains(groups.suffix(39)), "\(text)")
      for word in ["Register", "Seal", "Custody", "Malware check", "Disposal", "CR 4711"] {
        #expect(words.contains(word), "\(word)")
      }
      let codes = try #require(slip["media"] as? [[String: Any]]).compactMap {
        $0["code"] as? String
      }
      #expect(codes.count == media.count)
      try run(["pdftoppm", "-r", "150", "-gray", file, scratch.path("page")]).succeeded()
      let pictures = try Disk.names(in: scratch.path("")).filter { $0.hasSuffix(".pgm") }
      let read = try run(
        ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]
          + pictures.map { scratch.path($0) }
      ).text
      #expect(Set(read.split(separator: "\n").map(String.init)) == Set(codes), "\(read)")
    }
  }
}
