internal import SafeIO

/// In which state this program left the catalogue: `catalogue.mark`.
///
/// A catalogue in just that state was whole when it was written and need not be read whole again. In
/// any other state, after a crash, a restored backup or somebody else's hand, it is read whole before
/// it is used. What a disk does to bytes at rest `depot check` finds. The file is no more than a hint:
/// it is neither durable nor needed.
struct CatalogueMark: Equatable {
  static let fileName = "catalogue.mark"
  /// The length of the file, in bytes: all texts are padded to it, so that none is left of a longer
  /// one.
  private static let length = 96

  private let text: [UInt8]

  /// The present state of the catalogue; nil when there is none.
  private init?(of root: Directory) throws(Failure) {
    guard let status = try root.statusOfOwnFile(Catalogue.fileName) else { return nil }
    var text = Array(
      "\(status.device) \(status.inode) \(status.size) \(status.modified).\(status.modifiedNanoseconds)"
        .utf8
    )
    text += [UInt8](repeating: 0x20, count: max(0, CatalogueMark.length - 1 - text.count)) + [0x0a]
    self.text = text
  }

  /// Whether the catalogue is in the state in which this program left it.
  static func isCurrent(in root: Directory) throws(Failure) -> Bool {
    guard let present = try CatalogueMark(of: root), try root.status(fileName) != nil else {
      return false
    }
    do throws(Failure) {
      return try root.contents(of: fileName, limit: 2 * length) == present.text
    } catch {
      // What cannot be read says nothing.
      return false
    }
  }

  /// Notes the present state, right behind a change of our own.
  static func note(in root: Directory) {
    do throws(Failure) {
      guard let present = try CatalogueMark(of: root) else { return }
      let file = try root.openOrCreateFile(fileName, mode: 0o600)
      try file.write(present.text)
    } catch {
      // Without it the next command reads all of the catalogue, which is right and slower.
    }
  }
}
