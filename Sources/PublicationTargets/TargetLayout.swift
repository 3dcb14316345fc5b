#if Network
internal import Depot
internal import ObjectStoreClient
internal import Publishing
internal import SafeIO

/// Where the files of one publication lie at a target, and what each is for its clients.
struct TargetLayout: Sendable {
  private let address: BucketAddress
  private let prefix: String

  init(_ address: BucketAddress, _ prefix: PublicationPrefix) {
    self.address = address
    self.prefix = prefix.text == PublicationPrefix.root ? "" : prefix.text + "/"
  }

  /// The key of a file of the publication.
  func key(_ path: String) -> String { address.key(prefix + path) }

  /// Where the target's own records lie; nothing published begins so.
  static let own = ".aptferry"

  /// What clients get now.
  var current: String { key(TargetLayout.own + "/current.json") }

  /// Who claimed a number, and for what.
  func plan(_ number: UInt64) -> String { generation(number) + "plan.json" }

  /// The listing of a generation.
  func files(_ number: UInt64) -> String { generation(number) + "files.zst" }

  /// What all keys of a generation's records begin with.
  private func generation(_ number: UInt64) -> String {
    key(TargetLayout.own + "/generations/\(number)/")
  }

  /// What a file is for clients, and with it when it is written.
  enum Kind: Int, Sendable, CaseIterable {
    /// Its path never has other content: packages, and indexes by their hash.
    case lasting
    /// Its content changes, and a Release file says what it has to be.
    case changing
    /// Release and Release.gpg.
    case release
    /// InRelease: with it the clients of its suite switch.
    case switching

    /// What caches between the store and clients are told.
    var cacheControl: String {
      self == .lasting ? "public, max-age=31536000, immutable" : "no-cache"
    }
  }

  /// What a path below the prefix is for clients.
  static func kind(_ path: ArraySlice<UInt8>) -> Kind {
    let name = path.lastIndex(of: 0x2f).map { path[($0 + 1)...] } ?? path
    if name.elementsEqual("InRelease".utf8) { return .switching }
    if name.elementsEqual("Release".utf8) || name.elementsEqual("Release.gpg".utf8) {
      return .release
    }
    if ByHash.isName(path) || packages.contains(where: { name.ends(with: $0) }) { return .lasting }
    return isInPool(path) && !isIndex(name) ? .lasting : .changing
  }

  private static let packages = [".deb", ".udeb", ".ddeb", ".dsc"].map { Array($0.utf8) }
  private static let indexes = ["Packages", "Sources", "Contents-", "Index", "Translation-"].map {
    Array($0.utf8)
  }

  private static func isIndex(_ name: ArraySlice<UInt8>) -> Bool {
    indexes.contains { name.starts(with: $0) }
  }

  private static func isBelow(_ path: ArraySlice<UInt8>, _ directory: String) -> Bool {
    [directory + "/", "vendor/" + directory + "/"].contains { path.starts(with: $0.utf8) }
  }

  /// Whether neither indexes nor keys lie there, as far as the directory says.
  private static func isInPool(_ path: ArraySlice<UInt8>) -> Bool {
    !isBelow(path, "dists") && !path.starts(with: "keys/".utf8)
  }

  private enum ByHash {
    /// Whether a path is `…/by-hash/ALGORITHM/DIGITS`.
    static func isName(_ path: ArraySlice<UInt8>) -> Bool {
      let parts = path.split(separator: 0x2f)
      return parts.count >= 3 && parts[parts.count - 3].elementsEqual("by-hash".utf8)
    }
  }
}

extension ArraySlice<UInt8> {
  fileprivate func ends(with end: [UInt8]) -> Bool {
    count >= end.count && suffix(end.count).elementsEqual(end)
  }
}
#endif
