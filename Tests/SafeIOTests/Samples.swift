import SafeIO

/// The failure of `body`, or nil when it succeeds.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure ?? Failure(.internal, "not-a-failure", "\(error)")
  }
}
