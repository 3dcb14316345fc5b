import QRCode
import SafeIO
import TestSupport
import Testing

/// A reader of QR codes that others wrote, and pictures for it.
private enum Decoder {
  static let isInstalled = (try? run(["zbarimg", "--version"]))?.status == 0
  private static let scale = 4

  /// What a terminal would show, as a picture (PGM), only from the characters.
  static func picture(_ lines: [String], _ ink: QRSymbol.Ink) throws -> [UInt8] {
    let (written, background): (UInt8, UInt8) = ink == .darkOnLight ? (0, 255) : (255, 0)
    var rows: [[UInt8]] = []
    for line in lines {
      var text = line
      if ink == .coloured {
        try #require(text.hasPrefix("\u{1b}[97;40m") && text.hasSuffix("\u{1b}[0m"))
        text = String(text.dropFirst(8).dropLast(4))
      }
      var (upper, lower): ([UInt8], [UInt8]) = ([], [])
      for character in text {
        try #require("█▀▄ ".contains(character))
        upper.append("█▀".contains(character) ? written : background)
        lower.append("█▄".contains(character) ? written : background)
      }
      rows += [upper, lower]
    }
    let columns = try #require(rows.first?.count)
    #expect(rows.allSatisfy { $0.count == columns })
    var image = Array("P5\n\(columns * scale) \(rows.count * scale)\n255\n".utf8)
    for row in rows {
      let wide = row.flatMap { Array(repeating: $0, count: scale) }
      for _ in 0..<scale { image += wide }
    }
    return image
  }

  /// The text that zbarimg reads.
  static func read(_ image: [UInt8]) throws -> String {
    try withScratchDirectory { scratch in
      try Disk.write(image, to: scratch.path("code.pgm"))
      return try run([
        "zbarimg", "--quiet", "--raw", "--oneshot", "-Sdisable", "-Sqrcode.enable",
        scratch.path("code.pgm"),
      ]).succeeded()
    }
  }
}

@Suite struct QRCodeTests {
  static let line = "island mainland 38 KQF7M-2XC9R-MQ"
  static let request = """
    Format: aptferry-resend 1
    Site: island
    Stream: mainland
    Sequence: 3
    Payload: FUCD7-WUDYP
    Chunks: 3 7-9
    Entries: 5 7-8
    Check: RH

    """

  @Test(
    .enabled(if: Decoder.isInstalled, "zbarimg is not installed (zbar-tools)"),
    arguments: QRSymbol.Ink.allCases
  )
  func anotherReaderReadsTheLine(ink: QRSymbol.Ink) throws {
    let code = try QRSymbol(QRCodeTests.line)
    let image = try Decoder.picture(code.halfBlocks(ink), ink)
    #expect(try Decoder.read(image) == QRCodeTests.line)
  }

  @Test(
    .enabled(if: Decoder.isInstalled, "zbarimg is not installed (zbar-tools)"),
    arguments: [1, 2, 14, 15, 330, 331, 1000, QRSymbol.longest]
  )
  func anotherReaderReadsTextsOfEveryLength(length: Int) throws {
    var numbers = SeededGenerator(seed: UInt64(length))
    let text = String(
      decoding: (0..<length).map { _ in UInt8.random(in: 0x21...0x7e, using: &numbers) },
      as: UTF8.self
    )
    let code = try QRSymbol(text)
    let image = try Decoder.picture(code.halfBlocks(.darkOnLight), .darkOnLight)
    #expect(try Decoder.read(image) == text)
  }

  @Test(.enabled(if: Decoder.isInstalled, "zbarimg is not installed (zbar-tools)"))
  func aWholeRequestFits80Columns() throws {
    let code = try QRSymbol(QRCodeTests.request)
    #expect(code.columns <= 80)
    let image = try Decoder.picture(code.halfBlocks(.coloured), .coloured)
    #expect(try Decoder.read(image) == QRCodeTests.request)
  }

  @Test func theLineIsSmall() throws {
    let code = try QRSymbol(QRCodeTests.line)
    #expect(code.columns == 37)
    let lines = code.halfBlocks(.lightOnDark)
    #expect(lines.count == 19)
    #expect(lines.allSatisfy { $0.count == 37 })
  }

  /// The text of a medium's label: as bytes it would take 41 modules.
  @Test func aLabelHasVersionFour() throws {
    let digest = String(repeating: "0123456789ABCDEF", count: 4)
    let text = "APTFERRY1 OUTSIDE 1 M2/5 " + digest
    #expect(text.utf8.count == 89)
    let code = try QRSymbol(text)
    #expect(code.width == 33 && code.side == 41)
    #expect(try QRSymbol(text.lowercased()).width == 41)
    if Decoder.isInstalled {
      #expect(
        try Decoder.read(try Decoder.picture(code.halfBlocks(.darkOnLight), .darkOnLight)) == text
      )
    }
  }

  /// The outline has as many squares as there are dark modules, each where it belongs.
  @Test func theOutlineIsTheCode() throws {
    let code = try QRSymbol(QRCodeTests.line)
    var dark: Set<[Int]> = []
    for piece in code.outline.split(separator: "M") {
      let words = piece.split { "h v".contains($0) }.compactMap { Int($0) }
      for column in words[0]..<(words[0] + words[2]) { dark.insert([column, words[1]]) }
    }
    let lines = code.halfBlocks(.darkOnLight)
    for (row, line) in lines.enumerated() {
      for (column, character) in line.enumerated() {
        #expect(dark.contains([column, 2 * row]) == "█▀".contains(character))
        #expect(dark.contains([column, 2 * row + 1]) == "█▄".contains(character))
      }
    }
  }

  @Test func theQuietZoneIsLightOnEverySide() throws {
    let lines = try QRSymbol(QRCodeTests.line).halfBlocks(.lightOnDark)
    for line in lines {
      #expect(line.prefix(4).allSatisfy { $0 == "█" } && line.suffix(4).allSatisfy { $0 == "█" })
    }
    for line in lines.prefix(2) + lines.suffix(2) { #expect(line.allSatisfy { $0 == "█" }) }
  }

  @Test func theSameTextGivesTheSameCode() throws {
    #expect(try QRSymbol(QRCodeTests.line) == QRSymbol(QRCodeTests.line))
    #expect(try QRSymbol(QRCodeTests.line) != QRSymbol(QRCodeTests.line + "5"))
  }

  @Test(arguments: [
    "", "\u{1b}[2J", "tab\t", "delete\u{7f}", "é", "a\0b", "a\r\n",
    String(repeating: "a", count: QRSymbol.longest + 1),
  ])
  func isRefused(text: String) {
    let failure = #expect(throws: Failure.self) { try QRSymbol(text) }
    #expect(failure?.kind == .usage)
  }
}
