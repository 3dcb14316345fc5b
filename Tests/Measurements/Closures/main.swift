import DebianRepository
import Glibc
import SafeIO
import Solving

// What scripts/closure-trial and `scripts/bench choosing` run: reads plain indexes, chooses packages
// with all that they need, and writes their stanzas; or verifies the whole.
//
//   measure-closures [--recommends] [--arch A,B] [--base STATUS] [--to FILE] INDEX... -- ROOT...
//   measure-closures --lists FILE [--to DIRECTORY] …    a request for each line of the file
//   measure-closures --verify [--arch A,B] INDEX...

private struct Arguments {
  var architectures = ["amd64"]
  var recommends = false
  var verifies = false
  var withForeign = false
  var base: String?
  var target: String?
  var lists: String?
  var indexes: [String] = []
  var roots: [String] = []

  init(_ words: [String]) {
    var words = words[...]
    while let word = words.popFirst() {
      switch word {
      case "--recommends": recommends = true
      case "--verify": verifies = true
      case "--foreign": withForeign = true
      case "--arch":
        architectures = (words.popFirst() ?? "").split(separator: ",").map { String($0) }
      case "--base": base = words.popFirst()
      case "--to": target = words.popFirst()
      case "--lists": lists = words.popFirst()
      case "--":
        roots = Array(words)
        words = []
      default: indexes.append(word)
      }
    }
  }
}

private func open(_ path: String) throws(Failure) -> (Directory, String) {
  let slash = path.lastIndex(of: "/")
  let directory = try Directory(opening: slash.map { String(path[...$0]) } ?? ".")
  return (directory, slash.map { String(path[path.index(after: $0)...]) } ?? path)
}

private func contents(_ path: String) throws(Failure) -> [UInt8] {
  let (directory, name) = try open(path)
  return try directory.contents(of: name, limit: 1 << 30)
}

private func read(
  _ path: String,
  _ index: Int,
  _ role: UniverseBuilder.Role,
  _ builder: inout UniverseBuilder
) throws(Failure) {
  let kind: PackageIndexReader.Kind =
    role == .installed ? .status : path.contains("Sources") ? .sources : .packages
  var reader = PackageIndexReader(kind, name: path)
  let (directory, name) = try open(path)
  let file = try directory.file(name)
  let block = Block()
  var offset: UInt64 = 0
  while true {
    block.clear()
    let count = try file.read(into: block, at: offset)
    if count == 0 { break }
    offset += UInt64(count)
    try reader.feed(unsafe block.bytes._unsafeView(as: UInt8.self)) { (stanza) throws(Failure) in
      try builder.add(stanza, index: index, role)
    }
  }
  try reader.finish { (stanza) throws(Failure) in try builder.add(stanza, index: index, role) }
}

private func universe(_ arguments: Arguments) throws(Failure) -> PackageUniverse {
  var builder = try UniverseBuilder(architectures: arguments.architectures)
  for (index, path) in arguments.indexes.enumerated() {
    try read(path, index, .offered, &builder)
  }
  if let base = arguments.base { try read(base, arguments.indexes.count, .installed, &builder) }
  return try builder.finish()
}

/// The most memory that was used so far, in MB.
private func peak() -> Int {
  var usage = rusage()
  _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss / 1024
}

private func describe(_ problem: DependencyProblem) -> String {
  let end = problem.ends.first
  let links = end?.links.map { "\($0.package.text) \($0.field.rawValue): \($0.relation)" } ?? []
  return "\(problem.root): "
    + (links + ["\(end.map { "\($0.cause)" } ?? "")"]).joined(separator: "; ")
}

/// Writes the stanzas of what was chosen, byte for byte.
private func write(
  _ closure: PackageClosure,
  _ texts: [[UInt8]],
  to path: String
) throws(Failure) {
  let (directory, name) = try open(path)
  let file = try directory.createFile(name)
  for member in closure.members {
    let extent = Int(member.place.extent.lowerBound)..<Int(member.place.extent.upperBound)
    try file.write(Array(texts[member.place.index][extent]) + [0x0a])
  }
}

private func choose(
  _ roots: [String],
  _ arguments: Arguments,
  _ universe: borrowing PackageUniverse
) throws(Failure) -> (PackageClosure, Duration) {
  var request = ClosureRequest(names: roots)
  request.recommends = arguments.recommends
  let clock = ContinuousClock()
  let start = clock.now
  let closure = try universe.closure(of: request)
  return (closure, start.duration(to: clock.now))
}

private func verify(_ universe: borrowing PackageUniverse, _ withForeign: Bool) throws(Failure) {
  let report = try universe.verify(withForeign: withForeign)
  for problem in report.uninstallable { print(describe(problem)) }
  print(
    "\(report.packages) packages, \(report.clauses) clauses, \(report.unsatisfied.count) unsatisfied, "
      + "\(report.uninstallable.count) uninstallable"
  )
}

private func trial(_ arguments: Arguments) throws(Failure) {
  let clock = ContinuousClock()
  let start = clock.now
  let universe = try universe(arguments)
  print("universe of \(universe.count) packages: \(start.duration(to: clock.now))")
  if arguments.verifies {
    try verify(universe, arguments.withForeign)
    return print("in all: \(start.duration(to: clock.now)), \(peak()) MB")
  }
  var lists = [arguments.roots]
  if let path = arguments.lists {
    lists = String(decoding: try contents(path), as: UTF8.self).split(separator: "\n").map { line in
      line.split(separator: " ").map { String($0) }
    }
  }
  var closures: [PackageClosure] = []
  for (number, roots) in lists.enumerated() {
    let (closure, took) = try choose(roots, arguments, universe)
    closures.append(closure)
    print(
      "\(number + 1): \(closure.members.count) packages, \(closure.groups.count) groups, "
        + "\(closure.problems.count) problems, \(took)"
    )
    for problem in closure.problems { print("  " + describe(problem)) }
  }
  print("in all: \(start.duration(to: clock.now)), \(peak()) MB")
  guard let target = arguments.target else { return }
  var texts: [[UInt8]] = []
  for path in arguments.indexes { texts.append(try contents(path)) }
  for (number, closure) in closures.enumerated() {
    let path = arguments.lists == nil ? target : "\(target)/\(number + 1).packages"
    try write(closure, texts, to: path)
  }
}

do {
  try trial(Arguments(Array(CommandLine.arguments.dropFirst())))
} catch {
  print("error: \(error)")
  exit(1)
}
