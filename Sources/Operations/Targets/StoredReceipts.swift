internal import BundleFormat
internal import Depot
internal import OpenPGP
package import SafeIO
package import Transfer

#if Network
internal import ObjectStoreClient
#endif

/// What a receipt is called in an object store: `SITE/TIME-NUMBER-DIGEST.receipt`, so that a list has
/// the newest last and two receipts never have one name.
package struct StoredReceiptName: Hashable, Sendable {
  package let site: String
  /// As `20261129T074300Z`.
  let time: String
  package let number: UInt64
  /// The first twelve digits of the SHA-256 of the file.
  let digest: String

  private static let suffix = ".receipt"

  init(_ made: MadeReceipt) {
    site = made.receipt.site
    time = made.receipt.created.rfc3339.filter { $0 != "-" && $0 != ":" }
    number = made.receipt.number
    digest = StoredReceiptName.digest(of: made.text)
  }

  /// Nil for what no receipt is called.
  package init?(_ path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, BundleName.isValid(String(parts[0])),
      parts[1].hasSuffix(StoredReceiptName.suffix)
    else { return nil }
    let words = parts[1].dropLast(StoredReceiptName.suffix.count)
      .split(separator: "-", omittingEmptySubsequences: false)
    guard words.count == 3, words[0].utf8.count == 16, words[0].hasSuffix("Z"),
      let number = DecimalNumber.read(words[1]), words[2].utf8.count == 12,
      words[2].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    site = String(parts[0])
    time = String(words[0])
    self.number = number
    digest = String(words[2])
  }

  /// Below the directory of receipts.
  package var path: String { "\(site)/\(time)-\(number)-\(digest)\(StoredReceiptName.suffix)" }

  /// Whether it names a file with this content.
  func names(_ text: [UInt8]) -> Bool { StoredReceiptName.digest(of: text) == digest }

  private static func digest(of text: [UInt8]) -> String {
    String(SHA256Digest.of(text).hex.prefix(12))
  }
}

/// What came of the receipts in a directory of an object store.
package struct StoredReceiptsOutcome: Sendable {
  /// Those that were taken in, and where they lay.
  package var taken: [(place: String, outcome: ReceiptAdmission.Outcome)] = []
  /// Those that were refused.
  package var refused: [(place: String, failure: Failure)] = []
  /// The sites whose newest receipt is known already.
  package var known: [String] = []
  /// How many files have a name or a length that no receipt has.
  package var strangers = 0
}

#if Network
/// The newest receipts of each site in a directory of an object store.
struct StoredReceiptList: Sendable {
  private(set) var newest: [String: [StoredReceiptName]] = [:]
  private(set) var strangers = 0

  /// How many of a site's are looked at when newer ones are refused.
  private static let most = 8
  /// The most keys that are listed, and the most sites.
  private static let mostKeys = 2_000_000
  private static let mostSites = 100_000

  init(in place: StorePlace) throws(Failure) {
    let prefix = place.prefix("")
    var count = 0
    try place.client.forEachKey(below: prefix) { (object) throws(Failure) in
      count += 1
      guard count <= StoredReceiptList.mostKeys, newest.count <= StoredReceiptList.mostSites else {
        throw Failure(
          .unsafe,
          "too-many-files",
          "there are more than \(StoredReceiptList.mostKeys) files, or receipts of more than "
            + "\(StoredReceiptList.mostSites) sites, in this directory",
          subject: place.name,
          hint: "name the directory of the receipts alone, and remove old ones"
        )
      }
      guard object.size <= UInt64(ReceiptAdmission.longest),
        let name = StoredReceiptName(String(object.key.dropFirst(prefix.count)))
      else {
        return strangers += 1
      }
      // Keys come in order, so that the newest of a site comes last.
      newest[name.site, default: []].append(name)
      if newest[name.site, default: []].count > StoredReceiptList.most {
        newest[name.site]?.removeFirst()
      }
    }
  }
}
#endif

extension Session {
  /// Takes from a directory of an object store the newest receipt of each site that is not known yet.
  ///
  /// A receipt that is refused does not hide the one before it, nor those of other sites.
  package func addStoredReceipts(
    in address: String,
    _ around: StoreSurroundings
  ) throws(Failure) -> StoredReceiptsOutcome {
    #if Network
    let depot = try depot()
    let place = try StorePlace(address, depot, around)
    let list = try interruption.govern { () throws(Failure) in
      try StoredReceiptList(in: place)
    }
    var outcome = StoredReceiptsOutcome()
    outcome.strangers = list.strangers
    for (site, names) in list.newest.sorted(by: { $0.key < $1.key }) {
      let kept = try depot.catalogue.receipt(of: site)
      for name in names.reversed() {
        if let kept, name.names(kept.text) {
          outcome.known.append(site)
          break
        }
        if try add(name, in: place, &outcome) { break }
      }
    }
    return outcome
    #else
    throw Session.noNetwork(address)
    #endif
  }

  #if Network
  /// Takes one in; false when it was refused, or has gone.
  private func add(
    _ name: StoredReceiptName,
    in place: StorePlace,
    _ outcome: inout StoredReceiptsOutcome
  ) throws(Failure) -> Bool {
    let whole = place.name + "/" + name.path
    let answer = try interruption.govern { () throws(Failure) in
      try place.client.get(place.key(name.path), limit: ReceiptAdmission.longest)
    }
    guard let text = answer?.body else { return false }
    do throws(Failure) {
      let taken = try addReceipt(.file(.content(text, name: whole)), from: [whole])
      outcome.taken.append((whole, taken))
      return true
    } catch {
      switch error.kind {
      case .trust, .integrity, .freshness, .unsafe, .policy:
        outcome.refused.append((whole, error))
        return false
      default: throw error
      }
    }
  }
  #endif
}

extension Depot {
  /// Puts a receipt to a directory in an object store, under a name of its own.
  ///
  /// - Returns: where it lies.
  func put(
    _ made: MadeReceipt,
    to address: String,
    _ around: StoreSurroundings
  ) throws(Failure) -> String {
    #if Network
    let place = try StorePlace(address, self, around)
    let path = StoredReceiptName(made).path
    let text = made.text
    let source = StoreSource(size: UInt64(text.count), digest: SHA256Digest.of(text)) {
      (offset, limit, block) throws(Failure) in
      guard offset < UInt64(text.count) else { return 0 }
      let rest = Array(text[Int(offset)...].prefix(limit))
      return unsafe block.append(rest.span.bytes)
    }
    let outcome = try place.client.create(
      source,
      at: place.key(path),
      StoreHeaders(contentType: "text/plain; charset=utf-8"),
      isConditional: place.target.createsOnce
    )
    guard case .taken = outcome else { return place.name + "/" + path }
    throw Failure(
      .state,
      "receipt-exists",
      "there is something else of the name that this receipt gets",
      subject: place.name + "/" + path,
      hint: "find out who else writes there, and make the receipt again"
    )
    #else
    throw Session.noNetwork(address)
    #endif
  }
}
