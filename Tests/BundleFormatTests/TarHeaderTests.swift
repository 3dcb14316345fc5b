import BundleFormat
import SafeIO
import TestSupport
import Testing

/// A path of exactly `count` bytes, in directories of `width` bytes.
private func path(_ count: Int, width: Int = 30) -> String {
  var text = ""
  while text.utf8.count < count {
    let rest = count - text.utf8.count
    // The last component must not be empty.
    let length = rest > width + 1 ? width : rest
    text += String(repeating: "p", count: length)
    if text.utf8.count < count { text += "/" }
  }
  return text
}

private func header(_ name: String, _ kind: TarHeader.Kind) -> [UInt8] {
  let bytes = Array(name.utf8)
  let result = TarHeader.bytes(name: bytes.span, kind: kind)
  #expect(UInt64(result.count) == TarHeader.length(name: bytes.span, kind: kind))
  return result
}

private func member(_ name: String, _ content: String) -> [UInt8] {
  let padding = Int(TarHeader.padding(after: UInt64(content.utf8.count)))
  return header(name, .file(size: UInt64(content.utf8.count))) + Array(content.utf8)
    + [UInt8](repeating: 0, count: padding)
}

private let end = [UInt8](repeating: 0, count: Int(TarHeader.endLength))

/// Names at every edge: what fits in `name`, in `prefix` and `name`, and in neither.
private let names: [String] =
  (Array(97...103) + Array(150...160) + Array(250...260) + [300, 512, 1000]).map { path($0) }
  + [
    // No slash where ustar could split.
    String(repeating: "a", count: 101), String(repeating: "a", count: 255),
    "d/" + String(repeating: "a", count: 100), "d/" + String(repeating: "a", count: 101),
    String(repeating: "b", count: 155) + "/" + String(repeating: "c", count: 100),
    String(repeating: "b", count: 156) + "/" + String(repeating: "c", count: 99),
    "s/plain.deb", "s/with space", "s/ü/ñandú.txt", "s/日本語", "s/'quotes\" and $(x) *", "s/-dash",
    "s/é" + String(repeating: "é", count: 100), "s/a:b", "s/x@y", "s/~tilde~", "s/100%",
  ]

@Suite struct TarHeaderTests {
  @Test(arguments: ["tar", "bsdtar"])
  func `GNU tar and bsdtar unpack every name with its content`(_ program: String) throws {
    try withScratchDirectory { scratch in
      let wanted = names.enumerated().map { ("\($0.offset)/\($0.element)", "content \($0.offset)") }
      let archive = wanted.flatMap { member($0.0, $0.1) } + end
      try Disk.write(archive, to: scratch.path("a.tar"))
      let target = try scratch.directory("out")
      try run([program, "-xf", scratch.path("a.tar"), "-C", target]).succeeded()
      #expect(try Disk.files(below: target).sorted() == wanted.map(\.0).sorted())
      for (name, content) in wanted {
        #expect(try Disk.text(target + "/" + name) == content)
      }
      let listing = try run([program, "-tvf", scratch.path("a.tar")])
      #expect(listing.status == 0 && listing.errors.isEmpty, "\(listing.errors)")
    }
  }

  @Test(arguments: ["tar", "bsdtar"])
  func `Links of every length of name are the same file`(_ program: String) throws {
    try withScratchDirectory { scratch in
      var archive: [UInt8] = []
      var pairs: [(String, String)] = []
      for (index, name) in names.enumerated() {
        let target = "\(index)/\(name)"
        let link = "l\(index)/\(names[names.count - 1 - index])"
        archive += member(target, "content \(index)")
        archive += header(link, .link(to: Array(target.utf8)))
        pairs.append((target, link))
      }
      try Disk.write(archive + end, to: scratch.path("a.tar"))
      let out = try scratch.directory("out")
      try run([program, "-xf", scratch.path("a.tar"), "-C", out]).succeeded()
      let directory = try Directory(opening: out)
      for (target, link) in pairs {
        let status = try #require(try directory.status(target))
        #expect(try directory.status(link)?.inode == status.inode)
        #expect(status.links == 2)
        #expect(status.mode == 0o644)
      }
    }
  }

  @Test(arguments: [8_589_934_591 as UInt64, 8_589_934_592, 1 << 40])
  func `Sizes beyond 8 GiB are read`(_ size: UInt64) throws {
    try withScratchDirectory { scratch in
      // A hole stands for the content: listing only skips it.
      let file = scratch.path("a.tar")
      let start = header("s/big", .file(size: size))
      #expect(start.count == (size < 8_589_934_592 ? 512 : 1536))
      try Disk.write(start, to: file)
      let length = UInt64(start.count) + size + TarHeader.padding(after: size)
      try run(["truncate", "-s", "\(length + TarHeader.endLength)", file]).succeeded()
      for program in ["tar", "bsdtar"] {
        let listing = try run([program, "-tvf", file]).succeeded()
        let words = listing.split(separator: " ")
        #expect(words.contains("\(size)"), "\(listing)")
        #expect(listing.contains("1970"))
      }
    }
  }

  @Test func `Every field of a plain header has its place and value`() throws {
    let bytes = header("snap/a.deb", .file(size: 1234))
    #expect(bytes.count == 512)
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    #expect(text(0..<11) == "snap/a.deb\0")
    #expect(text(100..<108) == "0000644\0")
    #expect(text(108..<116) == "0000000\0")
    #expect(text(116..<124) == "0000000\0")
    #expect(text(124..<136) == "00000002322\0")
    #expect(text(136..<148) == "00000000000\0")
    var sum = bytes[0..<148].reduce(0) { $0 + Int($1) } + 8 * 0x20
    sum += bytes[156...].reduce(0) { $0 + Int($1) }
    let digits = String(sum, radix: 8)
    #expect(text(148..<156) == String(repeating: "0", count: 6 - digits.count) + digits + "\0 ")
    #expect(text(156..<157) == "0")
    #expect(text(257..<265) == "ustar\u{0}00")
    #expect(bytes[157..<257].allSatisfy { $0 == 0 })
    #expect(bytes[265..<329].allSatisfy { $0 == 0 })
    #expect(text(329..<345) == "0000000\u{0}0000000\0")
    #expect(bytes[345...].allSatisfy { $0 == 0 })
  }

  @Test func `GNU tar writes the same plain headers`() throws {
    try withScratchDirectory { scratch in
      let name = path(90)
      try Disk.write("hello", to: scratch.path("in/" + name))
      try run(["chmod", "644", scratch.path("in/" + name)]).succeeded()
      let options = [
        "--format=ustar", "--numeric-owner", "--owner=0", "--group=0", "--mtime=@0", "-b1",
      ]
      let made = try run(["tar"] + options + ["-C", scratch.path("in"), "-cf", "-", name])
      try made.succeeded()
      let isSame = Array(made.output.prefix(1024)) == member(name, "hello")
      #expect(isSame)
    }
  }

  @Test func `The length in a pax record counts itself`() throws {
    for count in 80...120 {
      let name = String(repeating: "a", count: count) + "é"
      let bytes = header(name, .file(size: 0))
      let record = bytes[512..<1024].prefix { $0 != 0 }
      let text = String(decoding: record, as: UTF8.self)
      #expect(text.hasSuffix(" path=\(name)\n"))
      #expect(text.split(separator: " ").first == "\(record.count)")
    }
  }
}
