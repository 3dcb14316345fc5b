#if Network
package import Depot
internal import Objects
package import ObjectStoreClient
package import Publishing
package import SafeIO
private import Synchronization

/// The publications at a target as a server gives them to clients: by the listings of their generations,
/// and no file before all of it is here and right.
///
/// A client sees one generation whole: what its listing names is fetched by digest, whatever somebody is
/// putting there meanwhile.
package final class TargetTrees: FarTrees {
  private let target: TargetRecord
  private let client: StoreClient
  private let openDepot: @Sendable () throws(Failure) -> Depot
  private let files: FetchedFiles
  private let known = Mutex<[String: TargetPublicationState]>([:])
  private let placed = Mutex(Placed())

  private struct Placed {
    var prefixes: [PublicationPrefix]?
    var watch = Stopwatch()
  }

  /// For so long nobody looks again which publications live there, in seconds.
  private static let age = 5.0

  /// The publications of a depot at one of its targets; files are kept in the depot's file system, under
  /// no name.
  package init(
    _ target: TargetRecord,
    _ client: StoreClient,
    _ openDepot: @escaping @Sendable () throws(Failure) -> Depot
  ) throws(Failure) {
    (self.target, self.client, self.openDepot) = (target, client, openDepot)
    files = FetchedFiles(in: try openDepot().root)
  }

  package var name: String { "target \(target.name)" }

  package func prefixes() throws(Failure) -> [PublicationPrefix] {
    let kept = placed.withLock { placed in
      placed.watch.seconds < TargetTrees.age ? placed.prefixes : nil
    }
    if let kept { return kept }
    let target = target.name
    let found = try openDepot().catalogue.targetPublications()
      .filter { $0.target == target && $0.published != nil }
      .map { (place) throws(Failure) in try PublicationPrefix(place.prefix) }
    placed.withLock { placed in
      placed.prefixes = found
      placed.watch = Stopwatch()
    }
    return found
  }

  package func look(
    at path: String,
    below prefix: PublicationPrefix
  ) throws(Failure) -> FarItem? {
    let state = state(of: prefix)
    guard let now = try state.current(within: TargetPublicationState.age) else { return nil }
    if let item = try look(at: path, in: now, state) { return item }
    // It may have come meanwhile, or be on its way.
    if let fresh = try state.current(within: TargetPublicationState.shortest) {
      if fresh.number != now.number, let item = try look(at: path, in: fresh, state) { return item }
      if let next = try state.claimed(after: fresh), let item = try file(path, next, state) {
        return item
      }
      if let item = try earlier(path, fresh, state) { return item }
      guard fresh.list.index(of: path) == nil else { throw mixed(path, state) }
    }
    return nil
  }

  private func state(of prefix: PublicationPrefix) -> TargetPublicationState {
    known.withLock { known in
      if let state = known[prefix.text] { return state }
      let store = TargetStore(
        record: target,
        layout: TargetLayout(client.settings.address, prefix),
        client: client
      )
      let state = TargetPublicationState(store)
      known[prefix.text] = state
      return state
    }
  }

  private func look(
    at path: String,
    in generation: TargetPublicationState.Generation,
    _ state: TargetPublicationState
  ) throws(Failure) -> FarItem? {
    if let item = try file(path, generation, state) { return item }
    guard generation.list.index(of: path) == nil else { return nil }
    let children = ServedDirectory.children(of: path, in: generation.list)
    guard !children.isEmpty else { return nil }
    return FarItem(generation: generation.number, item: .directory(children))
  }

  /// The file that a generation has at a path; nil also when the store has another content there.
  private func file(
    _ path: String,
    _ generation: TargetPublicationState.Generation,
    _ state: TargetPublicationState
  ) throws(Failure) -> FarItem? {
    let list = generation.list
    guard let index = list.index(of: path) else { return nil }
    let file = try files.file(
      list.digest(at: index),
      size: list.size(at: index),
      at: state.store.layout.key(path),
      client
    )
    return file.map { FarItem(generation: generation.number, item: .file($0)) }
  }

  /// What lasts, of a generation that is kept: clients whose indexes are of it go on to fetch it.
  private func earlier(
    _ path: String,
    _ now: TargetPublicationState.Generation,
    _ state: TargetPublicationState
  ) throws(Failure) -> FarItem? {
    guard now.list.index(of: path) == nil, TargetLayout.kind(Array(path.utf8)[...]) == .lasting
    else { return nil }
    for generation in try state.kept(before: now) {
      if let item = try file(path, generation, state) { return item }
    }
    return nil
  }

  private func mixed(_ path: String, _ state: TargetPublicationState) -> Failure {
    Failure(
      .io,
      "target-mixed",
      "what lies at the target is neither what clients get now nor what comes next",
      subject: state.store.describe(state.store.layout.key(path)),
      hint: "aptferry target check \(target.name) --repair"
    )
  }
}

/// What is known of one publication at a target, looked at again every few seconds.
final class TargetPublicationState: Sendable {
  let store: TargetStore
  private let state = Mutex(State())

  /// A generation with its listing.
  struct Generation: Sendable {
    let number: UInt64
    let list: FileList
  }

  private struct State {
    var found: TargetState?
    var watch: Stopwatch?
    var lists: [SHA256Digest: FileList] = [:]
  }

  /// For so long what clients get is not looked at again, in seconds; and at least for so long.
  static let age = 2.0
  static let shortest = 0.25
  /// How many listings are kept in memory.
  private static let mostLists = 8

  init(_ store: TargetStore) { self.store = store }

  /// What clients get, as it was at most so many seconds ago; nil before the first publish.
  func current(within age: Double) throws(Failure) -> Generation? {
    try locked { (state) throws(Failure) in
      if let watch = state.watch, watch.seconds < age { return try generation(&state) }
      state.found = try store.current()?.state
      state.watch = Stopwatch()
      return try generation(&state)
    }
  }

  /// What somebody is putting there.
  func claimed(after now: Generation) throws(Failure) -> Generation? {
    guard let plan = try store.plan(now.number + 1) else { return nil }
    return try locked { (state) throws(Failure) in try generation(plan.generation, &state) }
  }

  /// What clients got before, the newest first.
  func kept(before now: Generation) throws(Failure) -> [Generation] {
    try locked { (state) throws(Failure) in
      var found: [Generation] = []
      for one in (state.found?.kept ?? []).sorted(by: { $0.number > $1.number })
      where one.number < now.number {
        if let generation = try generation(one, &state) { found.append(generation) }
      }
      return found
    }
  }

  private func generation(_ state: inout State) throws(Failure) -> Generation? {
    guard let found = state.found else { return nil }
    guard let generation = try generation(found.generation, &state) else {
      throw Failure(
        .integrity,
        "target-listing",
        "the target lacks the listing of what clients get",
        subject: store.describe(store.layout.files(found.generation.number)),
        hint: "put it back: aptferry target check \(store.record.name) --repair"
      )
    }
    return generation
  }

  private func generation(
    _ wanted: TargetGeneration,
    _ state: inout State
  ) throws(Failure) -> Generation? {
    if let list = state.lists[wanted.listing] {
      return Generation(number: wanted.number, list: list)
    }
    guard let list = try store.listing(wanted) else { return nil }
    if state.lists.count >= TargetPublicationState.mostLists {
      state.lists = state.lists.filter { $0.key == state.found?.generation.listing }
    }
    state.lists[wanted.listing] = list
    return Generation(number: wanted.number, list: list)
  }

  private func locked<Value>(
    _ body: (inout State) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let result: Result<Value, Failure> = state.withLock { state in
      do throws(Failure) { return .success(try body(&state)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
#endif
