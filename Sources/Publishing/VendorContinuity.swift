internal import DebianRepository
package import Depot
package import SafeIO
internal import Trust

/// A publication remembers who stands behind each distribution and component.
///
/// Clients trust the prefix: nobody else's packages may come in their place unless an operator says
/// so.
package struct VendorContinuity {
  private let depot: Depot
  private let vendors: Vendors
  /// The keys that an operator accepted in the place of others, by those.
  private let successors: [String: [String]]

  package init(_ depot: Depot) throws(Failure) {
    self.depot = depot
    vendors = try Vendors(depot)
    successors = Dictionary(grouping: try depot.catalogue.keyStatements().filter(\.isAccepted)) {
      $0.key
    }.mapValues { $0.map(\.successor) }
  }

  /// Notes in a recipe who stands behind its distributions and components, as is known now.
  ///
  /// Behind one without a package stands who stood there before: it may be filled again.
  func remember(
    in recipe: inout PublicationRecipe,
    _ records: [String: SnapshotRecord],
    after old: PublicationRecipe?
  ) {
    func vendor(
      _ source: String,
      of snapshot: String,
      before: VendorIdentity?
    ) -> VendorIdentity? {
      let vendor = records[snapshot]?.suites.first { $0.distribution == source }
        .map(vendors.identity(of:))
      return vendor?.hasNothing == true ? before ?? vendor : vendor
    }
    for index in recipe.distributions.indices {
      let new = recipe.distributions[index]
      let before = old?.distribution(new.name)
      recipe.distributions[index].vendor = vendor(
        new.source,
        of: new.snapshot.name,
        before: before?.vendor
      )
      for (position, component) in new.components.enumerated() {
        recipe.distributions[index].components[position].vendor = vendor(
          new.source,
          of: component.snapshot.name,
          before: before?.components.first { $0.component == component.component }?.vendor
        )
      }
    }
  }

  /// Refuses a recipe that has another vendor where clients have one now.
  ///
  /// - Parameters:
  ///   - recipe: what is to be published.
  ///   - old: what clients have; nil for nothing.
  ///   - isAllowed: whether an operator said that the vendor changes.
  /// - Returns: what was allowed.
  /// - Throws: `trust` with both vendors.
  func check(
    _ recipe: PublicationRecipe,
    after old: PublicationRecipe?,
    isAllowed: Bool
  ) throws(Failure) -> [Note] {
    guard let old else { return [] }
    var notes: [Note] = []
    for new in recipe.distributions {
      guard let before = old.distribution(new.name) else { continue }
      for change in try changes(from: before, to: new) {
        guard isAllowed else { throw change.refusal }
        notes.append("the vendor of \(change.place) changes, as allowed: \(change.text)")
      }
    }
    return notes
  }

  /// Refuses snapshots that are about to come in and to be published whole at a prefix.
  ///
  /// - Throws: `trust` with both vendors; `usage` for a composed snapshot where clients have a vendor's
  ///   signature.
  package func check(_ records: [SnapshotRecord], at prefix: String) throws(Failure) {
    guard
      let current = try depot.catalogue.generations(at: prefix).last(where: { $0.state == .current }
      )
    else { return }
    let recipe = try PublicationRecipe(of: current, in: depot)
    for record in records {
      for suite in record.suites {
        let new = vendors.identity(of: suite)
        guard let before = recipe.distribution(suite.distribution) else {
          try refuseNewcomer(new, suite.distribution, at: prefix, recipe)
          continue
        }
        for (place, vendor) in try remembered(before) where !goesOn(vendor, new) {
          throw Change(place: place, before: vendor, after: new).refusal
        }
      }
    }
    try refuseComposed(records, at: prefix, recipe)
  }

  /// Refuses a suite that clients do not have yet, by a vendor of whom they have nothing: they would get it with the
  /// next file of `client-config`, and nobody has looked at it.
  private func refuseNewcomer(
    _ new: VendorIdentity,
    _ distribution: String,
    at prefix: String,
    _ recipe: PublicationRecipe
  ) throws(Failure) {
    var known: [VendorIdentity] = []
    for one in recipe.distributions { known += try remembered(one).map(\.vendor) }
    guard let first = known.first, !known.contains(where: { goesOn($0, new) }) else { return }
    throw Failure(
      .trust,
      "other-vendor",
      "\(distribution) would come to clients that have nothing of its vendor: they have "
        + "\(first.text), the snapshot has \(new.text)",
      subject: distribution,
      hint:
        "import without --publish, and publish it by itself, at a prefix of its own or at this one: "
        + "aptferry publish SNAPSHOT --at \(prefix)"
    )
  }

  /// Refuses a composed snapshot where clients have a vendor's signature, if it is the last of its suite.
  private func refuseComposed(
    _ records: [SnapshotRecord],
    at prefix: String,
    _ recipe: PublicationRecipe
  ) throws(Failure) {
    var seen: Set<String> = []
    for record in records.reversed() {
      for suite in record.suites where seen.insert(suite.distribution).inserted {
        guard record.kind == .composed, let before = recipe.distribution(suite.distribution),
          before.mode != .resigned
        else { continue }
        throw RecipePlanning.composed(
          suite.distribution,
          "import without --publish, and then: aptferry publish SNAPSHOT --at \(prefix) --mode resigned"
        )
      }
    }
  }

  /// Another vendor than clients have.
  private struct Change {
    /// The distribution, or component in it.
    let place: String
    let before: VendorIdentity
    let after: VendorIdentity

    var text: String { "clients have \(before.text), the snapshot has \(after.text)" }

    var refusal: Failure {
      Failure(
        .trust,
        "other-vendor",
        "another vendor's packages would take the place of \(place): \(text)",
        subject: place,
        hint:
          "publish them at a prefix of their own; if clients are to change vendors (after an import "
          + "without --publish): aptferry publish SNAPSHOT --at PREFIX --change-vendor --reason TEXT"
      )
    }
  }

  /// Whether one vendor goes on as the other: the same, or the first that is known.
  private func goesOn(_ before: VendorIdentity, _ after: VendorIdentity) -> Bool {
    // Where there is no package, there is nobody's.
    if before.isUnknown || after.hasNothing { return true }
    if after.isComposed, !after.isUnsigned, !after.isUnknown {
      return hasAll(before, of: after)
    }
    if before.isSame(as: after) { return true }
    // Where signatures are not checked, nothing more can be known.
    return after.isUnknown && depot.configuration.upstream == .recorded
  }

  /// Whether clients have packages of all these vendors already, and of all who vouch: one that is
  /// put beside the others is a new one for them.
  private func hasAll(_ before: VendorIdentity, of after: VendorIdentity) -> Bool {
    after.keys.allSatisfy { key in
      before.keys.contains(key) || !Set(vendors.names(of: key)).isDisjoint(with: before.names)
    } && after.vouchers.allSatisfy(before.vouchers.contains)
  }

  private func changes(
    from old: DistributionRecipe,
    to new: DistributionRecipe
  ) throws(Failure) -> [Change] {
    var base: VendorIdentity?
    if !new.hasOnlyItsComponents { base = try identity(new.snapshot, new.source) }
    var after: [String: VendorIdentity] = [:]
    for component in new.components {
      after[component.component] = try identity(component.snapshot, new.source)
    }
    var changes: [Change] = []
    for (place, vendor) in try remembered(old) {
      // A component that is not chosen comes with the rest.
      let component = place.split(separator: " ").dropFirst().first.map(String.init)
      let next = component.flatMap { after.removeValue(forKey: $0) } ?? base
      if let next, !goesOn(vendor, next) {
        changes.append(Change(place: place, before: vendor, after: next))
      }
    }
    guard !old.hasOnlyItsComponents else { return changes }
    // What was chosen now, and came with the rest before.
    let before = try vendor(of: old)
    for (component, vendor) in after.sorted(by: { $0.key < $1.key })
    where !goesOn(before, vendor) {
      guard try hasComponent(component, old) else { continue }
      changes.append(Change(place: "\(old.name) \(component)", before: before, after: vendor))
    }
    return changes
  }

  /// Who stands behind a distribution (`stable`) and its chosen components (`stable main`).
  private func remembered(
    _ recipe: DistributionRecipe
  ) throws(Failure) -> [(place: String, vendor: VendorIdentity)] {
    var places: [(place: String, vendor: VendorIdentity)] = []
    if !recipe.hasOnlyItsComponents {
      places.append((recipe.name, try vendor(of: recipe)))
    }
    for component in recipe.components {
      var vendor = component.vendor.map(present)
      if vendor == nil { vendor = try identity(component.snapshot, recipe.source) }
      places.append(("\(recipe.name) \(component.component)", vendor ?? VendorIdentity()))
    }
    return places
  }

  private func vendor(of distribution: DistributionRecipe) throws(Failure) -> VendorIdentity {
    if let vendor = distribution.vendor { return present(vendor) }
    return present(try identity(distribution.snapshot, distribution.source))
  }

  /// A remembered vendor with the names that its keys have now, and with the successors of who vouched.
  private func present(_ vendor: VendorIdentity) -> VendorIdentity {
    var now = vendor
    var (found, rest) = (Set(vendor.vouchers), vendor.vouchers)
    while let voucher = rest.popLast() {
      for successor in successors[voucher] ?? [] where found.insert(successor).inserted {
        rest.append(successor)
      }
    }
    now.vouchers = found.sorted()
    now.names = Set(vendor.names + vendor.keys.flatMap(vendors.names(of:))).sorted()
    return now
  }

  private func identity(
    _ snapshot: SnapshotReference,
    _ source: String
  ) throws(Failure) -> VendorIdentity {
    let suite = try depot.catalogue.findSnapshot(snapshot.name)?.suites
      .first { $0.distribution == source }
    return suite.map(vendors.identity(of:)) ?? VendorIdentity()
  }

  private func hasComponent(
    _ component: String,
    _ distribution: DistributionRecipe
  ) throws(Failure) -> Bool {
    let record = try depot.catalogue.snapshot(distribution.snapshot.name)
    let source = try SuiteSource(
      distribution.source,
      of: record,
      try depot.catalogue.fileList(of: record),
      in: depot
    )
    return source.release.hasComponent(component)
  }
}
