import BundleFormat
import SafeIO
import TestSupport
import Testing

private func digest(_ number: UInt64) -> SHA256Digest {
  SHA256Digest.of(Array("object \(number)".utf8))
}

private func digests(_ range: Range<UInt64>) -> [SHA256Digest] { range.map(digest).sorted() }

/// The smallest prime key fingerprint that the grammar allows.
private let fingerprint = String(repeating: "0123456789ABCDEF", count: 3).prefix(40)

@Suite struct ReceiptTests {
  static func sample(objects: Range<UInt64> = 0..<50) throws -> Receipt {
    var receipt = Receipt(
      site: "island",
      key: String(fingerprint),
      number: 12,
      created: try #require(UTCTime(rfc3339: "2026-11-23T10:00:00Z")),
      inventory: ObjectInventory(digests(objects))
    )
    receipt.audit = .init(log: String(fingerprint), sequence: 71, digest: digest(1))
    receipt.knownAudit = [.init(log: String(fingerprint), sequence: 9, digest: digest(2))]
    receipt.streams = [
      .init(
        name: "debian",
        sequence: 38,
        payload: digest(3),
        gaps: [1...4, 7...7],
        lower: [5: digest(5), 37: digest(7)]
      ), .init(name: "security", sequence: 2, payload: digest(4), gaps: [], lower: [:]),
    ]
    receipt.older = [
      .init(
        stream: "debian",
        sequence: 5,
        payload: digest(5),
        time: receipt.created,
        reason: "the kernel of 38 does not boot here"
      )
    ]
    receipt.snapshots = [.init(name: "bookworm-1", digest: digest(6))]
    return receipt
  }

  @Test func isReadAsItWasWritten() throws {
    for count in [0, 1, 2, 3, 383, 384, 385, 5000] as [UInt64] {
      let receipt = try ReceiptTests.sample(objects: 0..<count)
      let again = try Receipt(text: receipt.text)
      #expect(again == receipt)
      #expect(again.text == receipt.text)
      #expect(again.inventory.count == Int(count))
    }
  }

  @Test(arguments: [
    ("Format: aptferry-receipt 1", "Format: aptferry-receipt 2"),
    ("Site: island", "Site: island\nRequires: more"), ("Site: island", "Site: .."),
    ("Number: 12", "Number: 0"), ("Number: 12", "Number: 012"),
    (" debian 1-4 7", " debian 1-4 5"), (" debian 1-4 7", " debian 7 1-4"),
    (" debian 1-4 7", " debian 1-4 38"), (" debian 1-4 7", " other 1"),
    (" debian 37 ", " debian 38 "), (" debian 37 ", " debian 7 "), (" debian 37 ", " debian 5 "),
    (" debian 37 ", " other 37 "), (" debian 37 ", " debian 37 x"),
    ("Objects: 50", "Objects: 49"), ("Objects: 50", "Objects: 51"),
    ("Objects: 50", "Objects: 9223372036854775807"), ("Objects: 50", "Objects: 10000001"),
    ("Inventory:\n ", "Inventory:\n ="), ("Snapshots:\n bookworm-1", "Snapshots:\n bookworm 1"),
    ("Audit: 0", "Audit: 1"), ("Known-Audit:\n", "Known-Audit:\n \(fingerprint) 8 \(digest(1))\n"),
    ("Streams:\n", "Streams:\n debian 39 \(digest(1))\n"),
    ("Snapshots:\n", "Snapshots:\n bookworm-1 \(digest(1))\n"),
    ("Key: 0", "Key: x"), (" the kernel of 38 does not boot here", ""),
  ])
  func isRefused(when old: String, becomes new: String) throws {
    let text = String(decoding: try ReceiptTests.sample().text, as: UTF8.self)
    #expect(text.contains(old))
    let failure = #expect(throws: Failure.self) {
      try Receipt(text: Array(text.replacing(old, with: new, maxReplacements: 1).utf8))
    }
    #expect([.integrity, .policy].contains(failure?.kind))
  }

  @Test func anyBytesAreReadOrRefused() throws {
    let original = try ReceiptTests.sample().text
    var numbers = SeededGenerator(seed: 7)
    for _ in 0..<20_000 {
      var text = original
      for _ in 0..<Int.random(in: 1...4, using: &numbers) {
        let index = Int.random(in: 0..<text.count, using: &numbers)
        switch Int.random(in: 0..<3, using: &numbers) {
        case 0: text[index] = UInt8.random(in: 0...255, using: &numbers)
        case 1: text.remove(at: index)
        default: text.insert(text[Int.random(in: 0..<text.count, using: &numbers)], at: index)
        }
      }
      do throws(Failure) {
        let receipt = try Receipt(text: text)
        #expect(try Receipt(text: receipt.text) == receipt)
      } catch {
        #expect(error.kind == .integrity || error.kind == .policy)
      }
    }
  }
}

@Suite struct ObjectInventoryTests {
  @Test func whatIsHeldIsFound() {
    let held = digests(0..<20_000)
    let inventory = ObjectInventory(held)
    #expect(held.allSatisfy { inventory.contains($0) })
    // Of 200,000 others some three are taken for held; thirty would be a defect.
    let others = (1_000_000..<1_200_000 as Range<UInt64>).count { inventory.contains(digest($0)) }
    #expect(others < 30)
    #expect(!ObjectInventory([]).contains(digest(1)))
  }

  @Test func aReceiptOf200000ObjectsHasAtMost3BytesForEach() throws {
    let receipt = try ReceiptTests.sample(objects: 0..<200_000)
    #expect(receipt.text.count <= 600_000)
    #expect(try Receipt(text: receipt.text) == receipt)
  }
}

