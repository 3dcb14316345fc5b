#if Network
package import SafeIO

extension StoreClient {
  /// What became of an object that was to be created.
  package enum Creation: Sendable {
    /// It was written now.
    case written
    /// Just this content lay there already.
    case present
    /// Something else lies there, and stays.
    case taken
  }

  /// Writes a file where nothing is; what is there stays, whatever it is.
  ///
  /// `isConditional` says that the store writes under conditions: then of several writers one wins.
  /// Without, and for large objects, which no engine creates under a condition, there is a look first.
  /// The status is never believed alone: what lies there in the end decides.
  package func create(
    _ source: StoreSource,
    at key: String,
    _ headers: StoreHeaders = StoreHeaders(),
    isConditional: Bool
  ) throws(Failure) -> Creation {
    let isSmall = source.size <= StoreParts.largestWhole
    if !isSmall || !isConditional {
      if let there = try head(key) { return there.creation(of: source) }
      try put(source, at: key, headers)
      return .written
    }
    let answer = try send(putting(whole: source, key, .absent, headers))
    if answer.isSuccess { return .written }
    guard let there = try head(key) else {
      throw answer.failure("did not take an object", at: key)
    }
    return there.creation(of: source)
  }
}

extension StoreAnswer {
  /// What an object that is there means for somebody who wants to create it.
  fileprivate func creation(of source: StoreSource) -> StoreClient.Creation {
    notedDigest == source.digest && length == source.size ? .present : .taken
  }
}
#endif
