import TestSupport
import Testing

@testable import SafeIO

/// The device of a medium, from what recorded machines say of theirs.
@Suite struct MediumDeviceTests {
  /// Texts of a machine with a system disk, a stick in two partitions, and what people mount.
  private static let mounts = """
    22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw
    30 22 8:17 / /media/op/MY\\040STICK rw,nosuid shared:7 - vfat /dev/sdb1 rw
    31 22 0:52 / /media/op/data rw,nosuid shared:8 - fuseblk /dev/sdb2 rw,user_id=0
    32 22 0:60 / /mnt/net rw - nfs4 server:/export rw
    33 22 0:61 / /mnt/gone rw - fuseblk /dev/sdz1 rw
    34 22 254:0 / /media/op/vault rw - ext4 /dev/mapper/luks-1 rw
    35 22 259:3 / /srv rw - ext4 /dev/nvme0n1p3 rw
    36 22 179:1 / /media/op/card rw - exfat /dev/mmcblk0p1 rw
    a line that is none
    """

  private func withMachine(_ body: (SystemTexts) throws -> Void) throws {
    try withScratchDirectory { scratch in
      let top = scratch.path
      func sys(_ place: String, _ number: String, _ texts: [String: String]) throws {
        try Disk.write(number + "\n", to: top + "/sys/devices/\(place)/dev")
        for (name, text) in texts {
          try Disk.write(text, to: top + "/sys/devices/\(place)/\(name)")
        }
        try Disk.makeDirectory(top + "/sys/dev/block")
        try Disk.makeDirectory(top + "/sys/class/block")
        try Disk.symbolicLink(top + "/sys/dev/block/" + number, to: "../../devices/" + place)
        let name = String(place.split(separator: "/").last ?? "")
        try Disk.symbolicLink(top + "/sys/class/block/" + name, to: "../../devices/" + place)
      }
      try Disk.write(MediumDeviceTests.mounts, to: top + "/proc/self/mountinfo")
      try sys(
        "usb/block/sdb",
        "8:16",
        [
          "removable": "1\n", "ro": "0\n", "size": "120164352\n",
          "device/vendor": "SanDisk \n", "device/model": "Ultra Fit       \n",
        ]
      )
      try sys("usb/block/sdb/sdb1", "8:17", ["partition": "1\n"])
      try sys("usb/block/sdb/sdb2", "8:18", ["partition": "2\n"])
      try sys("pci/block/nvme0n1", "259:0", ["device/model": "Disk\n", "device/serial": "N1 \n"])
      try sys("pci/block/nvme0n1/nvme0n1p2", "259:2", ["partition": "2\n"])
      try sys("pci/block/nvme0n1/nvme0n1p3", "259:3", ["partition": "3\n"])
      try sys("virtual/block/dm-0", "254:0", ["slaves/sdb2": "", "removable": "0\n"])
      try sys("card/block/mmcblk0", "179:0", ["device/name": "SU64G\n", "device/serial": "0x1\n"])
      try sys("card/block/mmcblk0/mmcblk0p1", "179:1", ["partition": "1\n"])
      for name in ["sdb1", "sdb2"] { try Disk.write("", to: top + "/dev/" + name) }
      try Disk.write(
        "S:disk/by-label/MY_STICK\nE:ID_SERIAL_SHORT=4C53\nE:ID_FS_LABEL=MY_STICK\n"
          + "E:ID_FS_UUID=1A2B-3C4D\nE:EMPTY=\nE:none\n",
        to: top + "/run/udev/data/b8:17"
      )
      try Disk.write("E:ID_SERIAL_SHORT=4C53\n", to: top + "/run/udev/data/b8:16")
      try body(SystemTexts(root: top))
    }
  }

  @Test func `A stick is described by its whole device and its own file system`() throws {
    try withMachine { texts in
      let stick = try #require(MediumDevice(mount: "30", in: texts))
      #expect(stick.mountPoint == "/media/op/MY STICK" && stick.source == "/dev/sdb1")
      #expect(stick.fileSystem == "vfat" && stick.number == "8:17" && stick.blockNumber == "8:17")
      #expect(stick.disk == "sdb" && stick.name == "SanDisk Ultra Fit")
      #expect(stick.serial == "4C53" && stick.label == "MY_STICK" && stick.uuid == "1A2B-3C4D")
      #expect(stick.isRemovable == true && stick.isReadOnly == false)
      #expect(stick.bytes == 120_164_352 * 512)
      #expect(!stick.isRootFileSystem && !stick.isSystemDisk && !stick.isFUSE)
    }
  }

  @Test func `A file system of FUSE is found by what it was mounted from`() throws {
    try withMachine { texts in
      let data = try #require(MediumDevice(mount: "31", in: texts))
      #expect(data.isFUSE && data.number == "0:52" && data.blockNumber == "8:18")
      #expect(data.disk == "sdb" && data.serial == "4C53")
      #expect(data.label == nil && data.uuid == nil)
      let stick = try #require(MediumDevice(mount: "30", in: texts))
      #expect(data.isOneDevice(with: stick))
    }
  }

  @Test func `An encrypted medium is its device, and a card has name and serial`() throws {
    try withMachine { texts in
      let vault = try #require(MediumDevice(mount: "34", in: texts))
      #expect(vault.disk == "sdb" && vault.model == "Ultra Fit" && vault.serial == "4C53")
      let card = try #require(MediumDevice(mount: "36", in: texts))
      #expect(card.name == "SU64G" && card.serial == "0x1" && card.isRemovable == nil)
    }
  }

