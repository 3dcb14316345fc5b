import DebianRepository
import Foundation
import OpenPGP
import SafeIO
import Testing

@testable import Depot
@testable import Publishing

@Suite("Publishing under this site's signature")
struct ResignedTests {
  private let old = [
    "dists/stable/main/binary-amd64/Packages.xz": "main 1",
    "dists/stable/contrib/binary-amd64/Packages.xz": "contrib 1",
    "pool/main/a_1.deb": "a 1",
  ]
  private let new = [
    "dists/stable/main/binary-amd64/Packages.xz": "main 2",
    "dists/stable/contrib/binary-amd64/Packages.xz": "contrib 2",
    "pool/main/a_2.deb": "a 2",
  ]

  /// The verified text of what clients get.
  private func release(
    _ scratch: Scratch,
    _ prefix: String,
    by keys: SigningKey...
  ) throws -> ReleaseFile {
    let directory = try Directory(opening: scratch.path + "/depot/public/\(prefix)/dists/stable")
    let inRelease = try directory.contents(of: "InRelease", limit: 1 << 20)
    let text = try directory.contents(of: "Release", limit: 1 << 20)
    let policy = SignaturePolicy(now: .now(), threshold: keys.count)
    let publicKeys = try keys.map { try $0.publicKey() }
    let signed = try Verifier.withKeys(publicKeys) { (verifier) throws(Failure) in
      _ = try verifier.verifyDetached(
        signature: try directory.contents(of: "Release.gpg", limit: 1 << 20),
        of: text,
        name: "Release.gpg",
        policy: policy
      )
      return try verifier.verifyClearsigned(inRelease, name: "InRelease", policy: policy)
    }
    #expect(signed.text == text)
    return try ReleaseFile(text.span, name: "Release")
  }

