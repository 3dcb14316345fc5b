private import Glibc

/// The home directory of whoever runs the program.
enum Home {
  /// `HOME` where it is set to a path from the root, else what the user database says; never the
  /// directory in which the command happens to run.
  static var path: String {
    if let set = environment("HOME"), set.hasPrefix("/") { return set }
    return registered ?? "/nonexistent"
  }

  private static var registered: String? {
    var entry = unsafe passwd()
    var buffer = [CChar](repeating: 0, count: 16_384)
    return unsafe buffer.withUnsafeMutableBufferPointer { space in
      var found: UnsafeMutablePointer<passwd>?
      let code = unsafe getpwuid_r(
        getuid(),
        &entry,
        space.baseAddress.unsafelyUnwrapped,
        space.count,
        &found
      )
      guard code == 0, unsafe found != nil, let home = unsafe entry.pw_dir else { return nil }
      let text = unsafe String(cString: home)
      return text.hasPrefix("/") ? text : nil
    }
  }
}
