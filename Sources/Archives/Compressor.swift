private import CArchive
package import SafeIO

/// Compresses one stream, block by block; its bytes depend on nothing but the content and the version of
/// the compressor's library.
@safe package final class Compressor {
  private let handle: OpaquePointer
  private let target = Target()

  /// What the callback writes to, kept alive by this value.
  private final class Target {
    var bytes: [UInt8] = []
  }

  /// A compressor for an index: gzip, xz or zstd.
  package init(_ compression: Compression) throws(Failure) {
    guard let made = unsafe archive_write_new() else { throw Compressor.noMemory }
    unsafe handle = made
    try check(unsafe archive_write_set_format_raw(handle))
    try addFilter(compression)
    try check(unsafe archive_write_set_bytes_in_last_block(handle, 1))
    let client = unsafe Unmanaged.passUnretained(target).toOpaque()
    try check(
      unsafe archive_write_open(
        handle,
        client,
        nil,
        { (_, client, bytes, count) in
          guard let client = unsafe client else { return -1 }
          let target = unsafe Unmanaged<Target>.fromOpaque(client).takeUnretainedValue()
          let bytes = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
          unsafe target.bytes.append(contentsOf: bytes)
          return count
        },
        nil
      )
    )
    try begin()
  }

  private func addFilter(_ compression: Compression) throws(Failure) {
    switch compression {
    case .gzip:
      try check(unsafe archive_write_add_filter_gzip(handle))
      // The time would be another one at each run.
      try check(unsafe archive_write_set_filter_option(handle, "gzip", "timestamp", nil))
    case .xz:
      try check(unsafe archive_write_add_filter_xz(handle))
      // Blocks are the same for any number of threads but one.
      try check(unsafe archive_write_set_filter_option(handle, "xz", "threads", "2"))
    case .zstd: try check(unsafe archive_write_add_filter_zstd(handle))
    case .none, .bzip2, .lzma, .lz4:
      throw Failure(
        .internal,
        "compressor",
        "nothing is compressed this way here: \(compression.rawValue)"
      )
    }
  }

  /// The raw format wants one member before its content.
  private func begin() throws(Failure) {
    guard let entry = unsafe archive_entry_new() else { throw Compressor.noMemory }
    defer { unsafe archive_entry_free(entry) }
    unsafe archive_entry_set_filetype(entry, 0o100000 /* AE_IFREG */)
    try check(unsafe archive_write_header(handle, entry))
  }

  deinit { _ = unsafe archive_write_free(handle) }

  /// Compresses the next bytes.
  package func write(_ bytes: RawSpan) throws(Failure) {
    let written = unsafe bytes.withUnsafeBytes { (bytes) in
      unsafe archive_write_data(handle, bytes.baseAddress, bytes.count)
    }
    guard written == bytes.byteCount else { throw failure() }
  }

  /// What is compressed so far and was not taken before.
  package func take() -> [UInt8] {
    var bytes: [UInt8] = []
    swap(&bytes, &target.bytes)
    return bytes
  }

  /// How many bytes can be taken.
  package var pending: Int { target.bytes.count }

  /// Ends the stream; answers all of it that was not taken.
  package func finish() throws(Failure) -> [UInt8] {
    try check(unsafe archive_write_close(handle))
    return target.bytes
  }

  private func check(_ code: Int32) throws(Failure) {
    guard code == ARCHIVE_OK else { throw failure() }
  }

  private static let noMemory = Failure(
    .resource,
    "memory",
    "there is no memory for compressing"
  )

  private func failure() -> Failure {
    let text = unsafe archive_error_string(handle)
    let reason = unsafe text.map { unsafe String(cString: $0) } ?? "no reason given"
    return Failure(.internal, "compressor", "compressing failed: \(reason)")
  }
}
