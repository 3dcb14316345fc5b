package import SafeIO

/// Room on the depot's file system for the commands that give room back: on a full disk neither
/// their audit record nor the catalogue's journal could be written.
package enum SpaceReserve {
  static let fileName = "reserve"

  /// What a removal writes before it frees anything: two records and the pages of a transaction.
  private static let size: UInt64 = 1 << 20
  /// How much must be free before a part of it is kept.
  private static let plenty: UInt64 = 64 << 20

  private static let givingBack: Set<String> = [
    "snapshot remove", "publication remove", "mirror remove", "depot gc",
  ]

  /// Keeps the room, where there is plenty; again after each command, since a copy of a depot has the
  /// file without it.
  package static func keep(in root: Directory) throws(Failure) {
    guard try root.freeSpace().bytes >= plenty else { return }
    let file = try root.openOrCreateFile(fileName, mode: 0o600)
    _ = try file.preallocate(size)
  }

  /// Gives the room to a command that gives room back, when there is no other left.
  package static func spend(for subject: AuditSubject, in root: Directory) throws(Failure) {
    guard givingBack.contains(subject.command), try root.freeSpace().bytes < size else { return }
    _ = try root.removeFile(fileName)
  }
}
