#if Network
import Foundation
import SafeIO
import TestSupport
import Testing

@testable import ObjectStoreClient

/// The client against a real store.
@Suite(.enabled(if: ObjectStoreLab.found != nil, Comment(rawValue: ObjectStoreLab.reason)))
struct StoreClientTests {
  private func client(
    _ lab: ObjectStoreLab,
    secret: String? = nil,
    bucket: String? = nil
  ) throws -> StoreClient {
    let name = bucket ?? ObjectStoreLab.bucketName()
    var settings = StoreClient.Settings(
      address: try BucketAddress("s3://\(name)/x"),
      endpoint: try StoreEndpoint(lab.endpoint),
      region: lab.region
    )
    settings.attempts = 3
    let client = try StoreClient(
      settings,
      StoreCredentials(accessKey: lab.accessKey, secretKey: secret ?? lab.secretKey)
    )
    if bucket == nil, secret == nil {
      #expect(try client.send(StoreRequest(method: "PUT")).isSuccess)
    }
    return client
  }

  private func source(_ bytes: [UInt8]) -> StoreSource {
    StoreSource(size: UInt64(bytes.count), digest: SHA256Digest.of(bytes)) {
      (offset, limit, block) throws(Failure) in
      let start = Int(offset)
      let end = min(bytes.count, start + limit)
      guard start < end else { return 0 }
      return unsafe block.append(Array(bytes[start..<end]).span.bytes)
    }
  }

  @Test func writesAndReads() throws {
    let client = try client(try #require(ObjectStoreLab.found))
    for key in ["a", "pool/g++/g++_1:2~3.deb", "a b/ü&'()%41", "x//y"] {
      let bytes = Array("content of \(key)".utf8)
      try client.put(bytes, at: key, StoreHeaders(cacheControl: "no-cache"))
      let answer = try #require(try client.get(key, limit: 1000))
      #expect(answer.body == bytes && answer.notedDigest == SHA256Digest.of(bytes))
    }
    var listed: [String] = []
    try client.forEachKey(below: "") { listed.append($0.key) }
    #expect(Set(listed) == ["a", "pool/g++/g++_1:2~3.deb", "a b/ü&'()%41", "x//y"])
    try client.delete("a")
    #expect(try client.get("a", limit: 10) == nil && client.head("a") == nil)
    try client.delete("a")
  }

  @Test func streamsAndRefusesOtherBytes() throws {
    let client = try client(try #require(ObjectStoreLab.found))
    let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }
    try client.put(source(bytes), at: "large")
    let found = try #require(try client.head("large"))
    #expect(found.length == UInt64(bytes.count))
    #expect(try client.get("large", from: 2_999_990, count: 100)?.body == Array(bytes.suffix(11)))
    let wrong = StoreSource(size: 3, digest: SHA256Digest.of([1, 2, 3])) {
      (offset, limit, block) throws(Failure) in
      offset == 0 ? unsafe block.append(([1, 2, 4] as [UInt8]).span.bytes) : 0
    }
    #expect(throws: Failure(.integrity, "store-digest", "")) { try client.put(wrong, at: "wrong") }
    #expect(try client.head("wrong") == nil)
  }

  @Test func partsOfLargeObjects() throws {
    #expect(StoreParts.length(of: 300 << 20) == 16 << 20)
    #expect(StoreParts.length(of: 5 << 40) % (1 << 20) == 0)
    #expect((5 << 40) / StoreParts.length(of: 5 << 40) < 10_000)
    let client = try client(try #require(ObjectStoreLab.found))
    let bytes = (0..<(17 << 20)).map { UInt8(truncatingIfNeeded: $0 >> 3) }
    try client.putParts(source(bytes), "parts", StoreHeaders())
    #expect(try client.head("parts")?.length == UInt64(bytes.count))
    #expect(
      try client.get("parts", from: (16 << 20) - 2, count: 4)?.body
        == Array(bytes[((16 << 20) - 2)..<((16 << 20) + 2)])
    )
  }

  @Test func listsManyPages() throws {
    let client = try client(try #require(ObjectStoreLab.found))
    try Threads.forEach(count: 1203, width: 16) { (index) throws(Failure) in
      try client.put([UInt8(index & 255)], at: "many/\(index)")
    }
    var count = 0
    try client.forEachKey(below: "many/") { _ in count += 1 }
    #expect(count == 1203)
  }

  @Test func conditions() throws {
    let client = try client(try #require(ObjectStoreLab.found))
    let probe = try StoreProbe(client, at: ".aptferry/probe")
    #expect(probe.createsOnce && probe.swap != .none && probe.isAtomic)
    #expect(probe.missingStatus == 403 && !probe.isPublic)
    #expect(try client.head(".aptferry/probe") == nil)
  }

  @Test(.enabled(if: ObjectStoreLab.unconditional != nil, Comment(rawValue: ObjectStoreLab.reason)))
  func noConditions() throws {
    let client = try client(try #require(ObjectStoreLab.unconditional))
    let probe = try StoreProbe(client, at: ".aptferry/probe")
    #expect(!probe.createsOnce && probe.swap == .none && !probe.isAtomic)
    try client.putParts(source([UInt8](repeating: 7, count: 17 << 20)), "parts", StoreHeaders())
  }

  @Test func refusals() throws {
    let lab = try #require(ObjectStoreLab.found)
    let stranger = try client(lab, secret: "wrong")
    #expect(throws: Failure(.configuration, "store-denied", "")) { try stranger.put([1], at: "a") }
    let nowhere = try client(lab, bucket: "nothing-is-here")
    #expect(throws: Failure(.configuration, "no-bucket", "")) { try nowhere.put([1], at: "a") }
    var settings = StoreClient.Settings(
      address: try BucketAddress("s3://abc"),
      endpoint: try StoreEndpoint("http://127.0.0.1:9"),
      region: "x"
    )
    settings.attempts = 2
    let gone = try StoreClient(settings, StoreCredentials(accessKey: "a", secretKey: "b"))
    #expect(throws: Failure(.io, "store-unreachable", "")) { try gone.put([1], at: "a") }
  }
}
#endif
