internal import Depot
internal import SafeIO

/// Where `snapshots/NAME` leads: for clients that are pinned to a snapshot.
///
/// A pinned client must neither get other packages nor need other keys while the generation that it
/// knows is kept. So the address stays with the generations that are checked by the same keys as the
/// oldest kept one, and leads to the newest of them, whose Release is valid the longest; one that only
/// takes a component from the snapshot, or gives it components of others, has the address only while
/// none has the snapshot as it is.
enum SnapshotAddresses {
  private struct Candidate {
    let generation: GenerationRecord
    let isWhole: Bool
    /// What decides with which keys clients check it.
    let trust: [String]
  }

  /// The generation for each snapshot's name; `generations` of one prefix, in order.
  static func choose(
    among generations: [GenerationRecord],
    in depot: Depot
  ) throws(Failure) -> [String: GenerationRecord] {
    var candidates: [String: [Candidate]] = [:]
    for generation in generations {
      let recipe: PublicationRecipe
      do {
        recipe = try PublicationRecipe(of: generation, in: depot)
      } catch {
        // One damaged object must not stop every publish: depot check tells of it.
        guard error.kind == .integrity else { throw error }
        recipe = PublicationRecipe()
      }
      for name in Set(generation.snapshots.map(\.name)) {
        let users = recipe.distributions.filter { distribution in
          distribution.snapshots.contains { $0.name == name }
        }
        let isSigned = users.contains { $0.mode.hasResigned }
        candidates[name, default: []].append(
          Candidate(
            generation: generation,
            isWhole: !users.isEmpty
              && users.allSatisfy { $0.snapshots.count == 1 && !$0.hasOnlyItsComponents },
            trust: users.map { "\($0.name) \($0.mode.hasResigned)" }
              + (isSigned ? recipe.signers.map(\.fingerprint) : [])
          )
        )
      }
    }
    return candidates.compactMapValues { all in
      let whole = all.filter(\.isWhole)
      let chosen = whole.isEmpty ? all : whole
      return chosen.last { $0.trust == chosen[0].trust }?.generation
    }
  }
}
