import BundleFormat
import SafeIO

/// The digest of a short text: a different one for each text.
func digest(_ text: String) -> SHA256Digest { SHA256Digest.of(Array(text.utf8)) }

/// A file list from paths, each with a size; the content follows from `seed` or the path.
func list(_ files: [(path: String, size: UInt64, content: String)]) throws -> FileList {
  var builder = FileList.Builder()
  for file in files {
    try builder.add(path: file.path, size: file.size, digest: digest(file.content))
  }
  return try builder.finish()
}

/// The text of ENTRIES as one array.
func entriesText(_ table: EntryTable) -> [UInt8] {
  var text: [UInt8] = []
  table.forEachTextBlock { text += $0 }
  return text
}

/// Reads ENTRIES in blocks of `step` bytes.
func readEntries(_ text: [UInt8], chunkCount: Int, step: Int = .max) throws -> EntryTable {
  var reader = EntryReader(chunkCount: chunkCount)
  var start = 0
  while start < text.count {
    let block = Array(text[start..<min(text.count, start + min(step, text.count))])
    try reader.read(block.span)
    start += block.count
  }
  return try reader.finish()
}

/// The failure of `body`, or nil when it succeeds.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure ?? Failure(.internal, "not-a-failure", "\(error)")
  }
}
