import DebianRepository
import Foundation
import SafeIO
import Testing

/// The indexes that this host's own apt downloaded, whatever they are.
private let hostIndexes: [String] = {
  let directory = "/var/lib/apt/lists"
  let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
  return names.filter { $0.contains("_Packages") }.sorted().map { directory + "/" + $0 }
}()

@Suite struct HostIndexTests {
  @Test(
    .enabled(if: !hostIndexes.isEmpty, "this host's apt has no lists: run apt-get update"),
    arguments: hostIndexes
  )
  func `This host's own indexes are read whole`(path: String) throws {
    // apt's own reader of compressed lists.
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/lib/apt/apt-helper")
    process.arguments = ["cat-file", path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    var index = PackagesIndex(name: path)
    var size: UInt64 = 0
    func take(_ entry: PackagesIndex.Entry) { size &+= entry.file.size }
    // Counted in another way, to compare with.
    var stanzas = 0
    var previous = Array("\n".utf8)
    let needle = Array("\nPackage: ".utf8)
    while case let data = pipe.fileHandleForReading.readData(ofLength: 1 << 20), !data.isEmpty {
      let bytes = [UInt8](data)
      try index.feed(bytes.span, take)
      let text = previous + bytes
      stanzas += count(of: needle, in: text)
      previous = Array(text.suffix(needle.count - 1))
    }
    process.waitUntilExit()
    try index.finish(take)
    #expect(process.terminationStatus == 0)
    #expect(index.count == stanzas)
    #expect(index.count > 0)
    #expect(size > 0)
  }

  private func count(of needle: [UInt8], in text: [UInt8]) -> Int {
    let haystack = Data(text)
    let wanted = Data(needle)
    var count = 0
    var start = haystack.startIndex
    while let found = haystack.range(of: wanted, in: start..<haystack.endIndex) {
      count += 1
      start = found.upperBound
    }
    return count
  }
}
