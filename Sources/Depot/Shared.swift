internal import SafeIO
internal import Synchronization

/// A value that several threads change in turn.
final class Shared<Value: Sendable>: Sendable {
  let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }
}
