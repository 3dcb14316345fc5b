/// What sysfs and udev say of the block device below a file system.
struct BlockDevice: Sendable {
  let number: String
  private(set) var disk: String?
  private(set) var vendor: String?
  private(set) var model: String?
  private(set) var serial: String?
  private(set) var label: String?
  private(set) var uuid: String?
  private(set) var isRemovable: Bool?
  private(set) var isReadOnly: Bool?
  private(set) var bytes: UInt64?

  /// The longest text of udev about a device, in bytes.
  private static let longestFacts = 1 << 18
  /// How many devices may lie one over the other: a partition in a volume in an encrypted one.
  private static let deepest = 8

  /// Nil for a file system that lies on no block device.
  init?(below mount: Mount, _ texts: SystemTexts) {
    guard let number = BlockDevice.number(below: mount, texts) else { return nil }
    self.number = number
    let facts = BlockDevice.facts(number, texts)
    label = facts["ID_FS_LABEL"]
    uuid = facts["ID_FS_UUID"]
    guard let place = BlockDevice.wholeDevice(number, texts) else { return }
    disk = texts.followed(place)?.split(separator: "/").last.map { String($0) }
    describe(place, texts)
    let whole = texts.value(place + "/dev").map { BlockDevice.facts($0, texts) } ?? [:]
    serial =
      whole["ID_SERIAL_SHORT"] ?? facts["ID_SERIAL_SHORT"]
      // NVMe and cards have it below `device`, virtual disks beside it.
      ?? texts.value(place + "/device/serial") ?? texts.value(place + "/serial")
  }

  private mutating func describe(_ place: String, _ texts: SystemTexts) {
    vendor = texts.value(place + "/device/vendor")
    // A virtual disk has the number of its bus there.
    if vendor?.hasPrefix("0x") ?? false { vendor = nil }
    // Cards (MMC, SD) have a name and no model.
    model = texts.value(place + "/device/model") ?? texts.value(place + "/device/name")
    isRemovable = texts.value(place + "/removable").flatMap(BlockDevice.truth)
    isReadOnly = texts.value(place + "/ro").flatMap(BlockDevice.truth)
    // In units of 512 bytes, whatever the device's own blocks are.
    bytes = texts.value(place + "/size").flatMap { UInt64($0) }
      .flatMap { $0 <= UInt64.max / 512 ? $0 * 512 : nil }
  }

  private static func truth(_ text: String) -> Bool? { ["0": false, "1": true][text] }

  /// The file system's own number; one without a device (FUSE, btrfs) names what it was mounted from.
  private static func number(below mount: Mount, _ texts: SystemTexts) -> String? {
    if !mount.device.hasPrefix("0:") { return mount.device }
    guard mount.source.hasPrefix("/dev/"), let path = texts.followed(mount.source),
      path.hasPrefix("/dev/")
    else { return nil }
    let name = path.dropFirst("/dev/".count).split(separator: "/").joined(separator: "!")
    return texts.value("/sys/class/block/\(name)/dev")
  }

  /// Where sysfs has the whole device: of a partition its disk, of what lies on one device alone
  /// (encryption, a volume) that device.
  private static func wholeDevice(_ number: String, _ texts: SystemTexts) -> String? {
    var place = "/sys/dev/block/" + number
    guard texts.isThere(place) else { return nil }
    for _ in 0..<deepest {
      if texts.isThere(place + "/partition") { place += "/.." }
      let below = texts.names(place + "/slaves")
      guard below.count == 1, let only = below.first else { break }
      place = "/sys/class/block/" + only
    }
    return place
  }

  /// What udev has noted of a device; empty without udev.
  private static func facts(_ number: String, _ texts: SystemTexts) -> [String: String] {
    let text = texts.text("/run/udev/data/b" + number, limit: longestFacts) ?? ""
    var facts: [String: String] = [:]
    for line in text.split(separator: "\n") where line.hasPrefix("E:") {
      let parts = line.dropFirst(2).split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { continue }
      facts[String(parts[0])] = SystemTexts.value(parts[1])
    }
    return facts
  }
}
