#if Network
internal import SafeIO

/// How a large object is cut.
enum StoreParts {
  /// What goes in one request, in bytes: its entity tag and its conditions are honest everywhere.
  static let largestWhole: UInt64 = 256 << 20
  private static let smallest: UInt64 = 16 << 20
  private static let most: UInt64 = 9000

  /// How long the parts of an object are, in bytes.
  static func length(of size: UInt64) -> UInt64 {
    let needed = (size + most - 1) / most
    return max(smallest, ((needed + (1 << 20) - 1) >> 20) << 20)
  }
}

extension StoreClient {
  /// Writes a file part by part; what came is dropped when it does not come to its end.
  func putParts(_ source: StoreSource, _ key: String, _ headers: StoreHeaders) throws(Failure) {
    let begun = try send(
      StoreRequest(
        method: "POST",
        key: key,
        parameters: [("uploads", "")],
        headers: headers.lines(source.digest)
      )
    )
    guard begun.isSuccess, let upload = FlatXML.read(begun.body)?.text("UploadId"), !upload.isEmpty
    else { throw begun.failure("did not begin a large object", at: key) }
    do throws(Failure) {
      let tags = try sendParts(source, key, upload)
      try complete(key, upload, tags)
      guard let found = try head(key), found.length == source.size else {
        throw Failure(
          .integrity,
          "store-size",
          "a large object is not as long in the store as it was sent",
          subject: key,
          hint: "run the same command again"
        )
      }
    } catch {
      throw abort(key, upload, after: error)
    }
  }

  private func sendParts(
    _ source: StoreSource,
    _ key: String,
    _ upload: String
  ) throws(Failure) -> [String] {
    let length = StoreParts.length(of: source.size)
    var tags: [String] = []
    var offset: UInt64 = 0
    while offset < source.size {
      let size = min(length, source.size - offset)
      let answer = try send(
        StoreRequest(
          method: "PUT",
          key: key,
          parameters: [("partNumber", "\(tags.count + 1)"), ("uploadId", upload)],
          payload: .part(
            source,
            offset: offset,
            size: size,
            digest: try source.digest(from: offset, size)
          )
        )
      )
      guard answer.isSuccess, let tag = answer.tag else {
        throw answer.failure("did not take a part of a large object", at: key)
      }
      tags.append(tag)
      offset += size
    }
    return tags
  }

  private func complete(_ key: String, _ upload: String, _ tags: [String]) throws(Failure) {
    let parts = tags.enumerated().map { number, tag in
      let quoted = tag.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      return "<Part><PartNumber>\(number + 1)</PartNumber><ETag>\(quoted)</ETag></Part>"
    }
    let text =
      "<CompleteMultipartUpload>" + parts.joined() + "</CompleteMultipartUpload>"
    let answer = try send(
      StoreRequest(
        method: "POST",
        key: key,
        parameters: [("uploadId", upload)],
        headers: [("Content-Type", "application/xml")],
        payload: .bytes(Array(text.utf8))
      )
    )
    // An answer that was lost and asked for again says that there is no such upload any more: whether
    // it is there is for the look at its length to say.
    guard answer.isSuccess && answer.code.isEmpty || answer.code == "NoSuchUpload" else {
      throw answer.failure("did not put a large object together", at: key)
    }
  }

  private func abort(_ key: String, _ upload: String, after failure: Failure) -> Failure {
    do throws(Failure) {
      _ = try send(StoreRequest(method: "DELETE", key: key, parameters: [("uploadId", upload)]))
      return failure
    } catch {
      return failure.adding(details: [
        "the parts that arrived could not be dropped: \(error.reason)"
      ])
    }
  }
}

extension StoreSource {
  /// The SHA-256 of a part.
  fileprivate func digest(from start: UInt64, _ size: UInt64) throws(Failure) -> SHA256Digest {
    var hasher = SHA256Hasher()
    let block = Block()
    var done: UInt64 = 0
    while done < size {
      try Interruption.check()
      block.clear()
      let count = try read(start + done, Int(min(UInt64(block.capacity), size - done)), block)
      if count == 0 { break }
      hasher.update(block.bytes)
      done += UInt64(count)
    }
    return hasher.finish()
  }
}
#endif
