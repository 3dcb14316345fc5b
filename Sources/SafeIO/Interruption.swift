private import CLinux
private import Glibc

/// SIGINT, SIGTERM and SIGHUP as an orderly stop: long work asks between blocks and files.
package enum Interruption {
  /// Begins to watch; SIGPIPE and SIGXFSZ become ordinary write errors.
  package static func watch() { clinux_watch_signals() }

  /// Throws when a signal has come: exit status 130 for SIGINT, 143 otherwise.
  package static func check() throws(Failure) {
    switch clinux_pending_signal() {
    case 0: return
    case SIGINT:
      throw Failure(
        .interrupted,
        "signal",
        "interrupted",
        hint: "run the same command again; what was finished is used again"
      )
    default:
      throw Failure(
        .terminated,
        "signal",
        "terminated by a signal",
        hint: "run the same command again; what was finished is used again"
      )
    }
  }
}
