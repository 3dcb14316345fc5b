import Foundation
import Objects
import SafeIO
import TestSupport
import Testing

@testable import Depot

/// Random histories of a depot beside a model that knows only names and texts.
@Suite("depot gc in a long life")
struct GarbageModelTests {
  /// What there should be.
  private struct Model {
    /// The files of each snapshot.
    var snapshots: [String: [String: String]] = [:]
    /// The snapshot of each generation; the last one is current.
    var generations: [(number: UInt64, snapshot: String)] = []
    /// The files of the mirror's state.
    var mirrored: [String: String]?
    /// The files of a stopped import, when something of it has arrived.
    var importing: [String: String]?

    /// Everything that must be an object, by text.
    func neededTexts(present: Set<String>) -> Set<String> {
      var texts: Set<String> = []
      for files in Array(snapshots.values) + [mirrored].compactMap(\.self) {
        texts.formUnion(files.values)
        texts.insert(Model.listing(of: files))
      }
      // Of a stopped import, only what the depot happens to have.
      if let importing {
        texts.formUnion(
          Set(importing.values).union([Model.listing(of: importing)]).intersection(present)
        )
      }
      return texts
    }

    static func listing(of files: [String: String]) -> String {
      files.keys.sorted().map { path in
        let text = files[path] ?? ""
        return "\(SHA256Digest.of(Array(text.utf8)).hex) \(text.utf8.count) \(path)\n"
      }.joined()
    }
  }

  @Test(
    "never loses what anything needs, and always removes the rest",
    arguments: 1...4 as ClosedRange<UInt64>
  )
  func history(seed: UInt64) throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    var depot = try scratch.depot()
    var random = SeededGenerator(seed: seed)
    var model = Model()
    // What lies in objects/, by text.
    var present: Set<String> = []
    var collections = 0
    for step in 0..<150 {
      switch Int.random(in: 0..<12, using: &random) {
      case 0...2:
        let (name, files) = ("s\(step)", files(&random))
        _ = try depot.freeze(name, files)
        present.formUnion(files.values)
        present.insert(Model.listing(of: files))
        model.snapshots[name] = files
      case 3, 4:
        guard let name = model.snapshots.keys.sorted().randomElement(using: &random) else { break }
        let isUsed = model.generations.contains { $0.snapshot == name }
        let refusal = failure { try depot.catalogue.removeSnapshot(name) }
        #expect((refusal != nil) == isUsed)
        if !isUsed { model.snapshots[name] = nil }
      case 5:
        guard let name = model.snapshots.keys.sorted().randomElement(using: &random) else { break }
        try publish(name, &model, depot)
      case 6:
        guard model.generations.count > 1 else { break }
        try depot.catalogue.removeGeneration(model.generations.removeFirst().number, at: "debian")
      case 7:
        let files = files(&random)
        let record = try depot.freeze("for-mirror", files)
        try depot.mirror("debian", listing: record.digest)
        try depot.catalogue.removeSnapshot("for-mirror")
        present.formUnion(files.values)
        present.insert(Model.listing(of: files))
        model.mirrored = files
      case 8:
        if let files = model.importing {
          try finishImport(files, step, &model, &present, depot)
        } else {
          try stopImport(files(&random), &model, present, depot)
        }
      case 9: depot = try Depot.open(at: scratch.path + "/depot")
      default:
        collections += 1
        try collect(depot, stoppingAt: Bool.random(using: &random) ? 3 : nil)
        present = model.neededTexts(present: present)
        #expect(try depot.present() == digests(present), "seed \(seed), step \(step)")
        #expect(try DepotCheck(depot).run().isClean, "seed \(seed), step \(step)")
        for (name, files) in model.snapshots {
          let list = try depot.catalogue.fileList(of: try depot.catalogue.snapshot(name))
          #expect(list.count == files.count)
        }
      }
      guard try depot.present() == digests(present) else {
        Issue.record("seed \(seed), step \(step): the depot is not what the model says")
        return
      }
    }
    #expect(collections > 5)
  }

  private func digests(_ texts: Set<String>) -> Set<SHA256Digest> {
    Set(texts.map { SHA256Digest.of(Array($0.utf8)) })
  }

  private func files(_ random: inout SeededGenerator) -> [String: String] {
    var files: [String: String] = [:]
    for _ in 0..<Int.random(in: 0...10, using: &random) {
      files["p\(Int.random(in: 0..<30, using: &random))"] =
        "text \(Int.random(in: 0..<40, using: &random))"
    }
    return files
  }

  private func publish(_ name: String, _ model: inout Model, _ depot: Depot) throws {
    let snapshot = try depot.catalogue.snapshot(name)
    let number = (model.generations.last?.number ?? 0) + 1
    try depot.catalogue.prepare(
      GenerationRecord(
        prefix: "debian",
        number: number,
        state: .prepared,
        listing: snapshot.digest,
        files: snapshot.files,
        bytes: snapshot.bytes,
        made: UTCTime(seconds: 1),
        snapshots: [SnapshotReference(name: name, digest: snapshot.digest)]
      )
    )
    try depot.catalogue.makeCurrent(number, at: "debian")
    model.generations.append((number, name))
  }

  /// What the depot lacks comes into the staging; what it has is only noted.
  private func stopImport(
    _ files: [String: String],
    _ model: inout Model,
    _ present: Set<String>,
    _ depot: Depot
  ) throws {
    let manifest = SHA256Digest.of([1])
    let staging = try depot.incoming.open(StagingNames.importing(manifest))
    let listing = Array(Model.listing(of: files).utf8)
    try staging.note(listing: try staging.keep(bytes: listing))
    for text in files.values where !present.contains(text) {
      _ = try staging.keep(bytes: Array(text.utf8))
    }
    try staging.sync()
    try depot.catalogue.recordArrivals([1], of: manifest)
    model.importing = files
  }

  /// The import goes on without looking at its chunk again.
  private func finishImport(
    _ files: [String: String],
    _ step: Int,
    _ model: inout Model,
    _ present: inout Set<String>,
    _ depot: Depot
  ) throws {
    let manifest = SHA256Digest.of([1])
    let staging = try depot.incoming.open(StagingNames.importing(manifest))
    let text = Model.listing(of: files)
    let list = try FileList(canonical: Array(text.utf8).span, name: "test")
    _ = try staging.keep(list: list)
    try staging.checkComplete(list)
    try staging.admitAll()
    let record = SnapshotRecord(
      name: "i\(step)",
      list: list,
      suites: [],
      created: UTCTime(seconds: 1),
      origin: "bundle"
    )
    try depot.catalogue.insert(record)
    try depot.catalogue.clearArrivals(of: manifest)
    try staging.discard()
    present.formUnion(files.values)
    present.insert(text)
    model.snapshots[record.name] = files
    model.importing = nil
  }

  /// A collection; with `stoppingAt`, the next one finds what such a one left after a kill.
  private func collect(_ depot: Depot, stoppingAt stop: Int?) throws {
    let lock = try CollectionLock(depot, for: "depot gc")
    if let stop {
      let census = try GarbageCollection(of: depot)
      for digest in census.unneeded.prefix(stop) {
        let (directory, name) = try depot.objectPlace(of: digest)
        _ = try directory.removeFile(name)
      }
    }
    try GarbageCollection(of: depot).remove()
    withExtendedLifetime(lock) {}
  }
}
