private import Glibc

/// The short texts in which the kernel and udev describe this machine.
///
/// Whatever cannot be read is absent: they are facts for people, and no work stops for them.
struct SystemTexts: Sendable {
  /// What stands before `/proc`, `/sys`, `/run` and `/dev`; empty but in tests.
  let root: String

  /// The longest text that is read, in bytes: attributes of sysfs have a page at most.
  private static let longest = 4096
  /// The longest value that is kept of a device's own words, in characters.
  private static let longestValue = 200

  init(root: String = "") { self.root = root }

  /// The whole text, or nil where it is absent or longer than `limit` bytes.
  func text(_ path: String, limit: Int = SystemTexts.longest) -> String? {
    let opened = retrying { unsafe open(root + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
    guard opened >= 0 else { return nil }
    let file = OpenFile(owning: opened, name: path)
    do throws(Failure) {
      return String(decoding: try file.readAll(limit: limit), as: UTF8.self)
    } catch {
      return nil
    }
  }

  /// A text as one value: no blanks around it, nil when nothing is left.
  func value(_ path: String) -> String? { text(path).flatMap(SystemTexts.value) }

  /// A device's own word without the blanks that fill it up; nil when nothing is left.
  static func value(_ text: some StringProtocol) -> String? {
    func isBlank(_ scalar: Unicode.Scalar) -> Bool {
      scalar.value <= 0x20 || scalar.value == 0x7f
    }
    let rest = text.unicodeScalars.drop(while: isBlank)
    guard let last = rest.lastIndex(where: { !isBlank($0) }) else { return nil }
    return String(String.UnicodeScalarView(rest[...last].prefix(longestValue)))
  }

  /// The names in a directory, without those that begin with a dot; empty where there is none.
  func names(_ path: String) -> [String] {
    do throws(Failure) {
      return try Directory(opening: root + path).list().map(\.name).filter { !$0.hasPrefix(".") }
    } catch {
      return []
    }
  }

  /// Whether there is such a file or directory.
  func isThere(_ path: String) -> Bool {
    var found = stat()
    return unsafe stat(root + path, &found) == 0
  }

  /// A path with its symbolic links followed, still without `root`.
  func followed(_ path: String) -> String? {
    guard let whole = SystemTexts.realPath(root + path) else { return nil }
    guard !root.isEmpty else { return whole }
    guard let top = SystemTexts.realPath(root), whole.hasPrefix(top) else { return nil }
    return String(whole.dropFirst(top.count))
  }

  private static func realPath(_ path: String) -> String? {
    guard let found = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(found) }
    return unsafe String(cString: found)
  }
}
