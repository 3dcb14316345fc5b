import Archives
import BundleFormat
import DebianRepository
import Depot
import OpenPGP
import SafeIO

/// The parsers of bytes from outside, each with what must hold for every input.
///
/// A failure is an answer; a trap, a hang, memory without bound, or a claim that does not hold is a
/// defect.
enum FuzzedParser: String, CaseIterable {
  case release, checksums, packages, sources, status, stanzas, version, date
  case sourcesList = "sources-list"
  case aptConfiguration = "apt-configuration"
  case clearsigned, signature
  case manifest, entries
  case tarHeader = "tar-header"
  case auditLine = "audit-line"
  case decompress, zstd, disc
  case receipt, inventory
  case resendRequest = "resend-request"
  case resentFiles = "resent-files"
  case typedReceipt = "typed-receipt"

  /// The one that the first argument names.
  static let chosen = FuzzedParser(rawValue: CommandLine.arguments[1])

  /// Hands one input to the parser.
  func run(_ bytes: [UInt8]) {
    switch self {
    case .release: FuzzedTexts.release(bytes)
    case .checksums: FuzzedTexts.checksums(bytes)
    case .packages: FuzzedTexts.index(.packages, bytes)
    case .sources: FuzzedTexts.index(.sources, bytes)
    case .status: FuzzedTexts.index(.status, bytes)
    case .stanzas: FuzzedTexts.inBlocks(bytes, FuzzedTexts.stanzas)
    case .version: FuzzedTexts.version(bytes)
    case .date: FuzzedTexts.date(bytes)
    case .sourcesList: FuzzedTexts.sourcesList(bytes)
    case .aptConfiguration: FuzzedTexts.aptConfiguration(bytes)
    case .clearsigned: FuzzedMedia.clearsigned(bytes)
    case .signature: FuzzedMedia.signature(bytes)
    case .manifest: FuzzedMedia.manifest(bytes)
    case .entries: FuzzedTexts.inBlocks(bytes, FuzzedMedia.entries)
    case .tarHeader: FuzzedMedia.tarHeader(bytes)
    case .auditLine: FuzzedMedia.auditLine(bytes)
    case .decompress: FuzzedMedia.decompress(bytes)
    case .zstd: FuzzedTexts.inBlocks(bytes, FuzzedMedia.zstd)
    case .disc: FuzzedDiscs.disc(bytes)
    case .receipt: FuzzedReceipts.receipt(bytes)
    case .inventory: FuzzedReceipts.inventory(bytes)
    case .resendRequest: FuzzedReceipts.resendRequest(bytes)
    case .resentFiles: FuzzedReceipts.resentFiles(bytes)
    case .typedReceipt: FuzzedReceipts.typedReceipt(bytes)
    }
  }
}

/// Stops the run: what is claimed of every input does not hold for this one.
func claim(_ holds: Bool, _ what: String) {
  if !holds { fatalError("the claim does not hold: \(what)") }
}

/// What a parser answers, as text that can be compared.
func answer(_ body: () throws(Failure) -> [String]) -> [String] {
  do throws(Failure) {
    return try body()
  } catch {
    // The message is made too: it shows hostile bytes.
    _ = Escaped.line(error.reason + (error.subject ?? "") + (error.hint ?? ""))
    return ["refused: \(error.kind.label) \(error.name) \(error.reason)"]
  }
}
