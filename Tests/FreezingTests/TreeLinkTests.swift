import Depot
import Objects
import SafeIO
import TestSupport
import Testing

@testable import Freezing
@testable import VendorChain

@Suite struct TreeLinkTests {
  @Test func `Relative links inside of the tree are followed, as aptly and discs have them`() throws
  {
    try withScratchDirectory(onDisk: true) { scratch in
      let site = try FrozenTree(scratch, .small())
      let plain = try site.freeze(try site.request())
      try site.shell(
        """
        mkdir store && mv pool store/real && ln -s store/real pool
        mv dists/stable dists/real && ln -s real dists/stable
        cd dists/real
        for f in $(find . -path '*by-hash/SHA256/*'); do
          d=$(dirname "$f")/../..
          for g in "$d"/Packages* "$d"/Translation*; do
            [ -f "$g" ] && cmp -s "$f" "$g" && ln -sf "../../$(basename "$g")" "$f" && break
          done || true
        done
        find . -type l | grep -q by-hash
        """
      )
      let linked = try site.freeze(try site.request("s2"))
      #expect(linked.snapshot.digest == plain.snapshot.digest)
    }
  }

  /// As aptly makes its names by hash.
  @Test func `An absolute link to a file of the tree is followed`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let site = try FrozenTree(scratch, .small())
      let plain = try site.freeze(try site.request())
      try site.shell(
        """
        cd dists/stable
        for f in $(find . -path '*by-hash/SHA256/*'); do
          d=$(dirname "$f")/../..
          for g in "$d"/Packages* "$d"/Translation*; do
            [ -f "$g" ] && cmp -s "$f" "$g" && ln -sf "$(realpath "$g")" "$f" && break
          done || true
        done
        find . -lname '/*' | grep -q by-hash
        """
      )
      let linked = try site.freeze(try site.request("s2"))
      #expect(linked.snapshot.digest == plain.snapshot.digest)
    }
  }

  @Test(arguments: ["absolute", "upwards", "circle"])
  func `A link that leads out of the tree or in a circle is refused`(kind: String) throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let site = try FrozenTree(scratch, .small())
      let deb = try #require(try site.pool().first { $0.hasSuffix(".deb") })
      let up = deb.split(separator: "/").map { _ in ".." }.joined(separator: "/")
      let target = ["absolute": "'\(scratch.path)/out.deb'", "upwards": "\(up)/out.deb"][kind]
      try site.shell("mv \(deb) ../out.deb; ln -s \(target ?? "$(basename \(deb))") \(deb)")
      let found = failure { try site.freeze(try site.request()) }
      #expect(found?.code == "E-UNSAFE-PATH", "\(String(describing: found))")
      #expect(found?.subject?.hasSuffix(deb) == true)
      #expect(try site.isEmpty())
    }
  }

  @Test func `A FIFO or a directory in place of a file is refused without being opened`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let site = try FrozenTree(scratch, .small())
      let debs = try site.pool().filter { $0.hasSuffix(".deb") }
      try site.shell("rm \(debs[0]) && mkfifo \(debs[0]); rm \(debs[1]) && mkdir \(debs[1])")
      let found = failure { try site.freeze(try site.request()) }
      #expect(found?.code == "E-UNSAFE-NOT-REGULAR")
      #expect(found?.details.count == 2)
      #expect(try site.isEmpty())
    }
  }
}

@Suite struct TreeFilesTests {
  private func files(_ scratch: ScratchDirectory) throws -> (TreeFiles, Depot, Staging) {
    let depot = try Depot.create(
      at: scratch.path("depot"),
      configuration: try DepotConfiguration(site: "alpha")
    )
    let staging = try depot.incoming.open("freeze")
    let files = TreeFiles(
      tree: try Directory(opening: try scratch.directory("tree")),
      depot: depot,
      staging: staging,
      ingestion: .copy,
      progress: FreezeProgress(nil)
    )
    return (files, depot, staging)
  }

  private func sha512(_ bytes: [UInt8]) -> String {
    var hasher = SHA512Hasher()
    unsafe hasher.update(bytes.span.bytes)
    return hasher.finishHex()
  }

  @Test func `Files are known by SHA-256, by SHA-512, or by both, with or without a size`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let (files, _, staging) = try files(scratch)
      let bytes = Array("content".utf8)
      try Disk.write(bytes, to: scratch.path("tree/a"))
      let digest = SHA256Digest.of(bytes)
      let taken = TakenFile(path: "a", size: 7, sha256: digest)
      for (size, sha256, sha512) in [
        (7, digest, nil), (nil, digest, nil), (7, nil, sha512(bytes)), (7, digest, sha512(bytes)),
      ] as [(UInt64?, SHA256Digest?, String?)] {
        try staging.remove(digest)
        let expected = ExpectedFile(path: "a", size: size, sha256: sha256, sha512: sha512)
        #expect(try files.take(expected) == taken)
        #expect(try staging.contains(digest, size: 7))
        // And again, when the content is there already.
        #expect(try files.take(expected) == taken)
        #expect(try files.open(taken).readAll(limit: 10) == bytes)
      }
      let other = SHA256Digest.of([])
      for (size, sha256, sha512, name) in [
        (8, digest, nil, "wrong-size"), (7, other, nil, "wrong-hash"),
        (nil, other, nil, "wrong-hash"), (7, nil, sha512([]), "wrong-hash"),
        (7, digest, sha512([]), "wrong-hash"), (7, nil, nil, "weak-hashes"),
      ] as [(UInt64?, SHA256Digest?, String?, Failure.Name)] {
        let expected = ExpectedFile(path: "a", size: size, sha256: sha256, sha512: sha512)
        #expect(failure { try files.take(expected) }?.name == name)
      }
      #expect(try staging.list() == [digest])
      #expect(
        try files.take(ExpectedFile(path: "absent", size: 7, sha256: digest)) == nil
      )
    }
  }

  @Test func `More than there is room for is refused before anything is read`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let (files, _, staging) = try files(scratch)
      try Disk.write([1], to: scratch.path("tree/a"))
      let huge = ExpectedFile(path: "a", size: 1 << 60, sha256: SHA256Digest.of([]))
      let found = failure { try files.take(huge) }
      #expect(found?.code == "E-RESOURCE-NO-SPACE")
      #expect(try staging.list().isEmpty)
    }
  }

  @Test func `Content that the depot has is compared, but not copied`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let (files, depot, staging) = try files(scratch)
      let bytes = Array("content".utf8)
      let digest = try staging.keep(bytes: bytes)
      try staging.admit([digest])
      try Disk.write(bytes, to: scratch.path("tree/a"))
      try Disk.write(Array("CONTENT".utf8), to: scratch.path("tree/b"))
      #expect(try files.take(ExpectedFile(path: "a", size: 7, sha256: digest)) != nil)
      #expect(files.taken.objects == 0)
      #expect(try staging.list().isEmpty)
      #expect(try depot.objects.contains(digest, size: 7))
      let wrong = ExpectedFile(path: "b", size: 7, sha256: digest)
      #expect(failure { try files.take(wrong) }?.name == "wrong-hash")
    }
  }
}
