package import Depot
package import SafeIO

/// The generation that clients see, as files alone: for places that have no links.
package struct ShippedGeneration: Sendable {
  /// Where the publication lies in the depot.
  package let prefix: PublicationPrefix
  /// The number in the depot.
  package let number: UInt64
  /// Every file by its path below the prefix, those that are links on disk among them.
  package let list: FileList
  /// How many generations stay at least.
  package let kept: Int
  /// How long one stays after the next one came, in seconds.
  package let grace: Int64

  /// The current generation at a prefix; refused when there is none.
  package init(at prefix: String, in depot: Depot) throws(Failure) {
    let publication = try Publications.show(prefix, in: depot)
    let list = try depot.catalogue.fileList(
      publication.current.listing,
      name: "the listing of \(prefix), generation \(publication.current.number)"
    )
    self.prefix = try PublicationPrefix(prefix)
    number = publication.current.number
    kept = max(1, publication.recipe.kept)
    grace = max(0, publication.recipe.grace)
    let tops = try ShippedGeneration.vendorTops(of: publication, in: depot)
    self.list = try ShippedGeneration.adding(tops, to: list)
  }

  /// The directories that the vendor's view has through links.
  private static func vendorTops(
    of publication: Publication,
    in depot: Depot
  ) throws(Failure) -> [String] {
    guard publication.recipe.hasLinks,
      publication.recipe.distributions.contains(where: { $0.mode == .both })
    else { return [] }
    let directory = try PublicationDirectory(
      PublicationPrefix(publication.prefix),
      in: depot.publicDirectory(),
      making: false
    )
    guard let tree = try directory?.tree(publication.current.number),
      let view = try tree.directoryIfPresent(GenerationPlan.vendor)
    else { return [] }
    return try view.list().filter { $0.kind == .symbolicLink }.map(\.name).sorted()
  }

  private static func adding(
    _ tops: [String],
    to list: FileList
  ) throws(Failure) -> FileList {
    guard !tops.isEmpty else { return list }
    var builder = FileList.Builder()
    let vendor = Array((GenerationPlan.vendor + "/").utf8)
    try list.forEachPath(in: 0..<list.count) { (index, path) throws(Failure) in
      let (size, digest) = (list.size(at: index), list.digest(at: index))
      let bytes = Array(path)
      try builder.add(path: bytes.span, size: size, digest: digest)
      guard let top = GenerationPlan.top(path), tops.contains(top) else { return }
      let copy = vendor + bytes
      try builder.add(path: copy.span, size: size, digest: digest)
    }
    return try builder.finish()
  }
}
