#if Network
import SafeIO
import TestSupport
import Testing

@testable import ObjectStoreClient

/// A store that lists page after page and never comes to an end.
@Suite struct EndlessListTests {
  /// A store whose pages lie as files, under the requests for them.
  private func with(
    _ pages: [String],
    _ body: (StoreClient, UpstreamServer) throws -> Void
  ) throws {
    try withScratchDirectory { scratch in
      for (index, page) in pages.enumerated() {
        let token = index == 0 ? "" : "continuation-token=t\(index)&"
        let next =
          index == pages.count - 1
          ? "false</IsTruncated>"
          : "true</IsTruncated><NextContinuationToken>t\(index + 1)</NextContinuationToken>"
        try Disk.write(
          "<ListBucketResult>\(page)<IsTruncated>\(next)</ListBucketResult>",
          to: scratch.path("bkt?\(token)list-type=2&prefix=")
        )
      }
      let server = try UpstreamServer(tree: scratch.path)
      defer { server.stop() }
      let settings = StoreClient.Settings(
        address: try BucketAddress("s3://bkt"),
        endpoint: try StoreEndpoint(server.url),
        region: "x"
      )
      let client = try StoreClient(settings, StoreCredentials(accessKey: "a", secretKey: "b"))
      try body(client, server)
    }
  }

  private func key(_ name: String) -> String {
    "<Contents><Key>\(name)</Key><Size>1</Size></Contents>"
  }

  @Test func pagesWithoutANameAreGivenUp() throws {
    try with([String](repeating: "", count: 10)) { client, server in
      let failure = #expect(throws: Failure.self) { try client.forEachKey(below: "") { _ in } }
      #expect(failure?.code == "E-IO-STORE-ANSWER")
      #expect(failure?.reason.contains("does not end") == true)
      #expect(failure?.subject?.contains("s3://bkt") == true)
      #expect(failure?.subject?.contains(server.url) == true)
      #expect(server.requests.count == 3)
    }
  }

  @Test func theSameNameAgainAndAgainIsNoNews() throws {
    try with([String](repeating: key("a"), count: 10)) { client, server in
      let failure = #expect(throws: Failure.self) { try client.forEachKey(below: "") { _ in } }
      #expect(failure?.code == "E-IO-STORE-ANSWER")
      #expect(server.requests.count == 4)
    }
  }

  @Test func aFewEmptyPagesAreNoHarm() throws {
    try with(["", "", key("a"), key("b"), "", "", key("c"), ""]) { client, _ in
      var names: [String] = []
      try client.forEachKey(below: "") { names.append($0.key) }
      #expect(names == ["a", "b", "c"])
    }
  }
}
#endif
