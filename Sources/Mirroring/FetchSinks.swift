internal import Depot
internal import Objects
internal import SafeIO

/// Takes a small file into memory.
final class MemorySink: FetchSink {
  private(set) var bytes: [UInt8] = []
  var count: UInt64 { UInt64(bytes.count) }
  var canGoOn: Bool { false }

  func restart() throws(Failure) { bytes.removeAll() }

  func write(_ span: RawSpan) throws(Failure) {
    unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }
}

/// Takes a file into a depot's staging, hashed on the way.
///
/// Where the hash is known beforehand, what came outlives the run, and a later one goes on there.
final class DepotSink: FetchSink {
  private let staging: Staging
  private let file: OpenFile
  private let digest: SHA256Digest?
  private let token: String
  private let progress: FetchProgress
  private let takesSHA512: Bool
  private var sha256 = SHA256Hasher()
  private var sha512: SHA512Hasher?
  private(set) var count: UInt64 = 0
  var canGoOn: Bool { true }
  /// Whether some of the bytes came in an earlier run, or before the connection broke.
  private(set) var isResumed = false

  init(
    _ staging: Staging,
    digest: SHA256Digest?,
    takesSHA512: Bool,
    progress: FetchProgress
  ) throws(Failure) {
    self.staging = staging
    self.digest = digest
    self.takesSHA512 = takesSHA512
    self.progress = progress
    sha512 = takesSHA512 ? SHA512Hasher() : nil
    guard let digest else {
      let unfinished = try staging.createAnonymous()
      token = unfinished.token
      file = unfinished.takeFile()
      return
    }
    token = ""
    file = try staging.openSplit(digest)
    if try file.status().size > 0 { try readAgain() }
  }

  /// Hashes what an earlier run fetched.
  private func readAgain() throws(Failure) {
    let block = Block()
    while try file.read(into: block) > 0 {
      try Interruption.check()
      hash(block.bytes)
      progress.resumed(block.count)
      block.clear()
    }
    isResumed = true
  }

  private func hash(_ bytes: RawSpan) {
    sha256.update(bytes)
    sha512?.update(bytes)
    count += UInt64(bytes.byteCount)
  }

  func restart() throws(Failure) {
    progress.forget(count)
    try file.truncate(to: 0)
    try file.seek(to: 0)
    sha256 = SHA256Hasher()
    sha512 = takesSHA512 ? SHA512Hasher() : nil
    count = 0
    isResumed = false
  }

  func goesOn() { isResumed = true }

  func write(_ bytes: RawSpan) throws(Failure) {
    try file.write(bytes)
    hash(bytes)
    progress.received(bytes.byteCount)
  }

  /// What came, by its hashes.
  func hashes() -> (sha256: SHA256Digest, sha512: String?) {
    (sha256.finish(), sha512?.finishHex())
  }

  /// Keeps the file under its hash.
  func keep(as found: SHA256Digest) throws(Failure) {
    guard let digest else { return try staging.keep(token, as: found) }
    guard try staging.keepSplit(digest, size: count, isChecked: true) else {
      throw Failure(.internal, "fetched", "a file that was fetched is gone", subject: digest.hex)
    }
  }

  /// Removes the file.
  func drop() throws(Failure) {
    progress.forget(count)
    if let digest { try staging.removeSplit(digest) } else { try staging.drop(token) }
  }
}
