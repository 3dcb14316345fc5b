package import BundleFormat
package import SafeIO

extension MediumFileSystem {
  /// How the file system of a directory counts, by its type as the kernel names it (statfs(2)).
  init(of directory: Directory) throws(Failure) {
    let unit = try directory.spaceUnit()
    self =
      switch directory.fileSystemMagic {
      case 0x4d44: .fat(cluster: unit)
      case 0x2011_bab0: .exfat(cluster: unit)
      case 0xef53: .ext(block: unit)
      case 0x1501_3346: .udf(block: unit)
      case 0x7366_746e, 0x5346_544e: .ntfs(cluster: unit)
      // A program gives it, exFAT or NTFS as a rule, and does not say which.
      case 0x6573_5546: .stick(cluster: unit)
      default: .other(block: unit)
      }
  }
}

extension MediaPlan.Medium {
  /// A medium that is mounted here, with what is free on it.
  package init(mountedAt directory: Directory) throws(Failure) {
    // What waits to be written is not counted as used yet.
    try directory.syncFileSystem()
    self.init(
      kind: directory.path,
      capacity: try directory.freeSpace().bytes,
      fileSystem: try MediumFileSystem(of: directory)
    )
  }
}
