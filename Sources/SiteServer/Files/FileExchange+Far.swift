#if Network
internal import NIOHTTP1
internal import NIOPosix
internal import Publishing
internal import SafeIO

extension FileExchange {
  /// What came of a look at trees that lie elsewhere.
  private enum FarOutcome: Sendable {
    /// The path is above all prefixes that the caller may read; these are below it.
    case above([String])
    case forbidden
    case found(prefix: String, FarItem?, path: String)
  }

  /// Answers from trees that lie elsewhere: all looks are done on threads that may wait.
  func answer(_ target: RequestTarget, _ caller: Caller, from far: any FarTrees) {
    let components = target.components
    onThread(site.fetching) { () -> Result<FarOutcome, Failure> in
      do throws(Failure) {
        return .success(try FileExchange.look(components, caller, far))
      } catch {
        return .failure(error)
      }
    } _: { (outcome: Result<FarOutcome, Failure>) in
      attempt { () throws(Failure) in show(try outcome.get(), target, caller) }
    }
  }

  private static func look(
    _ components: [String],
    _ caller: Caller,
    _ far: any FarTrees
  ) throws(Failure) -> FarOutcome {
    guard let (prefix, path) = try far.place(components) else {
      let above = components.isEmpty ? "" : components.joined(separator: "/") + "/"
      return .above(
        try far.prefixes().map(\.text)
          .filter { $0.hasPrefix(above) && caller.rights.allow(.read, at: $0) }
      )
    }
    guard caller.rights.allow(.read, at: prefix.text) else { return .forbidden }
    return .found(prefix: prefix.text, try far.look(at: path, below: prefix), path: path)
  }

  private func show(_ outcome: FarOutcome, _ target: RequestTarget, _ caller: Caller) {
    switch outcome {
    case .forbidden: refuse(caller)
    case .above(let prefixes): showAbove(prefixes, target, caller)
    case .found(let prefix, let found, let path):
      handler.line.prefix = prefix
      guard let found else { return sender.send(.notFound) }
      handler.line.generation = String(found.generation)
      show(target, found.item, path: path)
    }
  }
}
#endif
