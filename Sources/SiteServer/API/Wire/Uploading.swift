#if Network
private import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import NIOPosix
internal import SafeIO

/// Uploads: their bodies go to disk while they come.
extension AptlyAPI {
  /// How much is collected before it is written.
  private static let block = 512 << 10

  /// Answers an upload; nil when the request is none.
  func upload(_ request: Request, _ call: APICall, _ peer: Peer) async throws -> APIReply? {
    guard call.path.first == "files" else { return nil }
    let place = UploadPlace(depot: site.depot)
    let sink: UploadSink
    switch (call.method, call.path.count) {
    case ("POST", 2):
      try UploadPlace.check(call.path[1])
      let type = request.headers[.contentType] ?? ""
      guard type.lowercased().hasPrefix("multipart/form-data"),
        let boundary = HeaderParameters(type[...])["boundary"], !boundary.isEmpty
      else { throw APIRefusal(400, "request Content-Type isn't multipart/form-data") }
      sink = UploadSink(place, call.path[1], boundary: boundary)
    case ("PUT", 3):
      try UploadPlace.check(call.path[1])
      try UploadPlace.check(file: call.path[2])
      let (directory, name) = (call.path[1], call.path[2])
      sink = try await site.threads.runIfActive {
        try UploadSink(place, directory, file: name)
      }
    default: return nil
    }
    do {
      try await feed(request.body, to: sink)
      // A body that breaks off ends like any other here.
      guard peer.hasWholeRequest else { throw APIRefusal(400, "the upload broke off") }
      let names = try await site.threads.runIfActive { try sink.finish() }
      return APIReply(.strings(names))
    } catch {
      try await site.threads.runIfActive { try sink.drop() }
      throw error
    }
  }

  private func feed(_ body: RequestBody, to sink: UploadSink) async throws {
    var pending: [UInt8] = []
    for try await buffer in body {
      pending += buffer.readableBytesView
      guard pending.count >= AptlyAPI.block else { continue }
      let bytes = pending
      pending = []
      try await site.threads.runIfActive { try sink.feed(bytes) }
    }
    let rest = pending
    if !rest.isEmpty { try await site.threads.runIfActive { try sink.feed(rest) } }
  }
}
#endif
