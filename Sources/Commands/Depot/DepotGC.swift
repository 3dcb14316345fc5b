internal import ArgumentParser
internal import Depot
internal import Publishing
internal import SafeIO
internal import Transfer

extension DepotGroup {
  /// `aptferry depot gc`.
  struct GC: ParsableCommand, Promising, Audited {
    static let afterRefusal = "nothing that anything needs was removed"

    static let configuration = CommandConfiguration(
      commandName: "gc",
      abstract: "Remove the objects that nothing needs any more.",
      discussion: """
        Examples:
          aptferry depot gc --dry-run
          aptferry depot gc
          aptferry depot gc --keep 1

        Needed is what a snapshot, a mirror, a generation of a publication, a
        bundle for a site that has not acknowledged it (receipt add, ledger
        retract), an unfinished import, mirror update or export has. Snapshots go with
        aptferry snapshot remove, mirrors with aptferry mirror remove; gc then
        gives their space back. --keep N first drops all generations but the newest
        N of each publication and those whose grace has not ended: they cannot be
        rolled back to any more. Clients of publications notice nothing.

        Exit statuses: 11 a list is missing or damaged, so that nobody can say
        what it needs (depot check); 17 another command holds the depot or a
        mirror; 18 an unfinished import does not say what it needs.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Only say what would be removed.")
    var dryRun = false

    @Option(
      help: ArgumentHelp(
        "Keep only the newest so many generations of each publication.",
        valueName: "number"
      )
    )
    var keep: Int?

    var audit: AuditSubject? {
      dryRun
        ? nil
        : AuditSubject("depot gc", [AuditField("keep", keep.map { ["\($0)"] } ?? [])])
    }

    func run() throws {
      let now = UTCTime.now()
      let depot = try location.open()
      let lock = try CollectionLock(depot, for: "depot gc")
      if !dryRun { try Publisher.recover(depot, facts: AuditTrail.facts) }
      let doomed = try doomed(in: depot, now)
      if !dryRun, !doomed.isEmpty {
        output.note("to be dropped: \(doomed.count) generations")
        try Publisher(depot, facts: AuditTrail.facts).forget(doomed)
      }
      let line = output.progress
      defer { line.end() }
      let collection = try GarbageCollection(of: depot, without: doomed, progress: line.sink)
      if !dryRun {
        line.end()
        if !collection.garbage.isEmpty {
          output.note("to be removed: \(GC.text(collection.garbage))")
        }
        // Before the first goes: a refusal half-way must not say that nothing was to be removed.
        AuditTrail.add("to be removed", GC.text(collection.garbage))
        AuditTrail.add("leftovers", collection.garbage.leftovers)
        try collection.remove()
        try ExportedLists.collect(in: depot)
      }
      line.end()
      withExtendedLifetime(lock) {}
      if collection.missing > 0 {
        output.note(
          "\(collection.missing) files that something needs are not in the depot: "
            + "run aptferry depot check"
        )
      }
      output.show(json(collection, doomed), lines(collection, doomed))
    }

    private func doomed(in depot: Depot, _ now: UTCTime) throws(Failure) -> [GenerationRecord] {
      guard let keep else { return [] }
      return try Publisher(depot, facts: AuditTrail.facts).generations(beyond: keep, now: now)
    }

    private static func text(_ garbage: GarbageCollection.Garbage) -> String {
      "\(garbage.objects) objects, \(ByteSize.text(garbage.bytes))"
    }

    private func json(
      _ collection: GarbageCollection,
      _ generations: [GenerationRecord]
    ) -> JSONText {
      let garbage = collection.garbage
      return .object([
        ("dryRun", .bool(dryRun)),
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
        ("unfinished", .array(collection.unfinished.map { .string($0) })),
      ])
    }

    private func lines(
      _ collection: GarbageCollection,
      _ generations: [GenerationRecord]
    ) -> [String] {
      let garbage = collection.garbage
      let verb = dryRun ? "would go:   " : "removed:    "
      var lines = ["needed:     \(collection.needed) objects", verb + GC.text(garbage)]
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
      lines += collection.unfinished.map { "unfinished: \($0)" }
      return lines.map { Escaped.line($0) }
    }
  }
}
