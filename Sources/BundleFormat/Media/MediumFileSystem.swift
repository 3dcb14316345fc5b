/// How a file system counts what files take: exactly where it can be known, else an upper bound.
///
/// The rules were measured on media filled to the last block (`docs/design/media.md`).
package enum MediumFileSystem: Sendable, Equatable {
  /// FAT32, by the size of a cluster in bytes.
  case fat(cluster: UInt64)
  /// exFAT, by the size of a cluster in bytes.
  case exfat(cluster: UInt64)
  /// ext2, ext3 or ext4, by the size of a block in bytes.
  case ext(block: UInt64)
  /// UDF, by the size of a block in bytes.
  case udf(block: UInt64)
  /// NTFS, by the size of a cluster in bytes; an upper bound.
  case ntfs(cluster: UInt64)
  /// An ISO 9660 image with Rock Ridge and Joliet; an upper bound.
  case iso
  /// A disc that somebody else will write files to: UDF or ISO 9660, whichever needs more.
  case disc
  /// A stick or drive of which only the size is known: FAT32, exFAT or NTFS, whichever needs more.
  case stick(cluster: UInt64)
  /// Any other, by the size of a block in bytes; an upper bound.
  case other(block: UInt64)

  /// The unit in which space is given out, in bytes; never 0.
  package var block: UInt64 {
    switch self {
    case .fat(let size), .exfat(let size), .ext(let size), .udf(let size), .ntfs(let size),
      .stick(let size), .other(let size):
      max(1, size)
    case .iso, .disc: 2048
    }
  }

  /// The blocks that the content of a file takes.
  func blocks(ofFile size: UInt64) -> UInt64 {
    let plain = MediumFileSystem.up(size, block)
    switch self {
    case .fat, .exfat, .ntfs, .iso, .stick: return plain
    // A small file lies in its own entry.
    case .udf: return size <= block - min(block, 216) ? 1 : plain + 1
    case .disc: return plain + 1
    case .ext:
      // An inode names four extents of 128 MiB; a block more, 340.
      let extents = MediumFileSystem.up(size, 128 << 20)
      return extents > 4 ? plain + MediumFileSystem.up(extents, 340) : plain
    case .other: return plain + 1
    }
  }

  /// What one name takes in its directory, in bytes.
  func entry(_ name: String) -> UInt64 {
    let units = UInt64(name.utf16.count)
    let bytes = UInt64(name.utf8.count)
    switch self {
    case .fat:
      return 32 * (MediumFileSystem.isShort(name) ? 1 : 1 + MediumFileSystem.up(units, 13))
    case .exfat: return 32 * (2 + MediumFileSystem.up(units, 15))
    case .stick: return 32 * (2 + MediumFileSystem.up(units, 13))
    // Trees of names are seldom more than half full.
    case .ext, .other: return 2 * (8 + 4 * MediumFileSystem.up(bytes, 4))
    case .udf: return 4 * MediumFileSystem.up(38 + 1 + bytes, 4)
    case .ntfs: return 0
    // A record of Rock Ridge and one of Joliet.
    case .iso, .disc: return 140 + bytes + 34 + 2 * units
    }
  }

  /// The blocks of a directory whose names take so many bytes.
  func blocks(ofDirectory bytes: UInt64) -> UInt64 {
    switch self {
    case .fat: return max(1, MediumFileSystem.up(bytes + 64, block))
    case .exfat, .stick: return max(1, MediumFileSystem.up(bytes, block))
    case .ext, .other: return max(1, MediumFileSystem.up(bytes + 24, block))
    case .udf:
      let length = bytes + 40
      return 1 + (length <= block - min(block, 216) ? 0 : MediumFileSystem.up(length, block))
    case .ntfs: return 0
    // Each of the two trees has its own; records do not cross the end of a sector.
    case .iso, .disc: return 2 + MediumFileSystem.up(bytes + bytes / 10, block)
    }
  }

  /// What is taken however few files there are, and by their number, in blocks.
  func blocks(forFiles files: UInt64, directories: UInt64) -> UInt64 {
    switch self {
    // A bitmap, an upcase table and a label are there already.
    case .fat, .exfat, .ext, .udf: return 0
    case .ntfs, .stick:
      return MediumFileSystem.up((files + directories) << 10, block)
        + 3 * MediumFileSystem.up(files + directories, 20) + 16
    // Descriptors, path tables, the pad at the end of a track.
    case .iso, .disc: return 16 + 3 + 4 * 2 + 1 + 150
    case .other: return 16 + files / 100
    }
  }

  /// The longest file that it takes, in bytes.
  package var longestFile: UInt64 {
    switch self {
    case .fat, .stick, .iso, .disc: (4 << 30) - 1
    default: .max
    }
  }

  static func up(_ size: UInt64, _ unit: UInt64) -> UInt64 {
    size / unit + (size % unit == 0 ? 0 : 1)
  }

  /// Whether FAT keeps the name in one entry: eight upper-case letters, a dot and three at most.
  private static func isShort(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard let first = parts.first, (1...8).contains(first.utf8.count), parts.count <= 2,
      parts.count == 1 || (1...3).contains(parts[1].utf8.count)
    else { return false }
    return parts.joined().utf8.allSatisfy {
      (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x5f
    }
  }
}
