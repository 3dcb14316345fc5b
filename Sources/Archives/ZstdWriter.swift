private import CZstd
package import SafeIO

/// Compresses one stream into one zstd frame whose bytes depend on nothing but the content, the
/// level and the version of libzstd.
///
/// The frame carries a checksum and its content size, and its window is at most
/// `ZstdLimits.windowLog`. How the input is cut into writes makes no difference.
package struct ZstdWriter: ~Copyable {
  let context: Context
  private let output: Block
  private let contentSize: UInt64
  private var written: UInt64 = 0

  /// A frame of exactly `contentSize` bytes of content.
  ///
  /// - Throws: `usage` for a level outside of `ZstdLimits.levels`, `resource` without memory.
  package init(level: Int32, contentSize: UInt64) throws(Failure) {
    guard ZstdLimits.levels.contains(level) else {
      throw Failure(
        .usage,
        "zstd-level",
        "a zstd level is a number from \(ZstdLimits.levels.lowerBound) to "
          + "\(ZstdLimits.levels.upperBound), not \(level)"
      )
    }
    let context = try Context()
    try context.set(ZSTD_c_compressionLevel, level)
    try context.set(ZSTD_c_checksumFlag, 1)
    try context.set(ZSTD_c_contentSizeFlag, 1)
    // Threads would cut the content differently from one build of libzstd to the next.
    try context.set(ZSTD_c_nbWorkers, 0)
    try context.pledge(contentSize)
    self.context = context
    output = Block(capacity: 1 << 17)
    self.contentSize = contentSize
  }

  /// Compresses the next bytes, and gives the sink what is ready.
  package mutating func write(
    _ input: RawSpan,
    _ sink: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    let (total, overflow) = written.addingReportingOverflow(UInt64(input.byteCount))
    guard !overflow, total <= contentSize else { throw wrongSize(atLeast: total) }
    written = total
    var position = 0
    while position < input.byteCount {
      position = try context.compress(input, from: position, into: output)
      try flush(ifFull: true, sink)
    }
  }

  /// Ends the frame; fails when the content was not exactly as long as promised.
  package consuming func finish(
    _ sink: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    guard written == contentSize else { throw wrongSize(atLeast: written) }
    while try !context.end(into: output) { try flush(ifFull: false, sink) }
    try flush(ifFull: false, sink)
  }

  private func flush(
    ifFull: Bool,
    _ sink: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    guard ifFull ? output.room == 0 : output.count > 0 else { return }
    try sink(output.bytes)
    output.clear()
  }

  private func wrongSize(atLeast count: UInt64) -> Failure {
    Failure(
      .integrity,
      "zstd-size",
      "\(contentSize) bytes were to be compressed, but there are \(count)",
      hint: "a file changed while it was read: run the same command again"
    )
  }

  /// The owner of the C handle.
  @safe struct Context: ~Copyable {
    private let handle: OpaquePointer

    init() throws(Failure) {
      guard let made = unsafe ZSTD_createCCtx() else {
        throw Failure(.resource, "memory", "there is no memory for compressing")
      }
      unsafe handle = made
    }

    deinit { _ = unsafe ZSTD_freeCCtx(handle) }

    fileprivate func set(_ parameter: ZSTD_cParameter, _ value: Int32) throws(Failure) {
      try check(unsafe ZSTD_CCtx_setParameter(handle, parameter, value))
    }

    func pledge(_ size: UInt64) throws(Failure) {
      try check(unsafe ZSTD_CCtx_setPledgedSrcSize(handle, size))
    }

    /// Compresses from `position` on; answers the position up to which input was taken.
    func compress(
      _ input: RawSpan,
      from position: Int,
      into output: Block
    ) throws(Failure) -> Int {
      let source = unsafe input.withUnsafeBytes { unsafe $0 }
      var input = unsafe ZSTD_inBuffer(
        src: source.baseAddress,
        size: source.count,
        pos: position
      )
      _ = try unsafe output.fill { (buffer) throws(Failure) in
        var output = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        try check(unsafe ZSTD_compressStream2(handle, &output, &input, ZSTD_e_continue))
        return unsafe output.pos
      }
      return unsafe input.pos
    }

    /// Writes the rest of the frame; true when all of it fitted.
    func end(into output: Block) throws(Failure) -> Bool {
      var remaining = 0
      _ = try unsafe output.fill { (buffer) throws(Failure) in
        var input = unsafe ZSTD_inBuffer(src: nil, size: 0, pos: 0)
        var output = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        remaining = unsafe ZSTD_compressStream2(handle, &output, &input, ZSTD_e_end)
        try check(remaining)
        return unsafe output.pos
      }
      return remaining == 0
    }

    private func check(_ code: Int) throws(Failure) {
      guard ZSTD_isError(code) != 0 else { return }
      let reason = unsafe String(cString: ZSTD_getErrorName(code))
      guard ZSTD_getErrorCode(code) != ZSTD_error_memory_allocation else {
        throw Failure(.resource, "memory", "there is no memory for compressing: \(reason)")
      }
      throw Failure(.internal, "zstd", "compressing failed: \(reason)")
    }
  }
}
