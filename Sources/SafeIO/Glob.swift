private import Glibc

/// Patterns as the shell has them: `*`, `?` and `[…]`, each also for a slash (fnmatch(3)).
package enum Glob {
  /// Whether a text is of a pattern.
  package static func matches(_ pattern: String, _ text: String) -> Bool {
    unsafe fnmatch(pattern, text, 0) == 0
  }
}
