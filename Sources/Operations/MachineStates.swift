package import DebianRepository
internal import Depot
package import SafeIO

/// Reads what a machine has; needs no depot.
package enum MachineStates {
  /// The longest file of architectures, in bytes.
  private static let longestList = 1 << 16

  /// The state of the machine whose files lie below `root`, and what could not be read of it.
  ///
  /// - Throws: `usage` where there is no dpkg, `integrity` for a status that cannot be read.
  package static func read(root: String = "/") throws(Failure) -> (MachineState, [Note]) {
    let base = root.hasSuffix("/") ? String(root.dropLast()) : root
    let path = base + "/var/lib/dpkg/status"
    let status = try NamedFile.read(path, limit: UniverseSources.longestStatus)
    // dpkg writes this file when a foreign architecture is added; the native one is its first.
    let listed = try NamedPath.contents(base + "/var/lib/dpkg/arch", limit: longestList) ?? []
    let architectures = String(decoding: listed, as: UTF8.self).split(separator: "\n")
      .map { String($0) }
    let plain = try MachineState(status: status, name: path, architectures: architectures)
    var notes: [Note] = []
    let sources = try sources(base, plain.architectures[0], &notes)
    let state = try MachineState(
      status: status,
      name: path,
      architectures: plain.architectures,
      sources: sources
    )
    return (state, notes)
  }

  private static func sources(
    _ base: String,
    _ architecture: String,
    _ notes: inout [Note]
  ) throws(Failure) -> [String] {
    var lines: [String] = []
    for path in try files(base + "/etc/apt") {
      do throws(Failure) {
        guard let text = try NamedPath.contents(path, limit: SourcesList.longest) else { continue }
        let entries = try SourcesList.parse(text, name: path, architecture: architecture)
        lines += entries.flatMap { MachineState.lines(of: $0) }
      } catch {
        // The packages are what matters; apt itself would say more of such a file.
        notes.append(Note(.warning, "machine-source", "left out: \(path): \(error.reason)"))
      }
    }
    return lines
  }

  /// The files of sources, as `apt` reads them.
  private static func files(_ directory: String) throws(Failure) -> [String] {
    var found = [directory + "/sources.list"]
    let parts = directory + "/sources.list.d"
    guard NamedFile.isDirectory(parts) else { return found }
    let names = try Directory(opening: parts).list().map(\.name)
    found += names.filter { $0.hasSuffix(".list") || $0.hasSuffix(".sources") }.sorted()
      .map { parts + "/" + $0 }
    return found
  }

  /// Writes a state durably, at once or not at all.
  package static func write(_ state: MachineState, to path: String) throws(Failure) {
    try OutsideFile(path) { (directory, _) throws(Failure) in
      try Depot.requireOutsideAny(directory)
    }.write(state.text)
  }
}
