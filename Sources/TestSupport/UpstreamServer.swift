private import Foundation
private import Glibc
private import Synchronization

/// A small web server on loopback that serves a directory and can be told to misbehave.
///
/// HTTP/1.1 with kept connections, one thread each; Range, If-Modified-Since; as a proxy it takes
/// requests with whole addresses and serves the same directory.
package final class UpstreamServer: Sendable {
  /// A request as it came.
  package struct Request: Sendable {
    /// The request line's target: a path, or a whole address from a client of a proxy.
    package let target: String
    /// By their names in lower case.
    package let headers: [String: String]

    /// The path, unescaped, without the first slash.
    package var path: String {
      var text = Substring(target)
      if let mark = target.range(of: "://") {
        text = target[mark.upperBound...].drop { $0 != "/" }
      }
      return String(text.drop { $0 == "/" }).removingPercentEncoding ?? ""
    }
  }

  private struct State {
    var tree: String
    var nextTree: (tree: String, after: Int)?
    var requests: [Request] = []
    var faults: [(suffix: String, skip: Int, times: Int, fault: UpstreamFault)] = []
    var connections: Set<Int32> = []
    var threads = 0
    var isStopped = false
  }

  private let listener: Int32
  private let state: Mutex<State>
  /// The port on 127.0.0.1.
  package let port: Int

  /// Begins to serve a directory.
  package init(tree: String) throws {
    state = Mutex(State(tree: tree))
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = unsafe inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let (descriptor, size) = (listener, length)
    let isListening = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe bind(descriptor, pointer, size) == 0 && listen(descriptor, 128) == 0
          && getsockname(descriptor, pointer, &length) == 0
      }
    }
    guard isListening else { throw TestSupportError("could not listen: error \(errno)") }
    port = Int(UInt16(bigEndian: address.sin_port))
    begin { $0.acceptAll() }
  }

  deinit { stop() }

  /// The address of the directory.
  package var url: String { "http://127.0.0.1:\(port)" }
  /// All requests so far.
  package var requests: [Request] { state.withLock { $0.requests } }
  /// The paths of all requests so far.
  package var paths: [String] { requests.map(\.path) }

  /// Forgets the requests so far.
  package func forgetRequests() { state.withLock { $0.requests.removeAll() } }

  /// Misbehaves for paths with that end: `times` requests, after `skip` that are served well.
  package func misbehave(
    at suffix: String,
    _ fault: UpstreamFault,
    times: Int = .max,
    skip: Int = 0
  ) {
    state.withLock { $0.faults.append((suffix, skip, times, fault)) }
  }

  /// Behaves again.
  package func behave() { state.withLock { $0.faults.removeAll() } }

  /// Serves another directory from now on, or after some more requests.
  package func serve(_ tree: String, after count: Int = 0) {
    state.withLock { state in
      if count == 0 { state.tree = tree } else { state.nextTree = (tree, count) }
    }
  }

  /// Ends all connections; their threads have ended, or will within a moment.
  package func stop() {
    let isFirst = state.withLock { state in
      defer { state.isStopped = true }
      for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
      return !state.isStopped
    }
    guard isFirst else { return }
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private func begin(_ body: @escaping @Sendable (UpstreamServer) -> Void) {
    Thread.detachNewThread { [weak self] in
      if let self { body(self) }
    }
  }

  private func acceptAll() {
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { return }
      let isStopped = state.withLock { state in
        state.connections.insert(connection)
        return state.isStopped
      }
      if isStopped { shutdown(connection, Int32(SHUT_RDWR)) }
      begin { $0.serve(UpstreamConnection(connection)) }
    }
  }

  private func serve(_ connection: UpstreamConnection) {
    while let request = connection.readRequest() {
      let (tree, fault) = take(request)
      guard connection.answer(request, tree: tree, fault: fault) else { break }
    }
    state.withLock { _ = $0.connections.remove(connection.descriptor) }
    connection.end()
  }

  private func take(_ request: Request) -> (String, UpstreamFault?) {
    state.withLock { state in
      state.requests.append(request)
      if let next = state.nextTree {
        state.nextTree?.after -= 1
        if next.after <= 0 { (state.tree, state.nextTree) = (next.tree, nil) }
      }
      for index in state.faults.indices where request.path.hasSuffix(state.faults[index].suffix) {
        if state.faults[index].skip > 0 {
          state.faults[index].skip -= 1
        } else if state.faults[index].times > 0 {
          state.faults[index].times -= 1
          return (state.tree, state.faults[index].fault)
        }
      }
      return (state.tree, nil)
    }
  }
}
