package import DebianRepository
package import Solving

/// How far what the wanted packages need is followed, and for which machines.
package struct ClosureOptions: Sendable {
  /// What comes along with them.
  package var request = ClosureRequest()
  /// Snapshots that machines can get packages from besides: what these have is not taken.
  package var base: [String] = []
  /// The native architectures, one after the other; empty for all that the sources have.
  package var architectures: [String] = []
  /// Architectures whose packages machines can have beside these.
  package var foreign: [String] = []
  /// Machines, by the names of their files: only what these lack is taken.
  package var machines: [(name: String, state: MachineState)] = []
  /// Whether what can be had is taken when something cannot.
  package var keepsGoing = false

  package init() {}
}
