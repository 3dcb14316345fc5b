internal import Archives
internal import DebianRepository
internal import Depot
package import SafeIO
internal import VendorChain

/// Something of a depot that packages are taken from.
package enum PackageOrigin: Hashable, Sendable {
  /// A repository of this site, as it is now.
  case repo(String)
  case snapshot(String)
  /// The last complete state of a mirror.
  case mirror(String)

  /// What it is called in messages.
  package var label: String {
    switch self {
    case .repo(let name): "repository \(name)"
    case .snapshot(let name): "snapshot \(name)"
    case .mirror(let name): "mirror \(name)"
    }
  }
}

/// One package: what no other one in a repository, a snapshot or a publication may have in common.
package struct PackageIdentifier: Hashable, Sendable {
  package let name: String
  package let version: String
  /// `source` for a source package.
  package let architecture: String
  /// The SHA-256 of its file, of a source package's `.dsc`; nil for whatever it is.
  package let sha256: SHA256Digest?

  package init(name: String, version: String, architecture: String, sha256: SHA256Digest? = nil) {
    (self.name, self.version, self.architecture) = (name, version, architecture)
    self.sha256 = sha256
  }

  /// What it is called in messages.
  package var label: String { "\(name) \(version) \(architecture)" }

  func matches(_ stanza: PackageStanza) -> Bool {
    guard stanza.package == name, stanza.version == version, stanza.architecture == architecture
    else { return false }
    guard let sha256 else { return true }
    return stanza.contents.contains(sha256)
  }
}

/// The lists of origins, while they are read.
struct OriginContent {
  private(set) var lists: [FileList] = []
  private(set) var indexes: [SourceIndex] = []
  private(set) var isPartial: [Bool] = []
  private let depot: Depot

  init(_ depot: Depot) { self.depot = depot }

  mutating func add(_ origin: PackageOrigin) throws(Failure) {
    switch origin {
    case .repo(let name): try add(repo: try depot.catalogue.repo(name))
    case .snapshot(let name):
      let record = try depot.catalogue.snapshot(name)
      add(record.suites, try depot.catalogue.fileList(of: record), !record.leftOut.isEmpty)
    case .mirror(let name):
      let mirror = try depot.catalogue.mirror(name)
      let states = try depot.catalogue.states(ofMirror: name)
      guard !states.isEmpty else {
        throw Failure(
          .state,
          "not-mirrored",
          "this mirror has never been updated completely",
          subject: name,
          hint: "run: aptferry mirror update \(name)"
        )
      }
      for state in states where mirror.suites.contains(state.suite.distribution) {
        let list = try depot.catalogue.fileList(
          state.listing,
          name: "the listing of mirror \(name), \(state.suite.distribution)"
        )
        add([state.suite], list, !state.leftOut.isEmpty)
      }
    }
  }

  private mutating func add(_ suites: [SuiteRecord], _ list: FileList, _ isPartial: Bool) {
    for suite in suites {
      indexes += SourceIndex.all(of: suite, in: list, source: lists.count)
    }
    lists.append(list)
    self.isPartial.append(isPartial)
  }

  /// The packages of a repository, as indexes have them.
  private mutating func add(repo: RepoRecord) throws(Failure) {
    let content = try RepoContent(of: repo, in: depot)
    var texts: [IndexPath: (sort: StanzaSort, text: [UInt8])] = [:]
    for package in content.sorted {
      guard let sort = RepoContent.sort(of: package.key) else { continue }
      let path =
        switch sort {
        case .source: IndexPath(.sources, component: repo.component)
        case .binary:
          IndexPath(.packages, component: repo.component, architecture: package.architecture)
        case .installer:
          IndexPath(.udebs, component: repo.component, architecture: package.architecture)
        }
      texts[path, default: (sort, [])].text += package.text + [0x0a]
    }
    let name = "the packages of repository \(repo.name)"
    for (path, (sort, text)) in texts.sorted(by: { $0.key.text < $1.key.text }) {
      indexes.append(
        SourceIndex(
          source: lists.count,
          suite: SuiteRecord(composed: repo.suite, of: [], vouchedBy: [], hasOwn: true),
          sort: sort,
          forms: IndexForms(
            path: path,
            reading: (name, repo.listing, .none),
            carrying: (name, 0, repo.listing)
          ),
          text: text
        )
      )
    }
    lists.append(try content.list())
    isPartial.append(false)
  }
}
