#if Network
package import SafeIO

/// A condition under which an object is written.
package enum StoreCondition: Sendable {
  /// Whatever is there.
  case none
  /// Only where nothing is.
  case absent
  /// Only where this entity tag stands, as the store wants it written.
  case tag(String)

  var headers: [(name: String, value: String)] {
    switch self {
    case .none: []
    case .absent: [("If-None-Match", "*")]
    case .tag(let tag): [("If-Match", tag)]
    }
  }
}

/// How an object presents itself to clients.
package struct StoreHeaders: Sendable {
  package var contentType = "application/octet-stream"
  /// For caches between here and clients; empty for nothing.
  package var cacheControl = ""

  package init(contentType: String = "application/octet-stream", cacheControl: String = "") {
    (self.contentType, self.cacheControl) = (contentType, cacheControl)
  }

  func lines(_ digest: SHA256Digest) -> [(name: String, value: String)] {
    [("Content-Type", contentType), (StoreAnswer.digestHeader, digest.hex)]
      + (cacheControl.isEmpty ? [] : [("Cache-Control", cacheControl)])
  }
}

extension StoreClient {
  /// Writes a few bytes once, without asking again; what came of it is for the caller to judge.
  ///
  /// - Returns: the answer; nil when none came, and then nobody knows whether it was done.
  package func tryPut(
    _ bytes: [UInt8],
    at key: String,
    _ condition: StoreCondition,
    _ headers: StoreHeaders = StoreHeaders()
  ) throws(Failure) -> StoreAnswer? {
    do throws(StoreProblem) {
      return try once(putting(.bytes(bytes), key, condition, headers))
    } catch {
      switch error {
      case .failure(let failure): throw failure
      case .trouble: return nil
      }
    }
  }

  /// Writes a few bytes, whatever is there.
  package func put(
    _ bytes: [UInt8],
    at key: String,
    _ headers: StoreHeaders = StoreHeaders()
  ) throws(Failure) {
    let answer = try send(putting(.bytes(bytes), key, .none, headers))
    guard answer.isSuccess else { throw answer.failure("did not take an object", at: key) }
  }

  /// Writes a file, whatever is there; a large one in parts.
  package func put(
    _ source: StoreSource,
    at key: String,
    _ headers: StoreHeaders = StoreHeaders()
  ) throws(Failure) {
    guard source.size <= StoreParts.largestWhole else { return try putParts(source, key, headers) }
    let answer = try send(putting(whole: source, key, .none, headers))
    guard answer.isSuccess else { throw answer.failure("did not take an object", at: key) }
  }

  /// The request that writes a file at once.
  func putting(
    whole source: StoreSource,
    _ key: String,
    _ condition: StoreCondition,
    _ headers: StoreHeaders
  ) -> StoreRequest {
    let payload = StorePayload.part(source, offset: 0, size: source.size, digest: source.digest)
    return putting(source.size == 0 ? .none : payload, key, condition, headers)
  }

  private func putting(
    _ payload: StorePayload,
    _ key: String,
    _ condition: StoreCondition,
    _ headers: StoreHeaders
  ) -> StoreRequest {
    StoreRequest(
      method: "PUT",
      key: key,
      headers: headers.lines(payload.digest) + condition.headers,
      payload: payload
    )
  }

  /// Reads an object of at most `limit` bytes; nil when it is not there.
  package func get(_ key: String, limit: Int) throws(Failure) -> StoreAnswer? {
    try present(
      try send(StoreRequest(method: "GET", key: key, answerLimit: max(limit, 1 << 16))),
      "did not give an object",
      key
    )
  }

  /// Reads a range of an object; nil when it is not there, or is not that long.
  package func get(_ key: String, from offset: UInt64, count: Int) throws(Failure) -> StoreAnswer? {
    let range = "bytes=\(offset)-\(offset + UInt64(max(1, count)) - 1)"
    let answer = try send(
      StoreRequest(
        method: "GET",
        key: key,
        headers: [("Range", range)],
        answerLimit: max(count, 1 << 16)
      )
    )
    if answer.status == 416 { return nil }
    return try present(answer, "did not give a part of an object", key)
  }

  /// Looks at an object; nil when it is not there.
  package func head(_ key: String) throws(Failure) -> StoreAnswer? {
    try present(
      try send(StoreRequest(method: "HEAD", key: key)),
      "did not say anything about an object",
      key
    )
  }

  /// Asks as a client without credentials does.
  package func getAnonymously(_ key: String) throws(Failure) -> StoreAnswer {
    try send(StoreRequest(method: "GET", key: key, isAnonymous: true, answerLimit: 1 << 20))
  }

  private func present(
    _ answer: StoreAnswer,
    _ what: String,
    _ key: String
  ) throws(Failure) -> StoreAnswer? {
    if answer.isSuccess { return answer }
    guard answer.status == 404, answer.code != "NoSuchBucket" else {
      throw answer.failure(what, at: key)
    }
    return nil
  }

  /// Removes an object; one that is not there is no error.
  package func delete(_ key: String) throws(Failure) {
    let answer = try send(StoreRequest(method: "DELETE", key: key))
    guard answer.isSuccess || answer.status == 404 else {
      throw answer.failure("did not remove an object", at: key)
    }
  }
}
#endif
