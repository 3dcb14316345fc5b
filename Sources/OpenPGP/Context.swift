internal import CGPGME
internal import SafeIO

/// One gpgme context on one home directory; used by one thread, freed with the last reference.
@safe final class Context {
  /// The library's handle, for the operations of this module.
  let handle: gpgme_ctx_t

  /// How long one operation may take, in seconds.
  private let seconds: Int
  /// The directory of the keyring: it stands in the command line of gpg, and of its agent.
  private let home: String
  /// How many lines gpg has written about its work.
  private let lines: UnsafeMutablePointer<Int>

  /// How long reading keys and checking signatures may take; signing without a person, too.
  static let patience = 60
  /// How long a person may take for a passphrase or a token.
  static let personsPatience = 600

  /// A context that runs only our gpg, on only this home, and never reaches out.
  init(home: String, seconds: Int = Context.patience) throws(Failure) {
    self.seconds = seconds
    self.home = home
    try Engine.check()
    var created: gpgme_ctx_t?
    let error = unsafe gpgme_new(&created)
    guard error == 0, let created = unsafe created else {
      throw .gnupg("start", error, subject: nil)
    }
    unsafe handle = unsafe created
    unsafe lines = .allocate(capacity: 1)
    unsafe lines.initialize(to: 0)
    try check(unsafe gpgme_set_protocol(handle, GPGME_PROTOCOL_OpenPGP))
    // Here gpg is asked for its version.
    try check(
      unsafe try TimeLimit.run(seconds: min(seconds, Context.patience), mark: Engine.program) {
        unsafe gpgme_ctx_set_engine_info(handle, GPGME_PROTOCOL_OpenPGP, Engine.program, home)
      }
    )
    unsafe gpgme_set_offline(handle, 1)
    try check(unsafe gpgme_set_ctx_flag(handle, "auto-key-retrieve", "0"))
    try check(unsafe gpgme_set_ctx_flag(handle, "auto-key-import", "0"))
    try check(unsafe gpgme_set_ctx_flag(handle, "full-status", "1"))
    unsafe gpgme_set_status_cb(
      handle,
      { lines, keyword, _ in
        // The end of the output comes as an empty line.
        if let keyword = unsafe keyword, unsafe keyword.pointee != 0 {
          unsafe lines?.assumingMemoryBound(to: Int.self).pointee += 1
        }
        return 0
      },
      lines
    )
  }

  deinit {
    unsafe gpgme_release(handle)
    unsafe lines.deallocate()
  }

  private func check(_ error: gpgme_error_t) throws(Failure) {
    guard error == 0 else { throw .gnupg("start", error, subject: nil) }
  }

  /// Runs one operation on the handle and answers its error; throws when it took too long.
  func run(_ operation: () -> gpgme_error_t) throws(Failure) -> gpgme_error_t {
    let error = unsafe try TimeLimit.run(seconds: seconds, mark: home, context: handle, operation)
    // What a terminal sends reaches gpg too: it may have given up because we were told to, and have
    // left its agent with a window that still asks for the passphrase.
    do throws(Failure) {
      try Interruption.check()
    } catch {
      ChildProcesses.end(marked: home)
      throw error
    }
    return error
  }

  /// The same for an operation about which gpg always says something: a gpg that died says nothing,
  /// and to gpgme that is a success without a result.
  func runHeard(
    _ action: String,
    subject: String?,
    _ operation: () -> gpgme_error_t
  ) throws(Failure) -> gpgme_error_t {
    unsafe lines.pointee = 0
    let error = try run(operation)
    guard unsafe lines.pointee > 0 else { throw .engineDied(action, subject: subject) }
    return error
  }
}

/// Bytes that go to gpg or come from it.
@safe final class Octets {
  let handle: gpgme_data_t

  /// A private copy of the bytes.
  init(_ bytes: [UInt8]) throws(Failure) {
    var created: gpgme_data_t?
    let error = unsafe bytes.withUnsafeBytes { buffer in
      // An empty array has no address; the library wants one.
      unsafe buffer.isEmpty
        ? gpgme_data_new(&created)
        : gpgme_data_new_from_mem(
          &created,
          buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
          buffer.count,
          1
        )
    }
    guard error == 0, let created = unsafe created else {
      throw .gnupg("take data", error, subject: nil)
    }
    unsafe handle = unsafe created
  }

  deinit { unsafe gpgme_data_release(handle) }

  /// Writes behind what is there, and goes back to the beginning.
  func append(_ bytes: ArraySlice<UInt8>) throws(Failure) {
    guard !bytes.isEmpty else { return }
    unsafe gpgme_data_seek(handle, 0, SEEK_END)
    let count = unsafe bytes.withUnsafeBytes { buffer in
      unsafe gpgme_data_write(handle, buffer.baseAddress, buffer.count)
    }
    guard count == bytes.count, unsafe gpgme_data_seek(handle, 0, SEEK_SET) == 0 else {
      throw Failure(.internal, "gpgme", "could not hand data to gpg")
    }
  }

  /// What was written, refused above `limit` bytes.
  func contents(limit: Int) throws(Failure) -> [UInt8] {
    guard unsafe gpgme_data_seek(handle, 0, SEEK_SET) == 0 else {
      throw Failure(.internal, "gpgme", "could not read gpg's output")
    }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { space in
        unsafe gpgme_data_read(handle, space.baseAddress, space.count)
      }
      guard count >= 0 else { throw Failure(.internal, "gpgme", "could not read gpg's output") }
      if count == 0 { return content }
      guard content.count + count <= limit else {
        throw Failure(.unsafe, "too-large", "gpg wrote more than \(limit) bytes")
      }
      content += buffer[0..<count]
    }
  }
}
