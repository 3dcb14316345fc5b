internal import SafeIO
internal import Synchronization

/// A value that several threads change in turn.
final class Shared<Value: Sendable>: Sendable {
  let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }
}

extension Failure {
  /// A failure of ours that went through a call which forgets its type.
  static func own(_ error: any Error) -> Failure {
    error as? Failure ?? Failure(.internal, "unexpected", "\(error)")
  }
}
