private import CArchive
internal import SafeIO

/// The owner of one libarchive reader and of the source that it reads from.
///
/// The C callback cannot throw: a failure of the source is parked in the box and thrown by the
/// call that was under way.
@safe struct ArchiveInput: ~Copyable {
  private let handle: OpaquePointer
  private let source: Source
  private let name: String

  /// What the callback needs, kept alive by this value.
  private final class Source {
    let block = Block(capacity: 1 << 18)
    let next: (Block) throws(Failure) -> Int
    var delivered: UInt64 = 0
    /// The last eight bytes that were delivered.
    var tail: [UInt8] = []
    var failure: Failure?

    init(_ next: @escaping (Block) throws(Failure) -> Int) { self.next = next }
  }

  private init(
    name: String,
    next: @escaping (Block) throws(Failure) -> Int
  ) throws(Failure) {
    guard let made = unsafe archive_read_new() else {
      throw Failure(.resource, "memory", "there is no memory for unpacking", subject: name)
    }
    unsafe handle = made
    source = Source(next)
    self.name = name
  }

  /// Opens a reader of one stream with this filter; `next` fills a block, 0 at the end.
  static func open(
    _ compression: Compression,
    name: String,
    next: @escaping (Block) throws(Failure) -> Int
  ) throws(Failure) -> ArchiveInput {
    let input = try ArchiveInput(name: name, next: next)
    try input.addFilter(compression)
    try input.takeAsOneStream()
    try input.begin()
    return input
  }

  /// Opens a reader of a tar archive with this filter; `next` fills a block, 0 at the end.
  static func openTar(
    _ compression: Compression,
    name: String,
    next: @escaping (Block) throws(Failure) -> Int
  ) throws(Failure) -> ArchiveInput {
    let input = try ArchiveInput(name: name, next: next)
    try input.addFilter(compression)
    _ = try input.check(unsafe archive_read_support_format_tar(input.handle))
    _ = try input.check(unsafe archive_read_support_format_empty(input.handle))
    try input.begin()
    return input
  }

  /// Goes to the next entry of a tar archive; nil at the end.
  func nextEntry() throws(Failure) -> TarContent.Entry? {
    var entry: OpaquePointer?
    guard try check(unsafe archive_read_next_header(handle, &entry)), let entry = unsafe entry
    else { return nil }
    guard let path = unsafe archive_entry_pathname(entry) else {
      throw Failure(.integrity, "damaged", "the archive has an entry without a name", subject: name)
    }
    return TarContent.Entry(
      path: unsafe String(cString: path),
      isFile: unsafe archive_entry_filetype(entry) == 0o100000 /* AE_IFREG */
    )
  }

  private func takeAsOneStream() throws(Failure) {
    _ = try check(unsafe archive_read_support_format_raw(handle))
    // An empty index is an index: libarchive has a format of its own for nothing at all.
    _ = try check(unsafe archive_read_support_format_empty(handle))
  }

  private func begin() throws(Failure) {
    let client = unsafe Unmanaged.passUnretained(source).toOpaque()
    _ = try check(
      unsafe archive_read_open(
        handle,
        client,
        nil,
        { (_, client, out) in
          guard let client = unsafe client, let out = unsafe out else { return -1 }
          return unsafe ArchiveInput.give(client, out)
        },
        nil
      )
    )
    // Opening reads the first block to choose the format, and takes a filter that fails there for
    // an empty file; only the text of the error tells.
    if unsafe archive_error_string(handle) != nil { throw failure() }
  }

  deinit { _ = unsafe archive_read_free(handle) }

