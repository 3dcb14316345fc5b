import DebianRepository
import Glibc
import SafeIO

// What `scripts/bench formats` runs: reads plain indexes to the listing of their packages, again
// and again, and says how long each time took.
//
//   measure-formats RUNS FILE...     seconds of every run, one line a file
//   measure-formats list FILE        the listing itself, to compare with apt's

/// Hands the file out in blocks as a decompressor would.
private func feed(_ bytes: [UInt8], _ body: (Span<UInt8>) throws(Failure) -> Void) throws(Failure) {
  var start = 0
  while start < bytes.count {
    let end = min(bytes.count, start + (1 << 18))
    try body(bytes.span.extracting(start..<end))
    start = end
  }
}

/// What a listing needs of every stanza: all six values are looked at.
private struct Sum {
  var stanzas = 0
  var bytes: UInt64 = 0
  var names = 0
  var digests: UInt64 = 0

  mutating func add(_ stanza: PackageStanza) {
    stanzas += 1
    names &+= stanza.package.utf8.count &+ stanza.version.utf8.count
    if stanza.kind == .packages { names &+= stanza.architecture.utf8.count }
    for file in stanza.files {
      bytes &+= file.size
      if stanza.kind == .packages { names &+= file.path.bytes.count }
      if file.sha256 != nil { digests &+= 1 }
    }
  }
}

private func read(_ bytes: [UInt8], _ path: String) throws(Failure) -> Sum {
  var sum = Sum()
  var index = PackageIndexReader(path.contains("Sources") ? .sources : .packages, name: path)
  func add(_ stanza: PackageStanza) { sum.add(stanza) }
  try feed(bytes) { (block) throws(Failure) in try index.feed(block, add) }
  try index.finish(add)
  return sum
}

private func list(_ bytes: [UInt8], _ path: String) throws(Failure) {
  var text = ""
  func add(_ stanza: PackageStanza) {
    text += "\(stanza.package)\t\(stanza.version)\t\(stanza.architecture)\t"
    for file in stanza.files { text += "\(file.path)\t\(file.size)\t\(file.sha256?.hex ?? "")\n" }
  }
  var index = PackageIndexReader(.packages, name: path)
  try feed(bytes) { (block) throws(Failure) in try index.feed(block, add) }
  try index.finish(add)
  print(text, terminator: "")
}

private func contents(_ path: String) throws(Failure) -> [UInt8] {
  let slash = path.lastIndex(of: "/")
  let directory = try Directory(opening: slash.map { String(path[...$0]) } ?? ".")
  let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
  return try directory.contents(of: name, limit: 1 << 30)
}

let arguments = CommandLine.arguments.dropFirst()
do {
  if arguments.first == "list", let path = arguments.last {
    try list(try contents(path), path)
  } else {
    let runs = arguments.first.flatMap { Int($0) } ?? 1
    for path in arguments.dropFirst() {
      let bytes = try contents(path)
      var seconds: [Double] = []
      var sum = Sum()
      for _ in 0..<runs {
        let clock = ContinuousClock()
        let took = try clock.measure { sum = try read(bytes, path) }
        seconds.append(Double(took.components.attoseconds) / 1e18 + Double(took.components.seconds))
      }
      let times = seconds.map { "\($0)" }.joined(separator: " ")
      print("\(path)\t\(bytes.count)\t\(sum.stanzas)\t\(sum.bytes)\t\(sum.names)\t\(times)")
    }
  }
} catch {
  print(error)
  exit(1)
}
