import TestSupport

/// A terminal of a given width, and somebody who types.
struct PseudoTerminal {
  private static let program = """
    import fcntl, os, pty, select, struct, sys, termios, time
    columns, keys, command = int(sys.argv[1]), sys.argv[2].split("|"), sys.argv[3:]
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    keys = [key.encode().decode("unicode_escape").encode() for key in keys if key]
    last, end = time.monotonic(), time.monotonic() + 60
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], 0.1)
        if ready:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            sys.stdout.buffer.write(data)
            last = time.monotonic()
        elif keys and time.monotonic() - last > 0.7:
            os.write(terminal, keys.pop(0))
            last = time.monotonic()
    sys.stdout.buffer.flush()
    _, status = os.waitpid(child, os.WNOHANG if time.monotonic() >= end else 0)
    sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 99)
    """

  /// Runs a command in a terminal; the keys, in groups that `|` separates, are typed when it is silent.
  static func run(
    _ command: [String],
    columns: Int = 80,
    keys: String = "",
    environment: [String: String]
  ) throws -> RunResult {
    try TestSupport.run(
      ["python3", "-c", program, "\(columns)", keys] + command,
      environment: cleanEnvironment(environment.merging(["TERM": "xterm"]) { old, _ in old })
    )
  }
}