  @Test func `What the system does not say is absent`() throws {
    try withMachine { texts in
      let net = try #require(MediumDevice(mount: "32", in: texts))
      #expect(net.fileSystem == "nfs4" && net.blockNumber == nil && net.disk == nil)
      #expect(net.name == nil && net.serial == nil && net.isRemovable == nil && !net.isSystemDisk)
      let gone = try #require(MediumDevice(mount: "33", in: texts))
      #expect(gone.blockNumber == nil && gone.disk == nil)
      #expect(MediumDevice(mount: "99", in: texts) == nil)
      #expect(MediumDevice(mount: "30", in: SystemTexts(root: texts.root + "/sys")) == nil)
    }
  }

  @Test func `The system's disk is known by its other partitions too`() throws {
    try withMachine { texts in
      let root = try #require(MediumDevice(mount: "22", in: texts))
      #expect(root.isRootFileSystem && root.isSystemDisk && root.serial == "N1")
      let srv = try #require(MediumDevice(mount: "35", in: texts))
      #expect(!srv.isRootFileSystem && srv.isSystemDisk)
      let places = [
        MediumWarnings.Place(number: 1, path: "/srv/out", device: srv),
        MediumWarnings.Place(number: 2, path: "/media/op/MY STICK", device: nil),
      ]
      let notes = MediumWarnings.notes(places)
      #expect(notes.map(\.code) == ["medium-on-system-disk"])
      #expect(notes.allSatisfy { $0.severity == .warning && $0.text.contains("/srv/out") })
    }
  }

  @Test func `Two places on one stick, and one serial under two numbers, are told`() throws {
    try withMachine { texts in
      let stick = MediumDevice(mount: "30", in: texts)
      let data = MediumDevice(mount: "31", in: texts)
      let card = MediumDevice(mount: "36", in: texts)
      let places = [
        MediumWarnings.Place(number: 1, path: "/a", device: stick),
        MediumWarnings.Place(number: 2, path: "/b", device: card),
        MediumWarnings.Place(number: 3, path: "/c", device: data),
      ]
      #expect(
        MediumWarnings.notes(places) == [
          Note(.warning, "media-one-device", "media 1 and 3 are one device (sdb): /a, /c")
        ]
      )
      #expect(
        MediumWarnings.notes(places[2], written: [(1, "4C53"), (3, "4C53"), (2, "0x1")]).map(\.code)
          == ["medium-serial-again"]
      )
      #expect(MediumWarnings.notes(places[1], written: [(1, "4C53")]) == [])
    }
  }

  @Test func `A device's own words are cut, and no blank stays around them`() {
    #expect(SystemTexts.value("  \t Ultra  Fit \n\0") == "Ultra  Fit")
    #expect(SystemTexts.value(" \n ") == nil)
    #expect(SystemTexts.value(String(repeating: "x", count: 5000))?.count == 200)
  }

  @Test func `This machine's root file system is its own`() throws {
    let root = try #require(MediumDevice(of: Directory(opening: "/")))
    #expect(root.isRootFileSystem && root.isSystemDisk && root.mountPoint == "/")
    let process = try #require(MediumDevice(of: Directory(opening: "/proc")))
    #expect(process.fileSystem == "proc" && process.disk == nil && !process.isSystemDisk)
    let file = try Directory(opening: "/proc/self").file("status")
    #expect(MediumDevice(of: file)?.fileSystem == "proc")
  }
}

/// The device of a real file system in an image, mounted by a loop device.
@Suite struct MountedDeviceTests {
  /// Whether this account can mount an image here.
  private static let canMount: Bool = {
    do {
      return try run(["sh", "-c", "test -w /dev/loop-control && unshare -m true"]).status == 0
    } catch {
      return false
    }
  }()

  @Test(.enabled(if: canMount, "needs root and loop devices"))
  func `An ext4 image on a loop device is its own device`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let image = scratch.path("image")
      let point = try scratch.directory("a medium")
      let script =
        "truncate -s 8M \"$1\"; mkfs.ext4 -q -L MEDIUM-1 \"$1\"; mount -o loop \"$1\" \"$2\""
      try run(["sh", "-ec", script, "sh", image, point]).succeeded()
      defer { unmount(point) }
      let device = try #require(MediumDevice(of: Directory(opening: point)))
      #expect(device.fileSystem == "ext4" && device.mountPoint == point)
      #expect(device.source.hasPrefix("/dev/loop") && "/dev/\(device.disk ?? "")" == device.source)
      #expect(device.number.hasPrefix("7:") && device.blockNumber == device.number)
      #expect(device.bytes == 8 << 20 && device.isReadOnly == false)
      #expect(device.serial == nil && device.model == nil)
      #expect(!device.isRootFileSystem && !device.isSystemDisk)
      // Another way in is the same device; a file there lies on it too.
      try Disk.makeDirectory(point + "/sub")
      try Disk.write("x", to: point + "/file")
      let below = try #require(MediumDevice(of: Directory(opening: point + "/sub")))
      #expect(below.isOneDevice(with: device))
      #expect(MediumDevice(of: try Directory(opening: point).file("file")) == device)
      let scratchDevice = try #require(MediumDevice(of: Directory(opening: scratch.path)))
      #expect(!scratchDevice.isOneDevice(with: device))
    }
  }

  private func unmount(_ point: String) {
    do { try run(["umount", point]).succeeded() } catch { Issue.record(error) }
  }
}