  @Test("keeps the vendor's fields and indexes, and has this site's date, end and signature")
  func fields() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let key = try scratch.makeKey()
    try scratch.freeze(
      "one",
      old,
      release: "Version: 12.1\nValid-Until: Sat, 01 Jan 2000 00:00:00 UTC\nX-Odd: 1\n"
    )
    let now = UTCTime.now().seconds
    let result = try scratch.publish("one", at: "debian", by: key, now: now) {
      $0.change.validFor = 86_400
      $0.change.fields = ["Label": "Island"]
      $0.change.namesSigners = true
      $0.change.url = "http://apt.example/debian/"
    }
    #expect(result.generation == 1)
    let release = try release(scratch, "debian", by: key)
    #expect(release.origin == "Vendor")
    #expect(release.version == "12.1")
    #expect(release.label == "Island")
    #expect(release.date?.seconds == now)
    #expect(release.validUntil?.seconds == now + 86_400)
    #expect(release.acquireByHash)
    #expect(release.stanza.string(of: "X-Odd") == "1")
    #expect(release.signedBy == key.fingerprint.text)
    #expect(release.snapshots == "http://apt.example/debian/snapshots/@SNAPSHOTID@/")
    #expect(release.components == ["contrib", "main"])
    #expect(
      release.files.map(\.path.text) == [
        "contrib/binary-amd64/Packages.xz", "main/binary-amd64/Packages.xz",
      ]
    )
    let digest = SHA256Digest.of(Array("main 1".utf8)).hex
    let all = try scratch.everything("debian")
    #expect(all["dists/stable/main/binary-amd64/by-hash/SHA256/\(digest)"] == "main 1")
    #expect(try scratch.tree("debian") == old)
  }

  @Test("again is recognised, until half of its time has gone")
  func renewal() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let key = try scratch.makeKey()
    try scratch.freeze("one", old)
    let now = UTCTime.now().seconds
    func publish(at time: Int64) throws -> PublicationResult {
      try scratch.publish("one", at: "debian", by: key, now: time) { $0.change.validFor = 1000 }
    }
    #expect(try !publish(at: now - 600).isUnchanged)
    #expect(try publish(at: now - 101).isUnchanged)
    let result = try publish(at: now - 100)
    #expect(!result.isUnchanged)
    #expect(result.generation == 2)
    #expect(try release(scratch, "debian", by: key).validUntil?.seconds == now + 900)
  }

  @Test("takes a component from another snapshot, and others later")
  func components() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let key = try scratch.makeKey()
    try scratch.freeze("one", old)
    try scratch.freeze("two", new)
    _ = try scratch.publish("one", at: "debian", by: key) { $0.components = [("main", "two")] }
    var files = try scratch.tree("debian")
    #expect(files["dists/stable/main/binary-amd64/Packages.xz"] == "main 2")
    #expect(files["dists/stable/contrib/binary-amd64/Packages.xz"] == "contrib 1")
    #expect(files["pool/main/a_1.deb"] == "a 1")
    #expect(files["pool/main/a_2.deb"] == "a 2")
    let release = try release(scratch, "debian", by: key)
    #expect(
      release.files.compactMap(\.sha256) == [
        SHA256Digest.of(Array("contrib 1".utf8)), SHA256Digest.of(Array("main 2".utf8)),
      ]
    )
    _ = try scratch.publish(at: "debian", by: key) { $0.components = [("contrib", "two")] }
    files = try scratch.tree("debian")
    #expect(files["dists/stable/contrib/binary-amd64/Packages.xz"] == "contrib 2")
    _ = try scratch.publish(at: "only", by: key) { $0.components = [("contrib", "one")] }
    files = try scratch.tree("only")
    #expect(files["dists/stable/contrib/binary-amd64/Packages.xz"] == "contrib 1")
    #expect(files["dists/stable/main/binary-amd64/Packages.xz"] == nil)
    #expect(try self.release(scratch, "only", by: key).components == ["contrib"])
    #expect(
      failure {
        _ = try scratch.publish("one", at: "x", by: key) { $0.components = [("non", "two")] }
      }?
      .code == "E-USAGE-NO-COMPONENT"
    )
  }

  @Test("beside the vendor's own view shares the packages")
  func both() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let key = try scratch.makeKey()
    try scratch.freeze("one", old)
    _ = try scratch.publish("one", at: "a/debian", by: key) { $0.mode = .both }
    let all = try scratch.everything("a/debian")
    let record = try scratch.depot.catalogue.snapshot("one")
    let list = try scratch.depot.catalogue.fileList(of: record)
    for index in 0..<list.count {
      let content = try #require(all["vendor/" + list.path(at: index)])
      #expect(SHA256Digest.of(Array(content.utf8)) == list.digest(at: index))
    }
    #expect(all["dists/stable/Release"] != all["vendor/dists/stable/Release"])
    #expect(try scratch.link("public/a/debian/vendor/pool") == "../pool")
    var report = try DepotCheck(scratch.depot).run()
    try PublicationCheck(scratch.depot).run(into: &report)
    #expect(report.findings == [])
  }

  @Test("by two keys verifies with each of them")
  func rotation() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let key = try scratch.makeKey()
    let next = try SigningKey.generate(home: scratch.path + "/next", userID: "next")
    try scratch.freeze("one", old)
    _ = try scratch.publish("one", at: "debian", by: key) {
      $0.change.signers = [
        RecipeSigner(fingerprint: key.fingerprint.text, home: nil),
        RecipeSigner(fingerprint: next.fingerprint.text, home: next.home),
      ]
      $0.change.namesSigners = true
    }
    _ = try release(scratch, "debian", by: key)
    _ = try release(scratch, "debian", by: next)
    let both = try release(scratch, "debian", by: key, next)
    #expect(both.signedBy == "\(key.fingerprint.text), \(next.fingerprint.text)")
  }

  @Test("carries indexes by hash on for as long as their generation is kept")
  func carried() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let key = try scratch.makeKey()
    var digests: [String] = []
    for number in 1...5 {
      let content = "index \(number)"
      digests.append(SHA256Digest.of(Array(content.utf8)).hex)
      try scratch.freeze("s\(number)", ["dists/stable/main/binary-amd64/Packages": content])
      _ = try scratch.publish("s\(number)", at: "debian", by: key) { $0.change.grace = 0 }
    }
    let names = try scratch.names(
      "public/debian/dists/stable/main/binary-amd64/by-hash/SHA256"
    )
    #expect(names == digests[1...].sorted())
    var report = try DepotCheck(scratch.depot).run()
    try PublicationCheck(scratch.depot).run(into: &report)
    #expect(report.findings == [])
  }

  @Test("gives Release files times that only grow, also when the clock does not")
  func times() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let key = try scratch.makeKey()
    var last = Date.distantPast
    let now = UTCTime.now().seconds
    for number in 1...3 {
      try scratch.freeze("s\(number)", ["dists/stable/x": "\(number)"])
      _ = try scratch.publish("s\(number)", at: "debian", by: key, now: now - Int64(number))
      let path = scratch.path + "/depot/public/debian/dists/stable/InRelease"
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      let time = try #require(attributes[.modificationDate] as? Date)
      #expect(time > last)
      #expect(attributes[.posixPermissions] as? Int == 0o644)
      last = time
    }
    // Date does not go back either: apt would keep what it has.
    #expect(try release(scratch, "debian", by: key).date?.seconds == now - 1)
    try scratch.freeze("s4", ["dists/stable/x": "4"])
    #expect(
      failure { _ = try scratch.publish("s4", at: "debian", by: key, now: now - 100) }?.code
        == "E-FRESHNESS-CLOCK-BEHIND"
    )
  }

  @Test("leaves distributions that are not named as they are")
  func others() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let key = try scratch.makeKey()
    try scratch.freeze("one", ["dists/one/x": "1", "pool/a": "a"], suite: "one")
    try scratch.freeze("two", ["dists/two/x": "2", "pool/b": "b"], suite: "two")
    try scratch.freeze("three", ["dists/two/x": "3", "pool/c": "c"], suite: "two")
    let now = UTCTime.now().seconds - 10
    _ = try scratch.publish("one", at: "debian", by: key, now: now)
    _ = try scratch.publish("two", at: "debian", by: key, now: now + 1) { $0.mode = .verbatim }
    let before = try scratch.everything("debian")
    _ = try scratch.publish("three", at: "debian", by: key, now: now + 2) { $0.mode = nil }
    let after = try scratch.everything("debian")
    #expect(after["dists/one/InRelease"] == before["dists/one/InRelease"])
    #expect(after["dists/two/x"] == "3")
    #expect(after["dists/two/InRelease"] == nil)
    let publication = try Publications.show("debian", in: scratch.depot)
    #expect(publication.recipe.distributions.map(\.mode) == [.resigned, .verbatim])
  }

  @Test("is asked for where the vendor's signature would not hold")
  func refusals() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", old)
    for change in [
      { (request: inout PublishRequest) in request.change.validFor = 1 },
      { request in request.change.fields = ["Origin": "x"] },
      { request in request.components = [("main", "one")] },
      { request in request.distribution = "other" },
      { request in
        request.distribution = "other"
        request.mode = .both
      },
    ] {
      let refused = failure { _ = try scratch.publish("one", at: "debian", change) }
      #expect(refused?.code == "E-USAGE-NOT-VERBATIM")
    }
  }

  @Test("under another name is what clients may ask for")
  func renamed() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let key = try scratch.makeKey()
    try scratch.freeze("one", old)
    _ = try scratch.publish("one", at: "debian", by: key) { $0.distribution = "production" }
    let text = try #require(try scratch.everything("debian")["dists/production/Release"])
    let release = try ReleaseFile(Array(text.utf8).span, name: "Release")
    #expect(release.suite == "production")
    #expect(release.codename == "stable")
  }

  @Test("of a path with other content makes a pool of its own, and the old one stays whole")
  func pools() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", ["pool/a": "1", "pool/b": "b"])
    try scratch.freeze("two", ["pool/a": "2", "pool/b": "b"])
    _ = try scratch.publish("one", at: "debian")
    _ = try scratch.publish("two", at: "debian")
    #expect(try scratch.tree("debian") == ["pool/a": "2", "pool/b": "b"])
    #expect(try scratch.tree("debian/snapshots/one") == ["pool/a": "1", "pool/b": "b"])
    #expect(try scratch.names("public/.publications/debian/pools") == ["1", "2"])
    for number in 3...4 {
      try scratch.freeze("s\(number)", ["pool/a": "2", "pool/x": "\(number)"])
      _ = try scratch.publish("s\(number)", at: "debian", now: 1_800_000_000)
    }
    #expect(try scratch.names("public/.publications/debian/pools") == ["2", "3"])
  }
}
