private import Glibc

/// Why a hard link cannot be, when a copy can.
enum CannotLink {
  /// The public directory is on another file system.
  static let crossDevice = EXDEV
  /// The file system allows no more names for one file (65,000 on ext4).
  static let tooMany = EMLINK
  /// The file system has no hard links.
  static let notPermitted = EPERM
  /// Something is there already.
  static let exists = EEXIST
  /// What should be a directory above it is a file.
  static let notDirectory = ENOTDIR
}
