import SafeIO
import TestSupport
import Testing

@testable import BundleMedium

@Suite struct ResentFilesTests {
  /// A full or broken disk of whoever takes a file in is no damage of the medium.
  @Test func whatTheReceiverThrowsIsNotTheMediums() throws {
    try withScratchDirectory { scratch in
      let bytes = Array("a file that was asked for".utf8)
      let digest = SHA256Digest.of(bytes)
      try Disk.makeDirectory(scratch.path("files"))
      try Disk.write(bytes, to: scratch.path("files/\(digest.hex)"))
      let bundle = try MediumDirectory(opening: scratch.path, among: .none)
      func read(_ body: (RawSpan) throws(Failure) -> Void) throws -> Bool {
        try ResentFiles.read(
          digest,
          size: UInt64(bytes.count),
          in: bundle,
          begin: {},
          body
        )
      }
      #expect(try read { _ in })
      #expect(throws: Failure(.io, "write", "")) {
        try read { _ throws(Failure) in throw Failure(.io, "write", "the disk is broken") }
      }
      // What the medium has wrong is not whole, and nothing worse.
      let other = Array("a file that was askEd for".utf8)
      try Disk.write(other, to: scratch.path("files/\(digest.hex)"))
      #expect(try !read { _ in })
    }
  }
}
