#if Network
internal import Publishing
internal import SafeIO

/// Where a publication is, as aptly's clients write it in a path.
struct APIPrefix: Hashable, Sendable {
  /// Empty for the site's own trees; else something that a site of aptly's may have and this has not.
  let storage: String
  /// The prefix as objects show it: `.` for the root.
  let text: String

  /// What the publication at the root is called in this depot.
  static let root = PublicationPrefix.root

  /// Decodes `_`, `__`, `:` and `.` of a part of a path.
  init(_ part: String) {
    var decoded = ""
    for character in part { decoded.append(character == "_" ? "/" : character) }
    while let range = decoded.firstRange(of: "//") { decoded.replaceSubrange(range, with: "_") }
    let colon = decoded.lastIndex(of: ":")
    self.init(
      storage: colon.map { String(decoded[..<$0]) } ?? "",
      plain: String(decoded[(colon.map { decoded.index(after: $0) } ?? decoded.startIndex)...])
    )
  }

  init(storage: String, plain: String) {
    self.storage = storage
    var rest = plain[...]
    while rest.hasPrefix("/") { rest.removeFirst() }
    while rest.hasSuffix("/") { rest.removeLast() }
    text = rest.isEmpty ? "." : String(rest)
  }

  /// What the prefix is called in this depot.
  var house: String { APIPrefix.house(text) }

  /// What a prefix that is shown to clients is called in this depot.
  static func house(_ shown: String) -> String { shown == "." ? root : shown }

  /// How a prefix of this depot is shown.
  static func shown(_ house: String) -> String { house == root ? "." : house }

  /// Refuses what no publication can be at.
  func check() throws(APIRefusal) {
    guard storage.isEmpty else {
      throw APIRefusal(400, "unable to publish: there is no storage \(storage) at this site")
    }
    guard text != "." else { return }
    // The root's name in this depot.
    guard text != APIPrefix.root else { throw APIRefusal(400, "invalid prefix: \(text)") }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard !parts.contains(where: { ["dists", "pool", "..", ".", "", "snapshots"].contains($0) })
    else { throw APIRefusal(400, "invalid prefix: \(text)") }
    do throws(Failure) {
      _ = try PublicationPrefix(text)
    } catch {
      throw APIRefusal(400, "invalid prefix: \(error.reason)")
    }
  }
}
#endif
