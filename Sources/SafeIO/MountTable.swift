/// One file system where it is mounted: a line of `/proc/self/mountinfo`.
struct Mount: Sendable, Equatable {
  /// The kernel's number of this mount, as `fdinfo` names it.
  let identifier: String
  /// `major:minor` of the file system.
  let device: String
  /// What of the file system is mounted.
  let root: String
  /// Where.
  let point: String
  /// `ext4`, `vfat`, `fuseblk`.
  let type: String
  /// What it was mounted from: a device's path, where there is one.
  let source: String

  /// Nil for a line that is none.
  init?(_ line: Substring) {
    let fields = line.split(separator: " ", omittingEmptySubsequences: false)
    // Behind six fields stand any number of optional ones, up to a hyphen.
    guard fields.count > 6, let hyphen = fields.dropFirst(6).firstIndex(of: "-"),
      fields.count > hyphen + 2
    else { return nil }
    identifier = String(fields[0])
    device = String(fields[2])
    root = Mount.plain(fields[3])
    point = Mount.plain(fields[4])
    type = Mount.plain(fields[hyphen + 1])
    source = Mount.plain(fields[hyphen + 2])
  }

  /// A field in which blanks and the like are written as `\040`.
  private static func plain(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = field.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"),
        let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// All mounts that this process sees.
struct MountTable: Sendable {
  private let mounts: [Mount]

  /// The mounts of a text as `/proc/self/mountinfo` is one.
  init(_ text: String) { mounts = text.split(separator: "\n").compactMap(Mount.init) }

  /// Nil where the system does not say.
  init?(_ texts: SystemTexts) {
    guard let text = texts.text("/proc/self/mountinfo", limit: 1 << 26) else { return nil }
    self.init(text)
  }

  /// The mount with this number.
  subscript(identifier: String) -> Mount? { mounts.first { $0.identifier == identifier } }

  /// The root file system; of several one over the other, the one that is seen.
  var root: Mount? { mounts.last { $0.point == "/" } }

  /// The number of the mount through which a descriptor was opened.
  static func identifier(of descriptor: Int32) -> String? {
    SystemTexts().text("/proc/self/fdinfo/\(descriptor)", limit: 1 << 16).flatMap(identifier(in:))
  }

  /// The number of the mount in a text as `/proc/self/fdinfo/N` is one.
  static func identifier(in about: String) -> String? {
    let line = about.split(separator: "\n").first { $0.hasPrefix("mnt_id:") }
    return line.flatMap { SystemTexts.value($0.dropFirst("mnt_id:".count)) }
  }
}
