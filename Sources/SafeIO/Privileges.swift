internal import CLinux

/// What this process may do on its machine.
package enum Privileges {
  /// Gives up for good to gain privileges by running a program, for children too.
  package static func keepFromGrowing() throws(Failure) {
    guard clinux_no_new_privileges() == 0 else { throw .system("give up privileges", "prctl") }
  }
}
