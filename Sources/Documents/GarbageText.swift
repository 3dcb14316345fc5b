package import Depot
package import Operations
internal import SafeIO

/// How a collection of garbage is shown.
package enum GarbageText {
  package static func text(_ garbage: GarbageCollection.Garbage) -> String {
    "\(Counted.text(garbage.objects, "object")), \(ByteSize.text(garbage.bytes))"
  }

  package static func json(_ collected: CollectedGarbage, isDryRun: Bool) -> JSONText {
    let (collection, generations) = (collected.collection, collected.generations)
    let garbage = collection.garbage
    return .object([
      ("dryRun", .bool(isDryRun)),
      ("objects", .count(garbage.objects)),
      ("bytes", .count(garbage.bytes)),
      ("sharedBytes", .count(garbage.shared)),
      (
        "generations",
        .array(
          generations.map { generation in
            .object([
              ("prefix", .string(generation.prefix)), ("generation", .count(generation.number)),
            ])
          }
        )
      ),
      ("leftovers", .array(garbage.leftovers.map { .string($0) })),
      ("leftoverBytes", .count(garbage.leftoverBytes)),
      ("needed", .count(collection.needed)),
      ("missing", .count(collection.missing)),
      ("unfinished", .array(collection.unfinished.map { .string($0.staging) })),
    ])
  }

  package static func lines(_ collected: CollectedGarbage, isDryRun: Bool) -> [String] {
    let (collection, generations) = (collected.collection, collected.generations)
    let garbage = collection.garbage
    let verb = isDryRun ? "would go:   " : "removed:    "
    var lines = ["needed:     \(Counted.text(collection.needed, "object"))", verb + text(garbage)]
    if garbage.shared > 0 {
      lines.append(
        "            and \(ByteSize.text(garbage.shared)) in files that have other names elsewhere"
      )
    }
    lines += generations.map { verb + "\($0.prefix), generation \($0.number)" }
    if !garbage.leftovers.isEmpty {
      lines.append(
        verb + garbage.leftovers.joined(separator: ", ")
          + " (left by interrupted commands), \(ByteSize.text(garbage.leftoverBytes))"
      )
    }
    lines += collection.unfinished.map { "unfinished: \(UnfinishedText.placed($0))" }
    return lines.map { Escaped.line($0) }
  }
}
