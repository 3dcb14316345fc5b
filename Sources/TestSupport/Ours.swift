package import SafeIO

/// Runs what may throw anything where only failures of ours may be thrown, as on a thread.
package func ours<Value>(_ body: () throws -> Value) throws(Failure) -> Value {
  do {
    return try body()
  } catch let failure as Failure {
    throw failure
  } catch {
    throw Failure(.internal, "test", "\(error)")
  }
}
