#if Network
internal import SafeIO
private import Synchronization

/// Takes the bytes of an upload to disk as they come; a part is a file when it is complete.
///
/// It keeps no more than one block and a boundary in memory.
final class UploadSink: Sendable {
  private struct State {
    var pending: [UInt8] = []
    var phase = Phase.preamble
    var files: [(token: String, name: String)] = []
    var open: (file: SharedFile, token: String, name: String)?
  }

  private enum Phase {
    case preamble, header, content, ended
  }

  private let place: UploadPlace
  private let directory: String
  // With the line end before it; nil when all of the body is one file.
  private let boundary: [UInt8]?
  private let state: Mutex<State>

  /// The longest header of a part.
  private static let longestHeader = 16 << 10

  /// A sink for a body of several parts.
  init(_ place: UploadPlace, _ directory: String, boundary: String) {
    (self.place, self.directory) = (place, directory)
    self.boundary = Array("\r\n--\(boundary)".utf8)
    // The first boundary has no line before it.
    state = Mutex(State(pending: Array("\r\n".utf8)))
  }

  /// A sink for a body that is one file.
  init(_ place: UploadPlace, _ directory: String, file name: String) throws {
    (self.place, self.directory, boundary) = (place, directory, nil)
    let begun = try place.begin()
    state = Mutex(State(phase: .content, open: (begun.file, begun.token, name)))
  }

  /// Takes the next bytes.
  func feed(_ bytes: [UInt8]) throws {
    try state.withLock { state in
      guard boundary != nil else { return try write(bytes[...], &state) }
      state.pending += bytes
      while try step(&state) {}
    }
  }

  /// The body has ended: the files that it brought, by the names that clients get.
  func finish() throws -> [String] {
    try state.withLock { state in
      if boundary == nil {
        try close(&state)
      } else if state.phase != .ended {
        throw APIRefusal(
          400,
          state.phase == .preamble ? "multipart: NextPart: EOF" : "unexpected EOF"
        )
      }
      var names: [String] = []
      for (token, name) in state.files {
        try place.finish(token, directory, name)
        names.append("\(directory)/\(name)")
      }
      state.files = []
      return names
    }
  }

  /// Drops what came.
  func drop() throws {
    try state.withLock { state in
      for (token, _) in state.files { try place.drop(token) }
      if let open = state.open { try place.drop(open.token) }
      (state.files, state.open) = ([], nil)
    }
  }

  /// Takes what is complete of the pending bytes; false when more must come.
  private func step(_ state: inout State) throws -> Bool {
    guard let boundary else { return false }
    switch state.phase {
    case .ended:
      state.pending = []
      return false
    case .preamble, .content:
      guard let start = UploadSink.find(boundary, in: state.pending) else {
        // What may be the beginning of a boundary stays.
        let length = state.pending.count - boundary.count - 4
        guard length > 0 else { return false }
        if state.phase == .content { try write(state.pending[..<length], &state) }
        state.pending.removeFirst(length)
        return false
      }
      let end = start + boundary.count
      guard state.pending.count >= end + 2 else { return false }
      if state.phase == .content {
        try write(state.pending[..<start], &state)
        try close(&state)
      }
      let isLast = state.pending[end] == 0x2d && state.pending[end + 1] == 0x2d
      state.phase = isLast ? .ended : .header
      state.pending.removeFirst(isLast ? end + 2 : end)
      return true
    case .header:
      guard let end = UploadSink.find(Array("\r\n\r\n".utf8), in: state.pending) else {
        guard state.pending.count <= UploadSink.longestHeader else {
          throw APIRefusal(400, "the header of a part is too long")
        }
        return false
      }
      let header = String(decoding: state.pending[..<end], as: UTF8.self)
      state.pending.removeFirst(end + 4)
      try open(header, &state)
      state.phase = .content
      return true
    }
  }

  /// Begins a file; a part without a file name is a field of a form, which is passed over.
  private func open(_ header: String, _ state: inout State) throws {
    guard let path = UploadSink.filePath(header), !path.isEmpty else { return }
    guard let name = path.split(separator: "/").last.map({ String($0) }) else {
      throw APIRefusal(400, "a part of the upload has no usable file name")
    }
    try UploadPlace.check(file: name)
    let begun = try place.begin()
    state.open = (begun.file, begun.token, name)
  }

  private func write(_ bytes: ArraySlice<UInt8>, _ state: inout State) throws {
    guard !bytes.isEmpty, let open = state.open else { return }
    try open.file.file.write(Array(bytes))
  }

  private func close(_ state: inout State) throws {
    guard let open = state.open else { return }
    try open.file.file.sync()
    state.files.append((open.token, open.name))
    state.open = nil
  }

  private static func find(_ needle: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count >= needle.count, let first = needle.first else { return nil }
    var start = 0
    let last = bytes.count - needle.count
    while start <= last {
      guard let next = bytes[start...last].firstIndex(of: first) else { return nil }
      if bytes[next..<next + needle.count].elementsEqual(needle) { return next }
      start = next + 1
    }
    return nil
  }

  /// `filename` in a part's Content-Disposition.
  private static func filePath(_ header: String) -> String? {
    header.split(separator: "\r\n")
      .first { $0.lowercased().hasPrefix("content-disposition:") }
      .flatMap { HeaderParameters($0)["filename"] }
  }
}
#endif
