import DiscImages
import SafeIO
import TestSupport

/// Files for an image, with contents that tell them apart.
struct DiscSample {
  var files: [(path: String, size: UInt64)]
  var label = "MAINLAND-12-3"
  let date = UTCTime(seconds: 1_768_478_400)

  /// Two bundles as an export writes them, one with resent files, an empty file, a long name, and
  /// more names in a directory than a sector has room for.
  static var bundles: DiscSample {
    let first = "mainland-000012"
    let second = String(repeating: "a-long.name-of-a-stream", count: 4) + "-000001"
    var files: [(path: String, size: UInt64)] = [
      (first + "/MANIFEST", 5000), (first + "/MANIFEST.asc", 833), (first + "/ENTRIES.zst", 2048),
      (first + "/SHA256SUMS", 2047), (first + "/README.txt", 3300), (second + "/MANIFEST", 1),
      (second + "/empty", 0),
    ]
    for number in 1...60 {
      let name = String(repeating: "0", count: 6 - "\(number)".count) + "\(number)"
      let ending = number % 7 == 0 ? ".tar.zst" : ".tar"
      files.append((first + "/chunks/" + name + ending, UInt64(number * 1500)))
    }
    for number in 1...5 {
      let digest = SHA256Digest.of(Array("\(number)".utf8)).hex
      files.append((first + "/files/" + digest, UInt64(number * 70)))
    }
    files.append((second + "/chunks/000001.tar", 700_000))
    // Cut to their plain names, these two are one.
    files.append((second + "/chunks/the-same-beginning-of-a-long-name-1.tar", 10))
    files.append((second + "/chunks/the-same-beginning-of-a-long-name-2.tar", 20))
    return DiscSample(files: files)
  }

  func content(_ index: Int) -> [UInt8] {
    let line = Array("\(files[index].path)\n".utf8)
    return (0..<Int(files[index].size)).map { line[$0 % line.count] &+ UInt8($0 / 4096 % 7) }
  }

  func plan() throws -> DiscImagePlan {
    try DiscImagePlan(files: files, label: label, date: date)
  }

  /// Writes the image; answers its digest.
  @discardableResult
  func write(_ name: String, in path: String) throws -> SHA256Digest {
    try DiscImageFile.write(name, in: Directory(opening: path), plan()) {
      (writer) throws(Failure) in
      for index in files.indices {
        let bytes = content(index)
        // Not in one piece.
        for start in stride(from: 0, to: bytes.count, by: 3001) {
          let piece = Array(bytes[start..<min(start + 3001, bytes.count)])
          try unsafe writer.write(piece.span.bytes)
        }
        try writer.endFile()
      }
    }
  }

  /// The files as `sha256sum` lists them.
  var sums: Set<String> {
    Set(files.indices.map { SHA256Digest.of(content($0)).hex + "  ./" + files[$0].path })
  }
}