@Suite struct TypedReceiptTests {
  private static let letters = Array("23456789ABCDEFGHJKMNPQRSTUVWXYZ")

  private func sample(_ seed: UInt64) -> TypedReceipt {
    TypedReceipt(
      site: "island-\(seed)",
      stream: "Mainland",
      sequence: seed * 17 + 1,
      payload: digest(seed)
    )
  }

  @Test func isReadAsItIsTyped() throws {
    let typed = sample(1)
    #expect(try TypedReceipt(typed: typed.line) == typed)
    #expect(typed.isAbout(digest(1)))
    #expect(!typed.isAbout(digest(2)))
    let words = typed.line.split(separator: " ")
    let code = words[3].replacing("-", with: "").lowercased()
    let loose = "  \(words[0])\t\(words[1])  \(words[2]) \(code.prefix(3)) \(code.dropFirst(3)) "
    #expect(try TypedReceipt(typed: loose) == typed)
  }

  /// Every single character of the line wrong, and every two neighbours swapped.
  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func everyTypingErrorIsFound(seed: UInt64) throws {
    let typed = sample(seed)
    let line = Array(typed.line)
    let others = TypedReceiptTests.letters + Array("abcdefghijklmnopqrstuvwxyz01-_.IOLM")
    func check(_ changed: [Character]) {
      guard let read = try? TypedReceipt(typed: String(changed)) else { return }
      // Read after all: only where the change means nothing, as case and hyphens in the code.
      #expect(
        TypedReceipt.matches(read.line, typed.line),
        "\(String(changed)) was taken for \(typed.line)"
      )
    }
    for index in line.indices {
      for other in others where other != line[index] {
        var changed = line
        changed[index] = other
        check(changed)
      }
      guard index + 1 < line.count, line[index] != line[index + 1] else { continue }
      var changed = line
      changed.swapAt(index, index + 1)
      check(changed)
    }
  }

  @Test(arguments: ["", "a b c", "a b 0 AAAAA", "a b 1 22222-22222-2", "a b 1 O2222-22222-22"])
  func isRefused(line: String) {
    let failure = #expect(throws: Failure.self) { try TypedReceipt(typed: line) }
    #expect(failure?.kind == .usage)
  }
}

@Suite struct ResendRequestTests {
  private func sample(chunks: [UInt64], entries: [UInt64]) -> ResendRequest {
    ResendRequest(
      site: "island",
      stream: "mainland",
      sequence: 38,
      payload: digest(1),
      chunks: chunks,
      entries: entries
    )
  }

  @Test func isReadAsItWasWritten() throws {
    let request = sample(chunks: [3, 7, 8, 9], entries: [17])
    #expect(request.chunks == [3...3, 7...9])
    let text = String(decoding: request.text, as: UTF8.self)
    #expect(text.contains("Chunks: 3 7-9\n"))
    #expect(try ResendRequest(text: request.text) == request)
    #expect(request.isAbout(digest(1)) && !request.isAbout(digest(2)))
  }

  @Test func isReadAsPeopleTypeIt() throws {
    let request = sample(chunks: [3, 7, 8, 9], entries: [17])
    let lines = String(decoding: request.text, as: UTF8.self).split(separator: "\n")
    let shouted = lines.map { line in
      let cut = line.firstIndex(of: ":") ?? line.endIndex
      return line[..<cut].uppercased() + line[cut...]
    }
    for text in [
      lines.joined(separator: "\r\n"), "\n\n" + lines.joined(separator: " \n") + "\n\n  \n",
      shouted.joined(separator: "\n"), lines.map { "\t" + $0 }.joined(separator: "\n\n"),
    ] {
      #expect(try ResendRequest(typed: Array(text.utf8)) == request, "\(text)")
    }
    let wrong = lines.joined(separator: "\n").replacing("Chunks: 3", with: "Chunks: 4")
    let failure = #expect(throws: Failure.self) { try ResendRequest(typed: Array(wrong.utf8)) }
    #expect(failure?.reason.contains("typing error") ?? false)
    let odd = lines.joined(separator: "\n").replacing("Chunks: 3", with: "Chunks: x")
    let other = #expect(throws: Failure.self) { try ResendRequest(typed: Array(odd.utf8)) }
    #expect(other?.reason.split(separator: "not a resend request").count == 2)
  }

  @Test func everyWrongDigitIsFound() throws {
    let text = Array(String(decoding: sample(chunks: [31], entries: [204]).text, as: UTF8.self))
    for index in text.indices where text[index].isNumber {
      for digit in "0123456789" where digit != text[index] {
        var changed = text
        changed[index] = digit
        #expect(throws: Failure.self) { try ResendRequest(text: Array(String(changed).utf8)) }
      }
    }
  }

  @Test func whatRequiresMoreIsRefused() {
    let text = String(decoding: sample(chunks: [2], entries: []).text, as: UTF8.self)
    let failure = #expect(throws: Failure.self) {
      try ResendRequest(text: Array(text.replacing("Site: ", with: "Requires: more\nSite: ").utf8))
    }
    #expect(failure?.kind == .policy)
  }

  @Test(arguments: ["Chunks: 3 7-9", "Chunks: 9-7", "Chunks: 3 4", "Chunks: 0", "Chunks: 1-1"])
  func rangesHaveOneSpelling(line: String) {
    let text = String(decoding: sample(chunks: [2], entries: []).text, as: UTF8.self)
    let failure = #expect(throws: Failure.self) {
      try ResendRequest(text: Array(text.replacing("Chunks: 2", with: line).utf8))
    }
    #expect(failure?.kind == .integrity)
  }
}