  private static func give(
    _ client: UnsafeMutableRawPointer,
    _ out: UnsafeMutablePointer<UnsafeRawPointer?>
  ) -> Int {
    let source = unsafe Unmanaged<Source>.fromOpaque(client).takeUnretainedValue()
    do {
      source.block.clear()
      let count = try source.next(source.block)
      source.delivered += UInt64(count)
      let block = source.block
      let bytes = block.bytes
      for index in max(0, count - 8)..<count {
        source.tail.append(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
      }
      source.tail.removeFirst(max(0, source.tail.count - 8))
      unsafe out.pointee = bytes.withUnsafeBytes { $0.baseAddress }
      return count
    } catch {
      source.failure = error
      return -1
    }
  }

  /// Sets exactly one filter, and only when libarchive has it built in.
  ///
  /// Without the library behind a filter, libarchive says ARCHIVE_WARN and would start `gzip` or
  /// `xz` as a program.
  private func addFilter(_ compression: Compression) throws(Failure) {
    let filter: Int32
    let support: Int32
    switch compression {
    case .none: return
    case .gzip:
      unsafe (filter, support) = (
        ARCHIVE_FILTER_GZIP, archive_read_support_filter_gzip(handle)
      )
    case .xz:
      unsafe (filter, support) = (
        ARCHIVE_FILTER_XZ, archive_read_support_filter_xz(handle)
      )
    case .bzip2:
      unsafe (filter, support) = (
        ARCHIVE_FILTER_BZIP2, archive_read_support_filter_bzip2(handle)
      )
    case .lzma:
      unsafe (filter, support) = (
        ARCHIVE_FILTER_LZMA, archive_read_support_filter_lzma(handle)
      )
    case .zstd:
      unsafe (filter, support) = (
        ARCHIVE_FILTER_ZSTD, archive_read_support_filter_zstd(handle)
      )
    case .lz4:
      unsafe (filter, support) = (
        ARCHIVE_FILTER_LZ4, archive_read_support_filter_lz4(handle)
      )
    }
    guard support == ARCHIVE_OK else {
      throw Failure(
        .configuration,
        "no-filter",
        "libarchive on this machine cannot unpack \(compression.rawValue) by itself",
        subject: name,
        hint: "install Debian's own libarchive13"
      )
    }
    // Naming the filter switches guessing off: no second filter is put behind it for content that
    // looks compressed once more.
    _ = try check(unsafe archive_read_append_filter(handle, filter))
  }

  /// Refuses a gzip file that only seems empty because libarchive fails at a missing trailer
  /// without a word: the trailer of nothing is a checksum and a length of zero.
  func checkEmptyGzip() throws(Failure) {
    guard source.tail.contains(where: { $0 != 0 }) else { return }
    throw failure()
  }

  /// Goes to the next member; false at the end.
  func nextMember() throws(Failure) -> Bool {
    var entry: OpaquePointer?
    return try check(unsafe archive_read_next_header(handle, &entry))
  }

  /// Gives the blocks of the current member's content, at most `limit` bytes in all.
  func forEachBlock(
    limit: UInt64,
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    var total: UInt64 = 0
    while true {
      var buffer: UnsafeRawPointer?
      var size = 0
      var offset: Int64 = 0
      guard try check(unsafe archive_read_data_block(handle, &buffer, &size, &offset)) else {
        return
      }
      guard offset == Int64(exactly: total), size >= 0 else {
        throw Failure(.integrity, "damaged", "the content has holes", subject: name)
      }
      guard size > 0 else { continue }
      let (sum, overflow) = total.addingReportingOverflow(UInt64(size))
      guard !overflow, sum <= limit else { throw Decompressor.tooLarge(limit, name) }
      total = sum
      try Interruption.check()
      let bytes = unsafe UnsafeRawBufferPointer(start: buffer, count: size)
      try body(unsafe bytes.bytes)
    }
  }

  /// Refuses a source of which the filter has not taken every byte.
  ///
  /// gzip, bzip2, lzma and lz4 stop silently at the first thing that is no member of theirs.
  func checkAllTaken() throws(Failure) {
    let taken = unsafe archive_filter_bytes(handle, archive_filter_count(handle) - 1)
    if taken > 0, source.delivered == UInt64(taken) {
      source.block.clear()
      if try source.next(source.block) == 0 { return }
    }
    throw taken > 0
      ? Failure(
        .integrity,
        "trailing",
        "there are bytes behind the end of the compressed data",
        subject: name
      ) : Failure(.integrity, "damaged", "this is not compressed as its name says", subject: name)
  }

  /// The one place that judges what libarchive answers: true for OK, false for the end; a warning
  /// is as bad as an error, since it means that something was not as it should be.
  private func check(_ code: Int32) throws(Failure) -> Bool {
    if let failure = source.failure { throw failure }
    switch code {
    case ARCHIVE_OK: return true
    case ARCHIVE_EOF: return false
    default: throw failure()
    }
  }

  private func failure() -> Failure {
    guard unsafe archive_errno(handle) != 12 /* ENOMEM */ else {
      return Failure(.resource, "memory", "there is no memory for unpacking", subject: name)
    }
    let text = unsafe archive_error_string(handle)
    let reason = unsafe text.map { unsafe String(cString: $0) } ?? "no reason given"
    return Failure(.integrity, "damaged", "could not unpack: \(reason)", subject: name)
  }
}
