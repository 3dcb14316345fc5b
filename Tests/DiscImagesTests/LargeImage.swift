import SafeIO

@testable import DiscImages

/// An image with a file that is too long for one extent, as a file with holes.
enum LargeImage {
  /// Writes "at the border" around the first extent's end and "last" into the last file.
  static func write(_ sample: DiscSample, to path: String) throws {
    let plan = try sample.plan()
    let (parent, name) = NamedPath.split(path)
    let file = try Directory(opening: parent).createFile(name)
    try plan.forEachPieceOfFront { (piece) throws(Failure) in try file.write(piece) }
    let start = UInt64(plan.files[1].sector) * 2048
    try file.seek(to: start + (4 << 30) - 4096)
    try file.write(Array("at the border".utf8))
    try file.seek(to: UInt64(plan.files[2].sector) * 2048)
    try file.write(Array("last".utf8))
    try file.truncate(to: plan.size)
  }
}
