#if Network
import Depot
import Objects
import Publishing
import SafeIO
import TestSupport
import Testing

@testable import ObjectStoreClient
@testable import PublicationTargets

/// Files at a target as objects, in a real store.
@Suite(.enabled(if: ObjectStoreLab.found != nil, Comment(rawValue: ObjectStoreLab.reason)))
struct TargetObjectsTests {
  private let client: StoreClient
  private let target: TargetRecord

  /// A bucket with a publication that has the contents of the contract, some of them at two paths.
  init() throws {
    let lab = try #require(ObjectStoreLab.found)
    let address = "s3://\(ObjectStoreLab.bucketName())/site"
    let settings = StoreClient.Settings(
      address: try BucketAddress(address),
      endpoint: try StoreEndpoint(lab.endpoint),
      region: lab.region
    )
    client = try StoreClient(
      settings,
      StoreCredentials(accessKey: lab.accessKey, secretKey: lab.secretKey)
    )
    target = TargetRecord(
      name: "edge",
      address: address,
      endpoint: lab.endpoint,
      region: lab.region,
      isVirtualHosted: false,
      authorities: nil,
      credentials: nil,
      url: nil,
      createsOnce: false,
      swap: .none,
      missingStatus: 404,
      isPublic: false,
      created: .now()
    )
    #expect(try client.send(StoreRequest(method: "PUT")).isSuccess)
    try publish()
  }

  private func publish() throws {
    var files = ReadingContract.contents.enumerated().map { ("pool/\($0).deb", $1) }
    files += ReadingContract.contents.prefix(9).enumerated().map { ("dists/s/Index-\($0)", $1) }
    var builder = FileList.Builder()
    for (path, content) in files {
      let digest = SHA256Digest.of(content)
      try builder.add(path: path, size: UInt64(content.count), digest: digest)
      try client.put(content, at: "site/debian/" + path)
    }
    let list = try builder.finish()
    var length: UInt64 = 0
    list.forEachTextBlock { length += UInt64($0.count) }
    let state = TargetState(
      generation: TargetGeneration(number: 1, listing: list.listDigest, length: length),
      nonce: "n",
      made: .now(),
      writer: TargetWriter(id: "w", site: "hub", run: "test"),
      prefix: "debian",
      source: 1
    )
    let layout = TargetLayout(client.settings.address, try PublicationPrefix("debian"))
    let store = TargetStore(record: target, layout: layout, client: client)
    try store.write(list, state.generation)
    #expect(try store.swap(state, for: nil) == .done)
  }

  private func objects() throws -> TargetObjects {
    try TargetObjects(target, client, prefixes: ["debian", "nothing/here"])
  }

  @Test func areReadAsAllOthers() throws { try ReadingContract.check(try objects()) }

  @Test func whatWasDamagedOrIsGoneIsNone() throws {
    let (other, gone) = (ReadingContract.contents[100], ReadingContract.contents[101])
    try client.put([UInt8](repeating: 0x2d, count: other.count), at: "site/debian/pool/100.deb")
    try client.delete("site/debian/pool/101.deb")
    let objects = try objects()
    let digest = SHA256Digest.of(other)
    #expect(try objects.contains(digest, size: UInt64(other.count)))
    #expect(throws: Failure(.integrity, "damaged-object", "")) { _ = try objects.open(digest) }
    let lost = SHA256Digest.of(gone)
    #expect(try objects.size(of: lost) == nil)
    #expect(throws: Failure(.state, "missing-object", "")) {
      _ = try objects.read(lost, at: 0, limit: 10, into: Block())
    }
    // Another length is another file.
    try client.put([1], at: "site/debian/pool/102.deb")
    #expect(try objects.size(of: SHA256Digest.of(ReadingContract.contents[102])) == nil)
  }
}
#endif
