internal import CGPGME
internal import SafeIO

/// One gpgme context on one home directory; used by one thread, freed with the last reference.
@safe final class Context {
  /// The library's handle, for the operations of this module.
  let handle: gpgme_ctx_t

  /// How long one operation may take, in seconds; nil where a person or a token may be asked.
  private let seconds: Int?

  /// A context that runs only our gpg, on only this home, and never reaches out.
  init(home: String, seconds: Int? = 30) throws(Failure) {
    self.seconds = seconds
    try Engine.check()
    var created: gpgme_ctx_t?
    let error = unsafe gpgme_new(&created)
    guard error == 0, let created = unsafe created else {
      throw .gnupg("start", error, subject: nil)
    }
    unsafe handle = unsafe created
    try check(unsafe gpgme_set_protocol(handle, GPGME_PROTOCOL_OpenPGP))
    try check(
      unsafe gpgme_ctx_set_engine_info(handle, GPGME_PROTOCOL_OpenPGP, Engine.program, home)
    )
    unsafe gpgme_set_offline(handle, 1)
    try check(unsafe gpgme_set_ctx_flag(handle, "auto-key-retrieve", "0"))
    try check(unsafe gpgme_set_ctx_flag(handle, "auto-key-import", "0"))
  }

  deinit { unsafe gpgme_release(handle) }

  private func check(_ error: gpgme_error_t) throws(Failure) {
    guard error == 0 else { throw .gnupg("start", error, subject: nil) }
  }

  /// Runs one operation on the handle and answers its error; throws when it took too long.
  func run(_ operation: () -> gpgme_error_t) throws(Failure) -> gpgme_error_t {
    guard let seconds else { return operation() }
    let limit = unsafe try TimeLimit(seconds: seconds, handle)
    let error = operation()
    _ = consume limit
    guard Engine.code(error) == GPG_ERR_CANCELED.rawValue else { return error }
    throw Failure(
      .resource,
      "gnupg-time",
      "gpg did not end within \(seconds) seconds",
      hint: "the keys or signatures may be made to keep gpg busy; look where they come from"
    )
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
