#if Network
package import SafeIO

/// An object as a list of the bucket shows it.
package struct StoredKey: Hashable, Sendable {
  package let key: String
  /// In bytes.
  package let size: UInt64
}

extension StoreClient {
  /// Hands out all objects whose key begins so, in the order of their keys, page by page.
  package func forEachKey(
    below prefix: String,
    _ body: (StoredKey) throws(Failure) -> Void
  ) throws(Failure) {
    try forEachPage(StoreList(prefix: prefix)) { (page) throws(Failure) in
      for object in page.keys { try body(object) }
    }
  }

  /// Lists what keys lie as names in a directory: its objects, and the directories below it.
  ///
  /// - Parameters:
  ///   - directory: what the keys begin with, with the slash at its end; empty for the whole bucket.
  ///   - limit: the most names that are taken.
  /// - Returns: the keys of objects, and what the keys of each directory begin with.
  /// - Throws: `unsafe` when there are more.
  package func list(
    in directory: String,
    atMost limit: Int
  ) throws(Failure) -> (objects: [StoredKey], directories: [String]) {
    var objects: [StoredKey] = []
    var directories: [String] = []
    try forEachPage(StoreList(prefix: directory, isFlat: false)) { (page) throws(Failure) in
      objects += page.keys
      directories += page.directories
      guard objects.count + directories.count <= limit else {
        throw Failure(
          .unsafe,
          "too-many-files",
          "there are more than \(limit) names in this directory of the object store",
          subject: directory,
          hint: "name a directory of it"
        )
      }
    }
    return (objects, directories)
  }

  private func forEachPage(
    _ list: StoreList,
    _ body: (StoreList.Page) throws(Failure) -> Void
  ) throws(Failure) {
    var token: String?
    var isFirst = true
    var progress = ListProgress()
    while isFirst || token != nil {
      try Interruption.check()
      isFirst = false
      let page = try page(list, token)
      try body(page)
      guard page.next == nil || page.next != token else { throw StoreList.unreadable(list.prefix) }
      progress.take(page)
      guard page.next == nil || !progress.isIdle else { throw endless(list) }
      token = page.next
    }
  }

  private func endless(_ list: StoreList) -> Failure {
    Failure(
      .io,
      "store-answer",
      "the list of the object store does not end: \(ListProgress.mostIdle) pages in a row brought no "
        + "further name, and each said that there are more",
      subject: "s3://\(settings.address.bucket)/\(list.prefix) at \(settings.endpoint.text)",
      hint: "see whether something else than an object store answers at the endpoint"
    )
  }

  private func page(_ list: StoreList, _ token: String?) throws(Failure) -> StoreList.Page {
    let request = StoreRequest(method: "GET", parameters: list.parameters(from: token))
    let answer = try send(request)
    guard answer.isSuccess else { throw answer.failure("did not list the bucket", at: list.prefix) }
    return try list.read(answer.body)
  }
}

/// Whether a list comes to something: names come in the order of their bytes, so that each page has
/// one behind all before it.
private struct ListProgress {
  /// How many pages may lack one; a store that passes over what was removed may give some.
  static let mostIdle = 3

  private var last = ""
  private var idle = 0

  var isIdle: Bool { idle >= ListProgress.mostIdle }

  mutating func take(_ page: StoreList.Page) {
    let names = page.keys.map(\.key) + page.directories
    let newest = names.max { $0.utf8.lexicographicallyPrecedes($1.utf8) } ?? ""
    let isNews = last.utf8.lexicographicallyPrecedes(newest.utf8)
    (last, idle) = isNews ? (newest, 0) : (last, idle + 1)
  }
}

/// What of a bucket is listed.
private struct StoreList {
  let prefix: String
  /// Whether all keys are listed that begin so, and not only names in that directory.
  var isFlat = true

  struct Page {
    var keys: [StoredKey] = []
    var directories: [String] = []
    /// Where the next page begins; nil at the end.
    var next: String?
  }

  func parameters(from token: String?) -> [(name: String, value: String)] {
    [(name: "list-type", value: "2"), (name: "prefix", value: prefix)]
      + (isFlat ? [] : [(name: "delimiter", value: "/")])
      + (token.map { [(name: "continuation-token", value: $0)] } ?? [])
  }

  func read(_ body: [UInt8]) throws(Failure) -> Page {
    guard let document = FlatXML.read(body), document.name == "ListBucketResult" else {
      throw StoreList.unreadable(prefix)
    }
    var page = Page()
    for element in document.all("Contents") {
      guard let size = UInt64(element.text("Size")), let key = element["Key"]?.text,
        key.hasPrefix(prefix)
      else { throw StoreList.unreadable(prefix) }
      page.keys.append(StoredKey(key: key, size: size))
    }
    for element in document.all("CommonPrefixes") {
      guard !isFlat, let directory = element["Prefix"]?.text, directory.hasPrefix(prefix),
        directory.hasSuffix("/"), directory.utf8.count > prefix.utf8.count
      else { throw StoreList.unreadable(prefix) }
      page.directories.append(directory)
    }
    guard document.text("IsTruncated") == "true" else { return page }
    page.next = document.text("NextContinuationToken")
    guard page.next?.isEmpty == false else { throw StoreList.unreadable(prefix) }
    return page
  }

  static func unreadable(_ prefix: String) -> Failure {
    Failure(
      .io,
      "store-answer",
      "the object store answered a list that cannot be read",
      subject: prefix,
      hint: "see whether something else than an object store answers at the endpoint"
    )
  }
}
#endif
