import Archives
import Glibc
import SafeIO
import Testing

/// A directory of one test, removed after it.
func withScratch(_ body: (Directory) throws -> Void) throws {
  var random = SystemRandomNumberGenerator()
  let path = "/tmp/archives-test-\(String(random.next(), radix: 36))"
  let directory = try Directory(creating: path)
  defer { _ = try? Directory(opening: "/tmp").removeTree(String(path.dropFirst(5))) }
  try body(directory)
}

extension Directory {
  /// Writes a file.
  func put(_ name: String, _ bytes: [UInt8]) throws {
    let file = try createFile(name)
    try file.write(bytes)
    try file.close()
  }

  /// The bytes of a file.
  func get(_ name: String) throws -> [UInt8] { try contents(of: name, limit: 1 << 28) }

  /// Runs a shell line here; its exit status.
  func shell(_ line: String) -> Int32 {
    let status = unsafe system("cd '\(path)' && { \(line) ; } >/dev/null 2>&1")
    return (status >> 8) & 0xff
  }
}

/// Bytes that compress, but not to nothing: numbered lines with a pseudorandom word each.
func sampleText(_ size: Int) -> [UInt8] {
  var text: [UInt8] = []
  var state: UInt64 = 88_172_645_463_325_252
  while text.count < min(size, 1 << 19) {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    text += Array("Package: p\(text.count % 977)\nHash: \(state)\n".utf8)
  }
  while text.count < size { text += text }
  return Array(text.prefix(size))
}

/// One frame as our writer makes it, written in pieces of `step` bytes.
func frame(_ content: [UInt8], level: Int32 = 3, step: Int = 1 << 16) throws -> [UInt8] {
  var result: [UInt8] = []
  let sink: (RawSpan) throws(Failure) -> Void = { bytes in
    unsafe bytes.withUnsafeBytes { unsafe result.append(contentsOf: $0) }
  }
  var writer = try ZstdWriter(level: level, contentSize: UInt64(content.count))
  for start in stride(from: 0, to: content.count, by: step) {
    let part = Array(content[start..<min(content.count, start + step)])
    try unsafe writer.write(part.span.bytes, sink)
  }
  try writer.finish(sink)
  return result
}

/// What our reader makes of a frame, given in pieces of `step` bytes.
func unframe(_ compressed: [UInt8], size: Int, step: Int = 1 << 16) throws -> [UInt8] {
  var result: [UInt8] = []
  var reader = try ZstdReader(expectedSize: UInt64(size), name: "test")
  for start in stride(from: 0, to: compressed.count, by: step) {
    let part = Array(compressed[start..<min(compressed.count, start + step)])
    try unsafe reader.read(part.span.bytes) { bytes in
      unsafe bytes.withUnsafeBytes { unsafe result.append(contentsOf: $0) }
    }
  }
  try reader.finish()
  return result
}

/// What the decompressor makes of bytes in memory.
func unpack(
  _ bytes: [UInt8],
  _ compression: Compression,
  limit: UInt64 = 1 << 24
) throws -> [UInt8] {
  var result: [UInt8] = []
  try Decompressor.forEachBlock(of: bytes, compression, name: "test", limit: limit) { block in
    unsafe block.withUnsafeBytes { unsafe result.append(contentsOf: $0) }
  }
  return result
}

/// Expects this failure by class and code.
func expectFailure<T>(
  _ kind: FailureClass,
  _ name: Failure.Name,
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> T
) {
  #expect(throws: Failure(kind, name, ""), sourceLocation: sourceLocation) { _ = try body() }
}
