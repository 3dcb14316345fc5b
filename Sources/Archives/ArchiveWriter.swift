private import CArchive
package import SafeIO

/// Writes a small archive into memory: its bytes depend on nothing but what is added and the
/// version of the libraries.
@safe package struct ArchiveWriter: ~Copyable {
  /// What kind of archive it is.
  package enum Format: Sendable {
    /// `ar` as dpkg has it: short names without a slash behind them.
    case ar
    /// tar with GNU's long names, as dpkg-deb writes it.
    case tar
    /// One member alone, without any archive around it.
    case single
  }

  /// What an archive says of a member; owner and group are root.
  package struct Member: Sendable {
    package let path: String
    package let isDirectory: Bool
    package let mode: UInt32
    package let time: UTCTime

    package init(_ path: String, isDirectory: Bool = false, mode: UInt32, time: UTCTime) {
      (self.path, self.isDirectory, self.mode, self.time) = (path, isDirectory, mode, time)
    }
  }

  private let handle: OpaquePointer
  private let target: Target

  /// What the callback writes to, kept alive by this value.
  private final class Target {
    var bytes: [UInt8] = []
  }

  private init() throws(Failure) {
    guard let made = unsafe archive_write_new() else { throw ArchiveWriter.noMemory }
    unsafe handle = made
    target = Target()
  }

  /// Begins an archive that is compressed with gzip, xz or not at all.
  package static func open(
    _ format: Format,
    _ compression: Compression = .none
  ) throws(Failure) -> ArchiveWriter {
    let writer = try ArchiveWriter()
    try writer.begin(format, compression)
    return writer
  }

  private func begin(_ format: Format, _ compression: Compression) throws(Failure) {
    switch format {
    case .ar: try check(unsafe archive_write_set_format_ar_bsd(handle))
    case .tar: try check(unsafe archive_write_set_format_gnutar(handle))
    case .single: try check(unsafe archive_write_set_format_raw(handle))
    }
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
  }

  private func addFilter(_ compression: Compression) throws(Failure) {
    switch compression {
    case .none: try check(unsafe archive_write_add_filter_none(handle))
    case .gzip:
      try check(unsafe archive_write_add_filter_gzip(handle))
      // The time would be another one at each run; Debian wants changelogs as small as they go.
      try check(unsafe archive_write_set_filter_option(handle, "gzip", "timestamp", nil))
      try check(unsafe archive_write_set_filter_option(handle, "gzip", "compression-level", "9"))
    case .xz:
      try check(unsafe archive_write_add_filter_xz(handle))
      try check(unsafe archive_write_set_filter_option(handle, "xz", "threads", "1"))
    case .bzip2, .lzma, .zstd, .lz4:
      throw Failure(
        .internal,
        "archive",
        "no archive is written with this compression: \(compression.rawValue)"
      )
    }
  }

  deinit { _ = unsafe archive_write_free(handle) }

  /// Adds a member with all of its content.
  package mutating func add(_ member: Member, _ content: [UInt8] = []) throws(Failure) {
    guard let entry = unsafe archive_entry_new() else { throw ArchiveWriter.noMemory }
    defer { unsafe archive_entry_free(entry) }
    unsafe archive_entry_set_pathname(entry, member.path)
    let kind: UInt32 = member.isDirectory ? 0o040000 : 0o100000
    unsafe archive_entry_set_mode(entry, kind | member.mode)
    unsafe archive_entry_set_size(entry, Int64(content.count))
    unsafe archive_entry_set_mtime(entry, Int(member.time.seconds), 0)
    unsafe archive_entry_set_uid(entry, 0)
    unsafe archive_entry_set_gid(entry, 0)
    unsafe archive_entry_set_uname(entry, "root")
    unsafe archive_entry_set_gname(entry, "root")
    try check(unsafe archive_write_header(handle, entry))
    guard !content.isEmpty else { return }
    let span = content.span
    let written = unsafe span.withUnsafeBufferPointer { (bytes) in
      unsafe archive_write_data(handle, bytes.baseAddress, bytes.count)
    }
    guard written == content.count else { throw failure() }
  }

  /// Ends the archive; answers all of it.
  package consuming func finish() throws(Failure) -> [UInt8] {
    try check(unsafe archive_write_close(handle))
    return target.bytes
  }

  private func check(_ code: Int32) throws(Failure) {
    guard code == ARCHIVE_OK else { throw failure() }
  }

  private static let noMemory = Failure(.resource, "memory", "there is no memory for an archive")

  private func failure() -> Failure {
    let text = unsafe archive_error_string(handle)
    let reason = unsafe text.map { unsafe String(cString: $0) } ?? "no reason given"
    return Failure(.internal, "archive", "writing an archive failed: \(reason)")
  }
}
