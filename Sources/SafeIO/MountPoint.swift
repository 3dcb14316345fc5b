private import CLinux
private import Glibc

/// A place at which a medium is mounted.
package enum MountPoint {
  /// Unmounts a medium; the system has written all of it then.
  ///
  /// - Throws: `configuration` where this account may not, `busy` while somebody uses it, `usage` where
  ///   nothing is mounted.
  package static func unmount(_ path: String) throws(Failure) {
    if unsafe clinux_unmount(path) == 0 { return }
    switch errno {
    case EPERM:
      throw Failure(
        .configuration,
        "unmount",
        "this account may not unmount the medium",
        subject: path,
        hint:
          "unmount it yourself (udisksctl unmount -b DEVICE, or umount as root) before you remove it"
      )
    case EBUSY:
      throw Failure(
        .busy,
        "unmount",
        "something else uses the medium",
        subject: path,
        hint: "close what uses it (fuser -m shows that), and unmount it before you remove it"
      )
    case EINVAL:
      throw Failure(
        .usage,
        "unmount",
        "no medium is mounted there",
        subject: path,
        hint: "leave --unmount out, or name the directory at which the medium is mounted"
      )
    default: throw .system("unmount", path)
    }
  }
}

extension MediumDevice {
  /// Has the kernel forget what it keeps of the device in memory, also for a program that gives the file
  /// system; false where this account may not, or there is no such device.
  package func dropCache() -> Bool {
    guard source.hasPrefix("/dev/") else { return false }
    let opened = retrying { unsafe open(source, O_RDONLY | O_CLOEXEC | O_NOCTTY) }
    guard opened >= 0 else { return false }
    let device = OpenFile(owning: opened, name: source)
    return clinux_flush_device(device.descriptor) == 0
  }
}
