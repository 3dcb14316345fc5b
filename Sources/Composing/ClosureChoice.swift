internal import Choosing
internal import DebianRepository
internal import Depot
internal import SafeIO
internal import Solving
internal import VendorChain

/// The packages that queries ask for, with all that they need, as a solver finds them.
struct ClosureChoice {
  /// Where the chosen stanzas begin, by the numbers of their indexes.
  private var chosen: [Int: Set<UInt64>] = [:]
  /// What cannot be had, and why.
  private(set) var problems: [DependencyProblem] = []
  /// What was wanted as well and cannot be had.
  private(set) var notes: [Note] = []

  private let queries: PackageQueries
  private let options: ClosureOptions
  private let sources: SourceSnapshots
  private let base: SourceSnapshots?

  init(
    of queries: [PackageQuery],
    _ options: ClosureOptions,
    in sources: SourceSnapshots,
    base: SourceSnapshots?
  ) throws(Failure) {
    self.queries = PackageQueries(queries)
    (self.options, self.sources, self.base) = (options, sources, base)
    for target in try targets() { try follow(target) }
    problems = Array(Set(problems)).sorted { $0.root < $1.root }
    notes = Array(Set(notes)).sorted { $0.text < $1.text }
  }

  /// Whether a stanza is taken: what is not for machines is taken where a query asks for it.
  func takes(_ stanza: PackageStanza, of number: Int) -> Bool {
    if chosen[number]?.contains(stanza.extent.lowerBound) ?? false { return true }
    return sources.indexes[number].sort != .binary && asksFor(stanza)
  }

  private func asksFor(_ stanza: PackageStanza) -> Bool { queries.matches(stanza) }

  /// Machines of one kind.
  private struct Target {
    /// The native one first.
    let architectures: [String]
    let machine: (name: String, state: MachineState)?
  }

  private func targets() throws(Failure) -> [Target] {
    guard options.machines.isEmpty else {
      return options.machines.map {
        Target(architectures: $0.state.architectures, machine: $0)
      }
    }
    let present = sources.architectures(.binary)
    for architecture in options.architectures where !present.contains(architecture) {
      throw Failure(
        .usage,
        "suite",
        "no source has packages of this architecture; they have "
          + present.sorted().joined(separator: " "),
        subject: architecture
      )
    }
    // Packages for all architectures alone are for whatever machine the base is for.
    let native = present.isEmpty ? base?.architectures(.binary) ?? [] : present
    let all = native.isEmpty ? ["amd64"] : native.sorted()
    let wanted = options.architectures.isEmpty ? all : options.architectures
    return wanted.map { native in
      Target(
        architectures: [native] + options.foreign.filter { $0 != native },
        machine: nil
      )
    }
  }

  private mutating func follow(_ target: Target) throws(Failure) {
    var builder = try UniverseBuilder(architectures: target.architectures)
    try addMachine(target, &builder)
    for (number, index) in sources.indexes.enumerated() where isFor(target, index) {
      let list = sources.lists[index.source]
      let leavesOut = sources.isPartial[index.source]
      try index.forEachStanza(opening: sources.open) { (stanza) throws(Failure) in
        if leavesOut, !stanza.files.allSatisfy({ list.index(of: $0.path) != nil }) { return }
        let isRoot = index.sort == .binary && asksFor(stanza)
        try builder.add(
          stanza,
          index: number,
          .offered,
          isRoot: isRoot,
          name: index.name
        )
      }
    }
    for (number, index) in (base?.indexes ?? []).enumerated() where isFor(target, index) {
      try index.forEachStanza(opening: sources.open) { (stanza) throws(Failure) in
        try builder.add(
          stanza,
          index: sources.indexes.count + number,
          .available,
          name: index.name
        )
      }
    }
    let closure = try builder.finish().closure(of: options.request)
    for place in (closure.members + closure.sources).map(\.place)
    where place.index < sources.indexes.count {
      chosen[place.index, default: []].insert(place.extent.lowerBound)
    }
    problems += closure.problems
    notes += closure.keptBack.map { .note(ClosureChoice.keptBack($0)) }
    notes += closure.missed.map { missed in
      .note("\(missed.package.text) recommends what cannot be had: \(missed.relation)")
    }
  }

  /// Why an upgrade is left out.
  private static func keptBack(_ problem: DependencyProblem) -> String {
    for case .held(let held, _) in problem.ends.map(\.cause) {
      return "\(problem.root) is not taken: the machine holds \(held.text)"
    }
    return "\(problem.root) is not taken: something would have to be removed for it"
  }

  /// The installer's packages have a world of their own.
  private func isFor(_ target: Target, _ index: SourceIndex) -> Bool {
    guard index.sort != .installer else { return false }
    guard index.sort == .binary, let architecture = index.path.architecture else { return true }
    return architecture == "all" || target.architectures.contains(architecture)
  }

  /// What the machine has.
  private func addMachine(
    _ target: Target,
    _ builder: inout UniverseBuilder
  ) throws(Failure) {
    guard let (name, state) = target.machine else { return }
    var stanzas: [PackageStanza] = []
    var reader = PackageIndexReader(.status, name: name)
    let text = state.text
    try reader.feed(text.span) { stanzas.append($0) }
    try reader.finish { stanzas.append($0) }
    let number = sources.indexes.count + (base?.indexes.count ?? 0)
    for stanza in stanzas {
      try builder.add(stanza, index: number, .installed, name: name)
    }
  }
}
