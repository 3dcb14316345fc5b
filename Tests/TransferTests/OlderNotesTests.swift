import BundleFormat
import SafeIO
import Testing

@testable import Transfer

/// A receipt may name 10,000 bundles that were taken in although they were older.
@Suite struct OlderNotesTests {
  private func receipt(_ count: Int) -> Receipt {
    var receipt = Receipt(
      site: "island",
      key: String(repeating: "A", count: 40),
      number: 1,
      created: .now(),
      inventory: ObjectInventory([])
    )
    receipt.older = (0..<count).map { index in
      Receipt.Older(
        stream: "mainland",
        sequence: UInt64(index) + 1,
        payload: SHA256Digest.of([1]),
        time: .now(),
        reason: String(repeating: "r", count: 500)
      )
    }
    return receipt
  }

  @Test func atMostTwentyAreToldOneByOne() {
    #expect(ReceiptAdmission.older(in: receipt(0)) == [])
    #expect(ReceiptAdmission.older(in: receipt(20)).count == 20)
    let notes = ReceiptAdmission.older(in: receipt(10_000))
    #expect(notes.count == 21)
    #expect(notes.first?.text.contains("mainland 9981 although it was older") == true)
    #expect(notes.last?.text.hasPrefix("and 9980 more") == true)
    #expect(notes.map(\.text.utf8.count).reduce(0, +) < 20_000)
  }
}
