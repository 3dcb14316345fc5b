package import Depot
package import SafeIO

/// How the trees of all generations lie: what a listing and a recipe do not say of them.
///
/// A backup keeps this instead of the trees, which are other names of objects: a restore builds them
/// anew. One line for each generation: prefix, number, `links` or `plain`, then the directories at the
/// top that it shares with others, and with `vendor/` before them those of the vendor's view.
package struct TreeSketch {
  /// One generation.
  struct Generation: Hashable {
    let prefix: String
    let number: UInt64
    let isPlain: Bool
    let sharedTops: Set<String>
    let vendorTops: Set<String>
  }

  let generations: [Generation]

  /// Looks at the trees; the depot's lock must be held.
  package init(of depot: Depot) throws(Failure) {
    var found: [Generation] = []
    let all = try depot.catalogue.generations()
    if !all.isEmpty {
      let publicRoot = try depot.publicDirectory()
      for record in all {
        let prefix = try PublicationPrefix(record.prefix)
        guard let directory = try PublicationDirectory(prefix, in: publicRoot, making: false),
          let tree = try directory.tree(record.number)
        else { continue }
        found.append(try TreeSketch.sketch(record, directory, tree))
      }
    }
    generations = found
  }

  private static func sketch(
    _ record: GenerationRecord,
    _ directory: PublicationDirectory,
    _ tree: Directory
  ) throws(Failure) -> Generation {
    var (shared, vendor): (Set<String>, Set<String>) = ([], [])
    for entry in try tree.list() where entry.kind == .symbolicLink && record.pool > 0 {
      let target = GenerationTree.target(of: entry.name, inPool: record.pool)
      if try tree.symbolicLinkTarget(entry.name) == target { shared.insert(entry.name) }
    }
    if let view = try tree.directoryIfPresent(GenerationPlan.vendor) {
      for entry in try view.list() where entry.kind == .symbolicLink { vendor.insert(entry.name) }
    }
    return Generation(
      prefix: record.prefix,
      number: record.number,
      isPlain: directory.isPlain,
      sharedTops: shared,
      vendorTops: vendor
    )
  }

  /// The text that a backup keeps.
  package var text: String {
    generations.map { generation in
      let words =
        [generation.prefix, "\(generation.number)", generation.isPlain ? "plain" : "links"]
        + generation.sharedTops.sorted()
        + generation.vendorTops.sorted().map { GenerationPlan.vendor + "/" + $0 }
      return words.joined(separator: "\t") + "\n"
    }.joined()
  }

  /// Reads the text of a backup.
  package init(reading text: String) throws(Failure) {
    var found: [Generation] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: "\t").map { String($0) }
      guard words.count >= 3, let number = UInt64(words[1]), ["plain", "links"].contains(words[2])
      else { throw TreeSketch.damaged(String(line)) }
      let tops = words[3...]
      let inVendor = GenerationPlan.vendor + "/"
      for top in tops {
        let name = top.hasPrefix(inVendor) ? String(top.dropFirst(inVendor.count)) : top
        guard RelativePath(name)?.components.count == 1 else { throw TreeSketch.damaged(name) }
      }
      found.append(
        Generation(
          prefix: try PublicationPrefix(words[0]).text,
          number: number,
          isPlain: words[2] == "plain",
          sharedTops: Set(tops.filter { !$0.hasPrefix(inVendor) }),
          vendorTops: Set(
            tops.filter { $0.hasPrefix(inVendor) }.map { String($0.dropFirst(inVendor.count)) }
          )
        )
      )
    }
    generations = found
  }

  private static func damaged(_ what: String) -> Failure {
    Failure(
      .integrity,
      "backup-damaged",
      "the backup does not say how the trees of publications lay",
      subject: Escaped.line(what, limit: 100)
    )
  }
}
