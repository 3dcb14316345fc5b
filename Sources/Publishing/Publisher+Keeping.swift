package import Depot
package import SafeIO

extension Publisher {
  /// The generations that go when only the newest `count` of each publication stay.
  ///
  /// What clients see stays, and whatever they may still be fetching from: a generation of which the
  /// next one came less than the publication's grace ago.
  package func generations(beyond count: Int, now: UTCTime) throws(Failure) -> [GenerationRecord] {
    guard (1...1000).contains(count) else {
      throw Failure(.usage, "arguments", "between 1 and 1000 generations can be kept")
    }
    try refuseWrongPublicDirectory()
    var doomed: [GenerationRecord] = []
    let all = try depot.catalogue.generations()
    for prefix in Set(all.map(\.prefix)).sorted() {
      let present = all.filter { $0.prefix == prefix && $0.state != .prepared }
      guard let current = present.last(where: { $0.state == .current }) else { continue }
      var recipe = try PublicationRecipe(of: current, in: depot)
      // A retention leaves room for the generation that is being made; here none is.
      recipe.kept = count + 1
      let held = try heldGenerations(among: present)
      let retention = Retention(present, recipe, holding: held, now: now)
      doomed += retention.doomed.filter { $0.state == .kept }
    }
    return doomed
  }

  /// Forgets generations, and removes their trees and what only they had in the pools.
  ///
  /// Killed in between, the next recovery removes the trees of those that are forgotten.
  package func forget(_ generations: [GenerationRecord]) throws(Failure) {
    for generation in generations {
      try depot.catalogue.removeGeneration(generation.number, at: generation.prefix)
      facts.add(AuditFact.facts(ofDropped: generation))
    }
    if !generations.isEmpty { try recover() }
  }
}
