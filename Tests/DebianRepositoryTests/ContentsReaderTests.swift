import DebianRepository
import SafeIO
import Testing

/// Contents indexes, line by line, however they are cut into blocks.
@Suite struct ContentsReaderTests {
  private func lines(_ text: String, blocks: Int) throws -> [String] {
    var reader = ContentsReader(name: "Contents-amd64")
    var found: [String] = []
    func take(_ line: borrowing ContentsLine) {
      var packages: [String] = []
      line.forEachPackage { (qualified, name) in
        packages.append(
          String(decoding: Array(copying: qualified), as: UTF8.self) + "="
            + String(decoding: Array(copying: name), as: UTF8.self)
        )
      }
      let place = String(decoding: Array(copying: line.place), as: UTF8.self)
      found.append(place + "|" + packages.joined(separator: "|"))
    }
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: blocks) {
      let block = Array(bytes[start..<min(start + blocks, bytes.count)])
      try reader.feed(block.span) { take($0) }
    }
    try reader.finish { take($0) }
    return found
  }

  @Test(arguments: [1, 2, 3, 7, 1000])
  func `Paths may have spaces, lists have none`(blocks: Int) throws {
    let text = "a b/c  \tnet/x,contrib/net/y\nbin/z z\r\nalone\n\n leading\nend  q/r,,q/"
    #expect(
      try lines(text, blocks: blocks) == [
        "a b/c  \t|net/x=x|contrib/net/y=y", "bin/z |z=z", "|", "|", " |leading=leading",
        "end  |q/r=r",
      ]
    )
  }

  @Test func `A line without end is refused`() throws {
    var reader = ContentsReader(name: "Contents-amd64")
    let block = [UInt8](repeating: 0x61, count: 1 << 20)
    #expect(throws: Failure.self) {
      for _ in 0..<6 { try reader.feed(block.span) { _ in } }
    }
  }
}
