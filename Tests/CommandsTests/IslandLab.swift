import SafeIO
import TestSupport
import Testing

/// A crossing whose exporter knows the island's key, with a first bundle that arrived.
struct IslandLab {
  let crossing: Crossing
  var connected: AptFerry { crossing.connected }
  var isolated: AptFerry { crossing.isolated }

  private static let template = Result {
    try Template { try IslandLab(making: $0).arrive() }
  }
  private static let templateBeforeArrival = Result {
    try Template { _ = try IslandLab(making: $0) }
  }

  init(_ scratch: ScratchDirectory, arrives: Bool = true) throws {
    try (arrives ? IslandLab.template : IslandLab.templateBeforeArrival).get().copy(to: scratch)
    crossing = try Crossing(at: scratch)
  }

  private init(making scratch: ScratchDirectory) throws {
    crossing = try Crossing(scratch)
    let key = scratch.path("island.asc")
    try crossing.isolated("key", "export", key).succeeded()
    let fingerprint = try Crossing.fingerprint(ofKeyIn: key, scratch)
    try crossing.connected(
      ["trust", "add", key, "--role", "site", "--name", "island"]
        + ["--fingerprint", fingerprint]
    ).succeeded()
    try build(["pier", "quay"])
    try crossing.freeze("first", "stable")
  }

  /// Copies the exporter's depot by hand, as somebody might who knows no better.
  func copyExporter() throws {
    let scratch = crossing.scratch
    try run(["cp", "-a", scratch.path("connected"), scratch.path("backup")]).succeeded()
  }

  /// Puts the copy in the place of the exporter's depot, which forgets what it made since.
  func putExporterBack() throws {
    let scratch = crossing.scratch
    try run(["rm", "-rf", scratch.path("connected")]).succeeded()
    try run(["cp", "-a", scratch.path("backup"), scratch.path("connected")]).succeeded()
  }

  private func arrive() throws {
    try export("first", to: "one")
    try bring("one")
    try acknowledge()
  }

  func build(_ names: [String], version: String = "1.0-1", date: String? = nil) throws {
    var suite = ForgedSuite("stable", ["main": names.map { ForgedPackage($0, version: version) }])
    suite.date = date
    try crossing.forge.build(suite)
  }

  func export(_ snapshot: String, to name: String, _ more: String...) throws {
    let medium = crossing.scratch.path(name)
    try Disk.makeDirectory(medium)
    try connected(
      ["export", snapshot, "--to", medium, "--site", "island", "--chunk-size", "64KiB"] + more
    ).succeeded()
  }

  func bring(_ name: String) throws {
    try isolated("import", crossing.scratch.path(name)).succeeded()
  }

  func acknowledge(_ name: String = "receipt") throws {
    let file = crossing.scratch.path(name)
    try isolated("receipt", "create", "--to", file).succeeded()
    try connected("receipt", "add", file).succeeded()
  }
}
