private import Glibc

/// How many files this process may have open, and how many connections follow from that.
enum OpenFiles {
  /// Takes as many as the system allows, and answers how many that are.
  static func most() -> Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return 1024
    }
    if limit.rlim_cur < limit.rlim_max {
      var raised = limit
      raised.rlim_cur = min(limit.rlim_max, 65_536)
      if raised.rlim_cur > limit.rlim_cur,
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0
      {
        limit = raised
      }
    }
    return Int(clamping: limit.rlim_cur)
  }

  /// How many connections so many files allow.
  ///
  /// Each may have a file that it is sent beside its socket, and the depot needs some. Whoever is let
  /// in is answered.
  static func connections(_ files: Int) -> Int { max(1, (files - 40) / 2) }
}
