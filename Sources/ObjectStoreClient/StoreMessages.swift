#if Network
package import SafeIO

/// Bytes of a file that are sent, as often as needed, a range at a time.
package struct StoreSource: Sendable {
  /// How many, in bytes.
  package let size: UInt64
  /// What they are; the store refuses others.
  package let digest: SHA256Digest
  /// Reads from an offset, at most so many bytes, into the free part of a block; 0 at the end.
  package typealias Read = @Sendable (UInt64, Int, Block) throws(Failure) -> Int
  let read: Read

  package init(size: UInt64, digest: SHA256Digest, read: @escaping Read) {
    (self.size, self.digest, self.read) = (size, digest, read)
  }
}

/// What a request carries.
enum StorePayload: Sendable {
  case bytes([UInt8])
  /// A part of a file: where it begins, how long it is, and its SHA-256.
  case part(StoreSource, offset: UInt64, size: UInt64, digest: SHA256Digest)

  static let none = StorePayload.bytes([])

  var size: UInt64 {
    switch self {
    case .bytes(let bytes): UInt64(bytes.count)
    case .part(_, _, let size, _): size
    }
  }

  var digest: SHA256Digest {
    switch self {
    case .bytes(let bytes): SHA256Digest.of(bytes)
    case .part(_, _, _, let digest): digest
    }
  }
}

/// A request, before it is signed.
struct StoreRequest: Sendable {
  let method: String
  /// The key; empty for the bucket itself.
  var key = ""
  var parameters: [(name: String, value: String)] = []
  /// Beside those that each request has.
  var headers: [(name: String, value: String)] = []
  var payload = StorePayload.none
  /// Whether it goes without a signature, as clients ask.
  var isAnonymous = false
  /// The most that is taken of an answer, in bytes.
  var answerLimit = FlatXML.longest
  /// For messages.
  var subject: String { key.isEmpty ? "the bucket" : key }
}

/// What a store answered.
package struct StoreAnswer: Sendable {
  /// The status of HTTP.
  package let status: Int
  /// By lower-case name; of several of one name the first.
  let headers: [String: String]
  /// At most what was asked for.
  package let body: [UInt8]

  /// Whether the store did it.
  package var isSuccess: Bool { (200..<300).contains(status) }

  /// Whether the same request may do better later.
  package var isTransient: Bool { StoreClient.mayPass(self) }

  /// The entity tag with its quotes, as it came; nil without one.
  package var tag: String? { headers["etag"] }

  /// The SHA-256 that this program noted at an object; nil without one.
  package var notedDigest: SHA256Digest? {
    headers[StoreAnswer.digestHeader].flatMap { SHA256Digest(hex: $0) }
  }

  /// The length that the head of an answer names, in bytes.
  package var length: UInt64? { headers["content-length"].flatMap { UInt64($0) } }

  static let digestHeader = "x-amz-meta-sha256"

  /// The code of a refusal, as in `AccessDenied`; empty where there is none.
  package var code: String { error?.text("Code") ?? "" }

  /// What the store says about a refusal; empty where it says nothing.
  var message: String { error?.text("Message") ?? "" }

  private var error: FlatXML? {
    guard let document = FlatXML.read(body) else { return nil }
    return document.name == "Error" ? document : nil
  }
}

/// Why there is no answer.
enum StoreProblem: Error {
  /// Asking again may help.
  case trouble(String)
  /// It would not: what is to be sent cannot be read, or somebody wants the work to stop.
  case failure(Failure)
}
#endif
