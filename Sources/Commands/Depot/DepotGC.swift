internal import ArgumentParser
internal import Depot
internal import Publishing
internal import SafeIO

extension DepotGroup {
  /// `aptferry depot gc`.
  struct GC: ParsableCommand, Promising {
    static let afterRefusal = "nothing that anything needs was removed"

    static let configuration = CommandConfiguration(
      commandName: "gc",
      abstract: "Remove the objects that nothing needs any more.",
      discussion: """
        Examples:
          aptferry depot gc --dry-run
          aptferry depot gc

        Needed is what a snapshot, a mirror, a generation of a publication, an
        unfinished import, mirror update or export has. Snapshots go with
        aptferry snapshot remove, mirrors with aptferry mirror remove; gc then
        gives their space back. Clients of publications notice nothing.

        Exit statuses: 11 a list is missing or damaged, so that nobody can say
        what it needs (depot check); 17 another command holds the depot or a
        mirror; 18 an unfinished import does not say what it needs.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Only say what would be removed.")
    var dryRun = false

    func run() throws {
      let depot = try location.open()
      let lock = try CollectionLock(depot, for: "depot gc")
      if !dryRun { try Publisher.recover(depot) }
      let line = output.progress
      defer { line.end() }
      let collection = try GarbageCollection(of: depot, progress: line.sink)
      if !dryRun {
        line.end()
        if !collection.garbage.isEmpty {
          output.note("to be removed: \(GC.text(collection.garbage))")
        }
        try collection.remove()
      }
      line.end()
      withExtendedLifetime(lock) {}
      if collection.missing > 0 {
        output.note(
          "\(collection.missing) files that something needs are not in the depot: "
            + "run aptferry depot check"
        )
      }
      output.show(json(collection), lines(collection))
    }

    private static func text(_ garbage: GarbageCollection.Garbage) -> String {
      "\(garbage.objects) objects, \(ByteSize.text(garbage.bytes))"
    }

    private func json(_ collection: GarbageCollection) -> JSONText {
      let garbage = collection.garbage
      return .object([
        ("dryRun", .bool(dryRun)),
        ("objects", .count(garbage.objects)),
        ("bytes", .count(garbage.bytes)),
        ("sharedBytes", .count(garbage.shared)),
        ("leftovers", .array(garbage.leftovers.map { .string($0) })),
        ("leftoverBytes", .count(garbage.leftoverBytes)),
        ("needed", .count(collection.needed)),
        ("missing", .count(collection.missing)),
        ("unfinished", .array(collection.unfinished.map { .string($0) })),
      ])
    }

    private func lines(_ collection: GarbageCollection) -> [String] {
      let garbage = collection.garbage
      let verb = dryRun ? "would go:   " : "removed:    "
      var lines = ["needed:     \(collection.needed) objects", verb + GC.text(garbage)]
      if garbage.shared > 0 {
        lines.append(
          "            and \(ByteSize.text(garbage.shared)) in files that have other names elsewhere"
        )
      }
      if !garbage.leftovers.isEmpty {
        lines.append(
          verb + garbage.leftovers.joined(separator: ", ")
            + " (left by interrupted commands), \(ByteSize.text(garbage.leftoverBytes))"
        )
      }
      lines += collection.unfinished.map { "unfinished: \($0)" }
      return lines.map { Escaped.line($0) }
    }
  }
}
