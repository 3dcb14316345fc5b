private import CLinux

/// The memory that this process has from the system.
package enum Allocator {
  /// Gives what is free back: a process that lives for months would keep the most that it ever had, and
  /// compressing indexes takes some hundred megabytes (malloc_trim(3)).
  package static func giveBack() { _ = clinux_give_back() }
}
