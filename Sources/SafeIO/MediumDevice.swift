/// The device that a directory or file lies on, as the kernel and udev describe it.
///
/// What neither of them says is nil; nothing is guessed. Model, serial and label are the device's own
/// words: hostile until they are escaped.
package struct MediumDevice: Sendable, Equatable {
  /// The type of the file system as the kernel calls it: `vfat`, `exfat`, `fuseblk`.
  package let fileSystem: String
  /// Where it is mounted.
  package let mountPoint: String
  /// What it was mounted from, such as `/dev/sdb1`.
  package let source: String
  /// `major:minor` of the file system; by FUSE and on a network one that no device has.
  package let number: String
  /// `major:minor` of the block device below the file system.
  package let blockNumber: String?
  /// The kernel's name of the whole device, such as `sdb` for `/dev/sdb1`.
  package let disk: String?
  /// Who made the device.
  package let vendor: String?
  /// What it is called by its maker.
  package let model: String?
  /// The serial number of the device.
  package let serial: String?
  /// The label of the file system.
  package let label: String?
  /// The UUID, or for FAT the volume's number, of the file system.
  package let uuid: String?
  /// Whether the medium can be taken out of the device; sticks often say so, disks on USB do not.
  package let isRemovable: Bool?
  /// Whether the device refuses writes.
  package let isReadOnly: Bool?
  /// The size of the whole device, in bytes.
  package let bytes: UInt64?
  /// Whether it is the file system that is mounted at `/`.
  package let isRootFileSystem: Bool
  /// Whether the file system at `/` lies on the same device.
  package let isSystemDisk: Bool

  /// The device below a directory; nil where the system does not say how it is mounted.
  package init?(of directory: Directory) {
    guard let mount = MountTable.identifier(of: directory.descriptor) else { return nil }
    self.init(mount: mount, in: SystemTexts())
  }

  /// The device below an open file; nil where the system does not say how it is mounted.
  package init?(of file: borrowing OpenFile) {
    guard let mount = MountTable.identifier(of: file.descriptor) else { return nil }
    self.init(mount: mount, in: SystemTexts())
  }

  /// As the texts below another root describe it.
  init?(mount identifier: String, in texts: SystemTexts) {
    guard let table = MountTable(texts), let mount = table[identifier] else { return nil }
    let block = BlockDevice(below: mount, texts)
    let root = table.root
    fileSystem = mount.type
    mountPoint = mount.point
    source = mount.source
    number = mount.device
    blockNumber = block?.number
    disk = block?.disk
    vendor = block?.vendor
    model = block?.model
    serial = block?.serial
    label = block?.label
    uuid = block?.uuid
    isRemovable = block?.isRemovable
    isReadOnly = block?.isReadOnly
    bytes = block?.bytes
    isRootFileSystem = mount.device == root?.device
    let system = root.flatMap { BlockDevice(below: $0, texts)?.disk }
    isSystemDisk = isRootFileSystem || (system != nil && system == block?.disk)
  }

  /// Whether both lie on one device, be it in two file systems.
  package func isOneDevice(with other: MediumDevice) -> Bool {
    number == other.number || (disk != nil && disk == other.disk)
  }

  /// Maker and model, each once, as people read them; nil when neither is known.
  package var name: String? {
    // Disks on SATA name the bus where their maker should stand.
    guard let vendor, vendor != "ATA" else { return model }
    guard let model else { return vendor }
    return model.hasPrefix(vendor) ? model : vendor + " " + model
  }

  /// Whether it passes through a process of its own (FUSE), which has a cache of its own.
  package var isFUSE: Bool { fileSystem == "fuseblk" || fileSystem.hasPrefix("fuse") }
}
