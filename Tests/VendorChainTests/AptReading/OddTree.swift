import SafeIO
import TestSupport

/// The files that all the odd Release files are about: one package for amd64, one for all, each in an
/// index of its own, plain and packed.
struct OddTree {
  let root: String
  let indexes: [Index]

  struct Index {
    let path: String
    let size: Int
    let sha256: String
    let md5: String
  }

  /// Writes the tree; `hasPlain` says whether the plain indexes are on the server.
  init(at root: String, hasPlain: Bool, copying other: OddTree? = nil) throws {
    self.root = root
    let suite = root + "/dists/stable/"
    if let other {
      try run(["cp", "-al", other.root, root]).succeeded()
      indexes = other.indexes
      if !hasPlain {
        for index in indexes where !index.path.hasSuffix(".gz") { Disk.remove(suite + index.path) }
      }
      return
    }
    var found: [Index] = []
    for (name, architecture) in [("alpha", "amd64"), ("beta", "all")] {
      let deb = Array("\(name) is no real package".utf8)
      let pool = "pool/\(name).deb"
      try Disk.write(deb, to: root + "/" + pool)
      let path = "main/binary-\(architecture)/Packages"
      try Disk.write(
        "Package: \(name)\nVersion: 1\nArchitecture: \(architecture)\nFilename: \(pool)\n"
          + "Size: \(deb.count)\nSHA256: \(SHA256Digest.of(deb).hex)\nDescription: a sample\n",
        to: suite + path
      )
      try run(["gzip", "-9nk", suite + path]).succeeded()
      for path in [path, path + ".gz"] {
        let bytes = try Disk.read(suite + path)
        let md5 = try run(["md5sum", suite + path]).succeeded().prefix(32)
        found.append(
          Index(
            path: path,
            size: bytes.count,
            sha256: SHA256Digest.of(bytes).hex,
            md5: String(md5)
          )
        )
      }
    }
    indexes = found
  }
}
