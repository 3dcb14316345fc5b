internal import CGPGME
private import Glibc
internal import SafeIO

/// The gpgme library and the gpg program that it starts.
enum Engine {
  /// The only gpg that is ever run; nothing is looked up along PATH.
  static let program = "/usr/bin/gpg"

  /// Starts the library once, whoever comes first.
  private static let started: Failure? = start()

  /// Throws when gpgme or gpg are too old or missing.
  static func check() throws(Failure) {
    if let failure = started { throw failure }
  }

  private static func start() -> Failure? {
    // The library looks for its programs along PATH when it starts, and remembers what it found:
    // for that moment PATH is ours. Replacing a variable's value is safe beside getenv in glibc.
    let path = unsafe getenv("PATH").map { unsafe String(cString: $0) }
    unsafe setenv("PATH", "/usr/bin:/bin", 1)
    defer {
      if let path {
        unsafe setenv("PATH", path, 1)
      } else {
        unsafe unsetenv("PATH")
      }
    }
    // Without gpgconf the library asks no program but gpg for its version.
    guard unsafe gpgme_set_global_flag("disable-gpgconf", "1") == 0 else {
      return Failure(.internal, "gpgme", "gpgme did not take its settings")
    }
    guard unsafe gpgme_check_version("1.18.0") != nil else {
      return Failure(
        .configuration,
        "gpgme",
        "gpgme 1.18 or newer is needed",
        hint: "install libgpgme11 from Debian 12 or newer"
      )
    }
    let checked: gpgme_error_t
    do throws(Failure) {
      checked = unsafe try TimeLimit.run(seconds: Context.patience, mark: program) {
        gpgme_engine_check_version(GPGME_PROTOCOL_OpenPGP)
      }
    } catch {
      return error
    }
    guard checked == 0, let version = gpgVersion() else {
      return Failure(
        .configuration,
        "gnupg",
        "gpg did not say its version, which is to be 2.2.40 or newer",
        subject: program,
        hint: "see what it says: \(program) --version; then run the same command again"
      )
    }
    guard isNewEnough(version) else {
      return Failure(
        .configuration,
        "gnupg",
        "gpg is of version \(Escaped.line(version, limit: 40)); 2.2.40 or newer is needed",
        subject: program,
        hint: "install gpg from Debian 12 or newer"
      )
    }
    return nil
  }

  /// The version of the gpg that was found.
  private static func gpgVersion() -> String? {
    var info: gpgme_engine_info_t?
    guard unsafe gpgme_get_engine_info(&info) == 0 else { return nil }
    while let engine = unsafe info {
      if unsafe engine.pointee.protocol == GPGME_PROTOCOL_OpenPGP {
        return unsafe engine.pointee.version.map { unsafe String(cString: $0) }
      }
      unsafe info = engine.pointee.next
    }
    return nil
  }

  /// Whether this version of gpg is 2.2.40, Debian 12's, or newer.
  static func isNewEnough(_ version: String) -> Bool {
    let numbers = version.split(separator: ".").map { part in
      Int(part.prefix { ("0"..."9").contains($0) }) ?? 0
    }
    return !numbers.lexicographicallyPrecedes([2, 2, 40])
  }

  /// The error code without the source, as `GPG_ERR_…` number.
  static func code(_ error: gpgme_error_t) -> UInt32 { gpgme_err_code(error).rawValue }

  /// The errno that an error stands for; nil for gpg's own errors.
  static func systemError(_ error: gpgme_error_t) -> Int32? {
    let number = gpgme_err_code_to_errno(gpgme_err_code(error))
    return number == 0 ? nil : number
  }

  /// What the library says of an error.
  static func text(_ error: gpgme_error_t) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    return unsafe buffer.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return "error \(code(error))" }
      // Too long a text is cut; the last byte stays zero.
      _ = unsafe gpgme_strerror_r(error, start, buffer.count - 1)
      return unsafe String(cString: start)
    }
  }
}

extension Failure {
  /// gpg could not do its work, for a reason that is not the input's.
  static func gnupg(_ action: String, _ error: gpgme_error_t, subject: String?) -> Failure {
    if let number = Engine.systemError(error),
      [ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM].contains(number)
    {
      return .system("\(action) with gpg", subject ?? Engine.program, errno: number)
    }
    return Failure(
      .io,
      "gnupg",
      "gpg could not \(action): \(Engine.text(error))",
      subject: subject,
      hint: "check that \(Engine.program) runs and that there is space for temporary files"
    )
  }

  /// gpg was started and ended without a word about its work.
  static func engineDied(_ action: String, subject: String?) -> Failure {
    Failure(
      .configuration,
      "gnupg-died",
      "\(Engine.program) ended before it could \(action)",
      subject: subject,
      hint: "check that \(Engine.program) runs, and that there is memory for it"
    )
  }
}
