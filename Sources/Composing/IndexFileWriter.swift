internal import Archives
internal import Objects
internal import SafeIO

/// Writes one index in all its forms into a staging, piece by piece.
///
/// Memory is that of the compressors, however long the index is.
struct IndexFileWriter {
  /// A form that was written.
  struct File {
    let compression: Compression
    let size: UInt64
    let digest: SHA256Digest
  }

  /// A form that is being written.
  private final class Form {
    let compression: Compression
    let compressor: Compressor?
    let token: String
    let file: OpenFile
    var hasher = SHA256Hasher()
    var size: UInt64 = 0

    init(
      _ compression: Compression,
      _ compressor: Compressor?,
      _ token: String,
      _ file: consuming OpenFile
    ) {
      (self.compression, self.compressor, self.token) = (compression, compressor, token)
      self.file = file
    }

    static func make(_ compression: Compression, in staging: Staging) throws(Failure) -> Form {
      let compressor = compression == .none ? nil : try Compressor(compression)
      let made = try staging.createAnonymous()
      let token = made.token
      return Form(compression, compressor, token, made.takeFile())
    }

    func write(_ bytes: RawSpan) throws(Failure) {
      guard let compressor else { return try put(bytes) }
      try compressor.write(bytes)
      if compressor.pending >= 1 << 18 { try put(compressor.take()) }
    }

    func finish() throws(Failure) {
      if let compressor { try put(try compressor.finish()) }
    }

    private func put(_ bytes: [UInt8]) throws(Failure) { unsafe try put(bytes.span.bytes) }

    private func put(_ bytes: RawSpan) throws(Failure) {
      hasher.update(bytes)
      size += UInt64(bytes.byteCount)
      try file.write(bytes)
    }
  }

  private let staging: Staging
  private let forms: [Form]
  private var buffer: [UInt8] = []
  private var hasher = SHA256Hasher()
  private var size: UInt64 = 0

  init(_ compressions: [Compression], _ staging: Staging) throws(Failure) {
    self.staging = staging
    forms = try compressions.map { (form) throws(Failure) in try Form.make(form, in: staging) }
    buffer.reserveCapacity(1 << 18)
  }

  /// Writes the next bytes.
  mutating func write(_ bytes: Span<UInt8>) throws(Failure) {
    buffer.append(copying: bytes)
    if buffer.count >= 1 << 17 { try flush() }
  }

  private mutating func flush() throws(Failure) {
    try Interruption.check()
    var bytes: [UInt8] = []
    swap(&bytes, &buffer)
    try put(unsafe bytes.span.bytes)
    bytes.removeAll(keepingCapacity: true)
    swap(&bytes, &buffer)
  }

  private mutating func put(_ bytes: RawSpan) throws(Failure) {
    hasher.update(bytes)
    size += UInt64(bytes.byteCount)
    for form in forms { try form.write(bytes) }
  }

  /// Ends it; answers what the index is uncompressed, and its forms, which are in the staging now.
  mutating func finish() throws(Failure) -> (plain: File, forms: [File]) {
    try flush()
    var files: [File] = []
    for form in forms {
      try form.finish()
      let digest = form.hasher.finish()
      try staging.keep(form.token, as: digest)
      files.append(File(compression: form.compression, size: form.size, digest: digest))
    }
    return (File(compression: .none, size: size, digest: hasher.finish()), files)
  }
}
