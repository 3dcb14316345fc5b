package import SafeIO

/// Published trees that lie elsewhere than on this machine, as clients may ask for them.
///
/// Each look may ask over a network: it is for threads that may wait.
package protocol FarTrees: Sendable {
  /// Where they lie, for messages.
  var name: String { get }

  /// The prefixes that clients can ask for, sorted.
  func prefixes() throws(Failure) -> [PublicationPrefix]

  /// What is at a path below a prefix; nil when nothing is.
  ///
  /// A file is answered when all of its bytes are here and are those that its listing names.
  func look(at path: String, below prefix: PublicationPrefix) throws(Failure) -> FarItem?
}

/// What a client finds elsewhere, and of which generation it is.
package struct FarItem: Sendable {
  package let generation: UInt64
  package let item: ServedItem

  package init(generation: UInt64, item: ServedItem) {
    (self.generation, self.item) = (generation, item)
  }
}

extension FarTrees {
  /// The prefix that a path lies below, and the rest of it; nil for a path above all of them.
  package func place(
    _ components: [String]
  ) throws(Failure) -> (prefix: PublicationPrefix, path: String)? {
    guard components.allSatisfy({ !$0.hasPrefix(".") }) else { return nil }
    let path = components.joined(separator: "/")
    let prefixes = try prefixes()
    for prefix in prefixes where path == prefix.text || path.hasPrefix(prefix.text + "/") {
      return (prefix, String(path.dropFirst(prefix.text.utf8.count + 1)))
    }
    guard ["dists", "pool"].contains(components.first),
      let root = prefixes.first(where: { $0.text == PublicationPrefix.root })
    else { return nil }
    return (root, path)
  }
}
