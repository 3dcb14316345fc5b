#if Network
internal import Choosing
internal import Composing
internal import Operations
internal import SafeIO

/// Lists of packages, as queries ask for them.
extension APIRoutes {
  /// The packages of a source that the request asks for.
  func listing(_ source: PackageSource, isMirror: Bool = false) throws -> APIReply {
    let packages = try session().keyedPackages(of: source)
    return try listing(of: packages, isMirror: isMirror)
  }

  /// Those of some packages that the request asks for, sorted by their keys.
  func listing(of packages: [KeyedPackage], isMirror: Bool = false) throws -> APIReply {
    var found = packages
    if let text = call.value("q"), !text.isEmpty {
      let query = try APIRoutes.query(text)
      found = packages.filter { query.matches($0.stanza) }
      if call.flag("withDeps") {
        let architectures = NeedsClosure.architectures(of: packages)
        guard !architectures.isEmpty else {
          throw APIRefusal(
            400,
            "unable to determine list of architectures, please specify explicitly"
          )
        }
        let keys = Set(found.map(\.key))
        found += NeedsClosure(in: packages).needs(of: found, on: architectures)
          .filter { !keys.contains($0.key) }
      }
    }
    if call.flag("maximumVersion"), !isMirror { found = KeyedChoices.newest(found) }
    found.sort { $0.key < $1.key }
    guard call.value("format") == "details" else {
      return APIReply(.strings(found.map(\.key)))
    }
    return APIReply(.array(found.map { PackageDetails.json($0) }))
  }

  /// Reads a query; refused in the words that clients look for.
  static func query(_ text: String) throws(APIRefusal) -> PackageQuery {
    do throws(Failure) {
      return try PackageQuery(text)
    } catch {
      var reason = error.reason
      if reason.hasPrefix("column "), let colon = reason.firstRange(of: ": ") {
        reason = String(reason[colon.upperBound...])
      }
      throw APIRefusal(400, "parsing failed: \(reason)")
    }
  }

  /// The packages of these keys, wherever the depot has them, each once.
  ///
  /// - Throws: 404 for a key that is not there, 400 when two of them share a name, version and
  ///   architecture.
  func packages(
    keys: [String],
    _ unknown: (String) -> String
  ) throws -> [KeyedPackage] {
    guard !keys.isEmpty else { return [] }
    let session = session()
    let wanted = Set(keys)
    var found: [String: KeyedPackage] = [:]
    for source in try session.packageSources() where found.count < wanted.count {
      for package in try session.keyedPackages(of: source)
      where wanted.contains(package.key) && found[package.key] == nil {
        found[package.key] = package
      }
    }
    if let missing = keys.first(where: { found[$0] == nil }) {
      throw APIRefusal(404, unknown(missing))
    }
    let packages = found.values.sorted { $0.key < $1.key }
    try APIRoutes.refuseConflicts(packages)
    return packages
  }

  /// Of one name, version and architecture there is one package in a list.
  static func refuseConflicts(_ packages: [KeyedPackage]) throws(APIRefusal) {
    var seen: [String: String] = [:]
    for package in packages {
      if let other = seen[package.shortKey], other != package.key {
        throw APIRefusal(
          400,
          "conflict in package: package already exists and is different: \(package.reference)"
        )
      }
      seen[package.shortKey] = package.key
    }
  }
}
#endif
