internal import Choosing
internal import Composing
internal import DebianRepository
internal import SafeIO
internal import VendorChain

/// What packages need, found as aptly does: of each relation the first package that satisfies it,
/// newest first, then what provides it; what cannot be found is passed over.
///
/// A solver finds more (`snapshot filter --with-deps`); this is for clients that expect aptly's answer.
package struct NeedsClosure {
  private let universe: [KeyedPackage]
  private var named: [String: [Int]] = [:]
  private var provided: [String: [Int]] = [:]

  package init(in universe: [KeyedPackage]) {
    self.universe = universe.filter { $0.sort != .source }
    for (number, package) in self.universe.enumerated() {
      named[package.name, default: []].append(number)
      for relation in NeedsClosure.clauses(package, "Provides").joined() {
        provided[relation.name, default: []].append(number)
      }
    }
    let packages = self.universe
    for (name, numbers) in named {
      named[name] = numbers.sorted { packages[$0].compareVersion(to: packages[$1]) == .later }
    }
  }

  /// The architectures that a list is for: neither `all` nor `source`.
  package static func architectures(of packages: [KeyedPackage]) -> [String] {
    Set(packages.map(\.architecture)).subtracting(["all", "source"]).sorted()
  }

  /// What the packages need besides themselves, and besides others that are there already, on machines
  /// of each of the architectures.
  package func needs(
    of roots: [KeyedPackage],
    beside present: [KeyedPackage] = [],
    on architectures: [String]
  ) -> [KeyedPackage] {
    var added: [String: KeyedPackage] = [:]
    for architecture in architectures {
      var selected = Selection()
      var open = roots + added.values.sorted { $0.key < $1.key }
      for package in open + present { selected.add(package) }
      while let package = open.popLast() {
        guard [architecture, "all"].contains(package.architecture) else { continue }
        for field in ["Pre-Depends", "Depends"] {
          for clause in NeedsClosure.clauses(package, field) {
            guard !clause.contains(where: { selected.satisfies($0, architecture) }),
              let found = clause.lazy.compactMap({ find($0, architecture) }).first
            else { continue }
            added[found.key] = found
            selected.add(found)
            open.append(found)
          }
        }
      }
    }
    return added.values.sorted { $0.key < $1.key }
  }

  private func find(_ relation: Relation, _ architecture: String) -> KeyedPackage? {
    for numbers in [named[relation.name], provided[relation.name]] {
      for number in numbers ?? [] where relation.isMet(by: universe[number], architecture) {
        return universe[number]
      }
    }
    return nil
  }

  /// What is chosen already, by name and by what is provided.
  private struct Selection {
    private var packages: [String: [KeyedPackage]] = [:]

    mutating func add(_ package: KeyedPackage) {
      guard package.sort != .source else { return }
      packages[package.name, default: []].append(package)
      for relation in NeedsClosure.clauses(package, "Provides").joined() {
        packages[relation.name, default: []].append(package)
      }
    }

    func satisfies(_ relation: Relation, _ architecture: String) -> Bool {
      packages[relation.name]?.contains { relation.isMet(by: $0, architecture) } ?? false
    }
  }

  /// One alternative of a relation.
  private struct Relation {
    let name: String
    let architecture: String?
    let query: PackageQuery

    /// Whether a package on machines of an architecture is what is wanted.
    func isMet(by package: KeyedPackage, _ machine: String) -> Bool {
      [architecture ?? machine, "all"].contains(package.architecture)
        && query.matches(package.stanza)
    }
  }

  private static func clauses(_ package: KeyedPackage, _ field: String) -> [[Relation]] {
    guard package.sort != .source else { return [] }
    let stanza = package.listed.stanza
    let text = Array(copying: stanza.bytes(of: FieldName(field)))
    var clauses: [[Relation]] = []
    var isInside = false
    var cursor = RelationCursor()
    while let alternative = cursor.next(in: text.span) {
      func string(_ range: Range<Int>) -> String {
        String(decoding: text[range], as: UTF8.self)
      }
      let qualifier = string(alternative.qualifier)
      let name = string(alternative.name)
      let relation = Relation(
        name: name,
        architecture: ["", "any", "native"].contains(qualifier) ? nil : qualifier,
        query: .relation(name, alternative.comparison, string(alternative.version))
      )
      if isInside, !clauses.isEmpty {
        clauses[clauses.count - 1].append(relation)
      } else {
        clauses.append([relation])
      }
      isInside = alternative.isFollowed
    }
    return clauses
  }
}
