import Foundation
import SafeIO
import TestSupport

/// Both sides, and the places of a backup and of what is restored from it.
struct BackupLab {
  let scratch: ScratchDirectory
  let crossing: Crossing
  let place: String

  /// A snapshot crossed, and is published inside unless told otherwise.
  static func with(isPublished: Bool = true, _ body: (BackupLab) throws -> Void) throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.small())
      try crossing.freeze("first", "stable")
      try crossing.export("first")
      try crossing.isolated("import", crossing.medium).succeeded()
      if isPublished { try crossing.isolated("publish", "first", "--at", "debian").succeeded() }
      try body(
        BackupLab(scratch: scratch, crossing: crossing, place: scratch.path("backup"))
      )
    }
  }

  var isolated: AptFerry { crossing.isolated }

  /// The program for a depot of that name, which need not be there yet.
  func depot(_ name: String) throws -> AptFerry {
    try AptFerry(home: scratch.path("home"), depot: scratch.path(name))
  }

  /// A backup of the isolated side.
  @discardableResult func backUp(_ more: String...) throws -> RunResult {
    try isolated(["depot", "backup", "--to", place] + more)
  }

  /// A restore of it.
  func restore(_ name: String, _ more: String...) throws -> RunResult {
    try depot(name)(["depot", "restore", place, "--reason", "trial"] + more)
  }

  /// The objects that the backup has.
  func stored() throws -> Set<String> { Set(try Disk.files(below: place + "/objects")) }

  /// The states that the backup has.
  func states() throws -> [String] { try Disk.names(in: place + "/states").sorted() }

  func shell(_ line: String) throws {
    _ = try run(["sh", "-ec", line], in: scratch.path("")).succeeded()
  }
}
