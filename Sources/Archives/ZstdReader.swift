private import CZstd
package import SafeIO

/// Unpacks one zstd frame that must be exactly of the kind that `ZstdWriter` writes.
///
/// That is: one frame and nothing before or behind it, a checksum, a declared content size equal
/// to the expected one, no dictionary, and a window of at most `ZstdLimits.windowLog`. Never more
/// than one byte beyond the expected size is unpacked, whatever the frame holds.
package struct ZstdReader: ~Copyable {
  let context: Context
  private let output: Block
  private let expectedSize: UInt64
  private let name: String?
  private var header: [UInt8] = []
  private var state = State.inHeader
  private var unpacked: UInt64 = 0

  private enum State { case inHeader, inFrame, done }

  /// A reader for a frame that must unpack to `expectedSize` bytes; `name` is for messages.
  package init(expectedSize: UInt64, name: String? = nil) throws(Failure) {
    let context = try Context(name: name)
    try context.limitWindow()
    self.context = context
    output = Block(capacity: 1 << 18)
    self.expectedSize = expectedSize
    self.name = name
  }

  /// Takes the next compressed bytes, and gives the sink what they unpack to.
  package mutating func read(
    _ input: RawSpan,
    _ sink: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    guard input.byteCount > 0 else { return }
    var position = 0
    if state == .inHeader {
      while position < input.byteCount, state == .inHeader {
        header.append(unsafe input.unsafeLoad(fromByteOffset: position, as: UInt8.self))
        position += 1
        guard let read = try ZstdFrameHeader(header, name: name) else { continue }
        try check(read)
        state = .inFrame
      }
      guard state == .inFrame else { return }
      let bytes = header
      try unpack(unsafe bytes.span.bytes, sink)
    }
    try unpack(input.extracting(position..<input.byteCount), sink)
  }

  /// Ends; fails when the frame was not complete.
  package consuming func finish() throws(Failure) {
    guard state == .done else {
      throw Failure(
        .integrity,
        "zstd-truncated",
        "the compressed data ends after \(unpacked) of \(expectedSize) bytes",
        subject: name
      )
    }
  }

  private func check(_ header: ZstdFrameHeader) throws(Failure) {
    guard header.windowSize <= 1 << UInt64(ZstdLimits.windowLog) else {
      throw context.tooLargeWindow()
    }
    guard header.hasChecksum else {
      throw Failure(.integrity, "zstd-no-checksum", "the frame has no checksum", subject: name)
    }
    guard !header.hasDictionary else {
      throw Failure(
        .unsafe,
        "zstd-dictionary",
        "the frame needs a dictionary that is not in it",
        subject: name
      )
    }
    guard let declared = header.contentSize else {
      throw Failure(.integrity, "zstd-size", "the frame does not declare its size", subject: name)
    }
    guard declared == expectedSize else {
      throw Failure(
        .integrity,
        "zstd-size",
        "the frame declares \(declared) bytes instead of \(expectedSize)",
        subject: name
      )
    }
  }

  private mutating func unpack(
    _ input: RawSpan,
    _ sink: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    var position = 0
    var mayHoldMore = false
    while position < input.byteCount || mayHoldMore {
      guard state == .inFrame else {
        throw Failure(
          .integrity,
          "zstd-trailing",
          "there are bytes behind the end of the compressed data",
          subject: name
        )
      }
      output.clear()
      // One byte more than there may be, so that too much content shows at once.
      let room = expectedSize - unpacked
      let limit = room < UInt64(output.capacity) ? Int(room) + 1 : output.capacity
      let step = try context.decompress(input, from: position, into: output, limit: limit)
      position = step.position
      guard UInt64(output.count) <= room else {
        throw Failure(
          .unsafe,
          "zstd-too-large",
          "the data unpacks to more than the \(expectedSize) bytes it may have",
          subject: name
        )
      }
      unpacked += UInt64(output.count)
      if step.isEnd {
        guard unpacked == expectedSize else {
          throw Failure(
            .integrity,
            "zstd-size",
            "the frame ends after \(unpacked) of \(expectedSize) bytes",
            subject: name
          )
        }
        state = .done
      }
      mayHoldMore = !step.isEnd && output.count == min(limit, output.capacity)
      if output.count > 0 { try sink(output.bytes) }
    }
  }

  /// The owner of the C handle.
  @safe struct Context: ~Copyable {
    private let handle: OpaquePointer
    private let name: String?

    init(name: String?) throws(Failure) {
      guard let made = unsafe ZSTD_createDCtx() else {
        throw Failure(.resource, "memory", "there is no memory for unpacking", subject: name)
      }
      unsafe handle = made
      self.name = name
    }

    deinit { _ = unsafe ZSTD_freeDCtx(handle) }

    func limitWindow() throws(Failure) {
      let log = Int32(ZstdLimits.windowLog)
      try check(unsafe ZSTD_DCtx_setParameter(handle, ZSTD_d_windowLogMax, log))
    }

    /// Unpacks from `position` on; answers how far it came and whether the frame has ended.
    func decompress(
      _ input: RawSpan,
      from position: Int,
      into output: Block,
      limit: Int
    ) throws(Failure) -> (position: Int, isEnd: Bool) {
      let source = unsafe input.withUnsafeBytes { unsafe $0 }
      var input = unsafe ZSTD_inBuffer(
        src: source.baseAddress,
        size: source.count,
        pos: position
      )
      var code = 0
      _ = try unsafe output.fill(limit: limit) { (buffer) throws(Failure) in
        var output = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        code = unsafe ZSTD_decompressStream(handle, &output, &input)
        try check(code)
        return unsafe output.pos
      }
      return unsafe (input.pos, code == 0)
    }

    func tooLargeWindow() -> Failure {
      Failure(
        .resource,
        "zstd-window",
        "unpacking needs a window of more than \(1 << (ZstdLimits.windowLog - 20)) MiB of memory",
        subject: name
      )
    }

    private func check(_ code: Int) throws(Failure) {
      guard ZSTD_isError(code) != 0 else { return }
      let reason = unsafe String(cString: ZSTD_getErrorName(code))
      switch ZSTD_getErrorCode(code) {
      case ZSTD_error_frameParameter_windowTooLarge: throw tooLargeWindow()
      case ZSTD_error_memory_allocation:
        throw Failure(
          .resource,
          "memory",
          "there is no memory for unpacking: \(reason)",
          subject: name
        )
      case ZSTD_error_checksum_wrong:
        throw Failure(
          .integrity,
          "zstd-checksum",
          "the unpacked data does not match the checksum of the frame",
          subject: name
        )
      default:
        throw Failure(
          .integrity,
          "zstd-damaged",
          "the compressed data is damaged: \(reason)",
          subject: name
        )
      }
    }
  }
}
