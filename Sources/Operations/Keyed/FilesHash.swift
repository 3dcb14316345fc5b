/// The last word of a package's key as aptly's clients know it: FNV-1a, 64 bit, over the package's
/// files.
///
/// It is no proof of anything: two files are the same when their SHA-256 is.
package struct FilesHash: Sendable {
  /// What counts of a file.
  package struct File: Sendable {
    /// Its name without a directory.
    package let name: String
    package let size: UInt64
    /// In lower-case hexadecimal digits.
    package let md5, sha1, sha256: String

    package init(name: String, size: UInt64, md5: String, sha1: String, sha256: String) {
      (self.name, self.size) = (name, size)
      (self.md5, self.sha1, self.sha256) = (md5, sha1, sha256)
    }
  }

  private var value: UInt64 = 14_695_981_039_346_656_037

  /// The hash of a package's files, in any order.
  package static func text(of files: [File]) -> String {
    var hash = FilesHash()
    for file in files.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      hash.take(file.name.utf8)
      hash.take((0..<8).map { UInt8(truncatingIfNeeded: file.size >> (56 - 8 * $0)) })
      hash.take(file.md5.utf8)
      hash.take(file.sha1.utf8)
      hash.take(file.sha256.utf8)
    }
    let digits = String(hash.value, radix: 16)
    return String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits
  }

  private mutating func take(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 1_099_511_628_211 }
  }
}
