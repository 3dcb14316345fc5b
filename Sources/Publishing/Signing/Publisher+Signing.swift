internal import Depot
internal import OpenPGP
package import SafeIO

extension Publisher {
  /// Signs generations anew with the keys that sign now, the current one and those that are kept.
  ///
  /// Release, its Date and its end, and all indexes stay byte for byte. The catalogue has the new
  /// listings before a tree changes: killed in between, the next command finishes the trees.
  ///
  /// - Parameters:
  ///   - change: where, when and why.
  ///   - numbers: only these generations; all when it is empty.
  /// - Returns: what was signed, and what was not.
  /// - Throws: `usage` where this site signs nothing, and what gpg says.
  package func sign(
    _ change: PublicationChange,
    only numbers: [UInt64] = []
  ) throws(Failure) -> SigningResult {
    let prefix = try PublicationPrefix(change.prefix)
    try check(change.reason)
    try refuseWrongPublicDirectory()
    if !change.isDryRun { try recover() }
    let present = try depot.catalogue.generations(at: prefix.text).filter { $0.state != .prepared }
    guard let current = present.last(where: { $0.state == .current }) else {
      throw Publications.none(change.prefix)
    }
    let all = try chosen(numbers, among: present, prefix)
      .map { (record) throws(Failure) in try SiteSignature(of: record, in: depot) }
    let signed = all.filter { !$0.distributions.isEmpty }
    guard !signed.isEmpty else { throw Publisher.nothingToSign(all, prefix) }
    let settings = try PublicationRecipe(of: current, in: depot)
    let keys = try Composition(depot: depot, now: change.now, ownKey: ownKey).signers(settings)
    let publicKeys = try keys.map { (key) throws(Failure) in try key.usablePublicKey() }
    var result = SigningResult(
      prefix: prefix.text,
      keys: publicKeys.map(\.fingerprint.text),
      isDryRun: change.isDryRun
    )
    var stale: [SiteSignature] = []
    for one in signed {
      let isDone = try one.isBy(publicKeys, in: depot)
      if !isDone { stale.append(one) }
      result.generations.append(try report(one, isSignedAnew: !isDone))
      if !isDone { result.notes += Publisher.notes(of: one, at: change.now) }
    }
    result.notes += all.filter(\.distributions.isEmpty).map { one in
      "generation \(one.generation.number): it has the vendor's signature only; nothing to sign"
    }
    guard !change.isDryRun, !stale.isEmpty else { return result }
    let renewed = try renew(stale, with: keys, publicKeys, settings, at: change.now)
    try depot.catalogue.beginSigning(renewed, at: change.now, reason: change.reason)
    try finishSigning(prefix, try depot.catalogue.generations(at: prefix.text))
    return result
  }

  /// Finishes the trees of generations that the catalogue has other signatures of.
  func finishSigning(
    _ prefix: PublicationPrefix,
    _ generations: [GenerationRecord],
    _ beforeChange: () throws(Failure) -> Void = {}
  ) throws(Failure) {
    let unfinished = try depot.catalogue.unfinishedSignings(at: prefix.text)
    guard !unfinished.isEmpty else { return }
    guard let directory = try PublicationDirectory(prefix, in: publicRoot, making: false) else {
      return
    }
    for generation in generations where unfinished.contains(generation.number) {
      // One without a tree is dropped by the recovery, and its row here goes with it.
      guard let tree = try directory.tree(generation.number) else { continue }
      try beforeChange()
      let signature = try SiteSignature(of: generation, in: depot)
      try SignatureSwitch(signature: signature, directory: directory, objects: depot.objects)
        .run(in: tree)
      try depot.catalogue.finishSigning(generation.number, at: prefix.text)
      facts.add(
        .generationSigned(AuditFact.Generation(generation), keys: try signature.issuers(in: depot))
      )
    }
    try directory.showSnapshots(
      try depot.catalogue.generations(at: prefix.text),
      of: depot,
      beforeChange
    )
  }

  private func chosen(
    _ numbers: [UInt64],
    among present: [GenerationRecord],
    _ prefix: PublicationPrefix
  ) throws(Failure) -> [GenerationRecord] {
    if let missing = numbers.first(where: { number in
      !present.contains { $0.number == number }
    }) {
      throw Failure(
        .usage,
        "no-generation",
        "there is no such generation",
        subject: "\(prefix.text), generation \(missing)",
        hint: "there are: " + present.map { "\($0.number)" }.joined(separator: ", ")
      )
    }
    return present.filter { numbers.isEmpty || numbers.contains($0.number) }
  }

  private static func nothingToSign(
    _ all: [SiteSignature],
    _ prefix: PublicationPrefix
  ) -> Failure {
    Failure(
      .usage,
      "nothing-to-sign",
      "it has the vendor's signature only, which nobody here can make anew",
      subject: all.count == 1
        ? "\(prefix.text), generation \(all[0].generation.number)" : prefix.text,
      hint: "where clients are to check this site's signature: aptferry publication edit "
        + "\(prefix.text) --mode resigned"
    )
  }

  private func report(
    _ one: SiteSignature,
    isSignedAnew: Bool
  ) throws(Failure) -> SigningResult.Generation {
    SigningResult.Generation(
      number: one.generation.number,
      state: one.generation.state,
      distributions: one.distributions.map(\.name),
      before: try one.issuers(in: depot),
      isSignedAnew: isSignedAnew
    )
  }

  /// What a signature does not mend, because it stands in Release.
  private static func notes(of one: SiteSignature, at now: UTCTime) -> [Note] {
    var notes: [Note] = []
    for distribution in one.distributions {
      let name = "generation \(one.generation.number), \(distribution.name)"
      if let end = distribution.validUntil, end < now {
        notes.append("\(name): its Release was valid until \(end): apt refuses it all the same")
      }
      if distribution.namesSigners {
        notes.append(
          .note(
            "\(name): its Release names the keys of then (Signed-By): clients whose source names no "
              + "keys go by that; publish, or roll back to it, for a Release that names those of now"
          )
        )
      }
    }
    return notes
  }
}
