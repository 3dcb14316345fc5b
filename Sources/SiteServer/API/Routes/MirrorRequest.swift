#if Network
internal import DebianRepository
internal import Depot
internal import Mirroring
internal import Operations
internal import SafeIO

/// What requests about mirrors say, and what of it the vendor's Release file has.
extension APIRoutes {
  /// What a request says of a mirror; nil for what it does not say.
  struct Given: Sendable {
    var url: String?
    var distribution: String?
    var components: [String]?
    var architectures: [String]?
    var filter: String?
    var flags: [String: Bool] = [:]
    var keyrings: [String] = []
  }

  private static let flags = [
    "FilterWithDeps", "SkipComponentCheck", "SkipArchitectureCheck", "DownloadSources",
    "DownloadUdebs", "DownloadInstaller", "DownloadAppStream",
  ]

  func given(prefix: String) throws -> Given {
    var given = Given()
    given.url = try call.string("ArchiveURL")
    if let url = given.url, url.hasPrefix("ppa:") {
      throw APIRefusal(
        400,
        "\(prefix): a ppa: address needs a network that this site may not have; "
          + "give its https: address"
      )
    }
    given.distribution = try call.string("Distribution")
    given.components = try call.strings("Components")
    given.architectures = try call.strings("Architectures")
    given.filter = try call.string("Filter")
    if let filter = given.filter, !filter.isEmpty {
      do { _ = try APIRoutes.query(filter) } catch {
        throw APIRefusal(400, "\(prefix): \(error.text)")
      }
    }
    for name in APIRoutes.flags { given.flags[name] = try call.bool(name) }
    given.keyrings = try call.strings("Keyrings") ?? []
    if try call.bool("IgnoreSignatures") ?? false {
      try refuseLowering(
        .unsignedMirrors,
        "IgnoreSignatures",
        "the depot's owner pins the vendor's key: aptferry trust add FILE --role upstream"
      )
    }
    return given
  }

  /// The pinned keys that keyrings name; none for those that count for every mirror.
  func keys(_ keyrings: [String], for mirror: String) throws -> [TrustRecord] {
    let pinned = try session().depot().catalogue.trust(role: .upstream)
    var found: [TrustRecord] = []
    for ring in keyrings where ring != APIRoutes.standardKeyring {
      let word = ring.split(separator: "/").last.map { String($0) } ?? ring
      let stem = word.split(separator: ".").first.map { String($0) } ?? word
      let named = pinned.filter { [ring, word, stem].contains($0.name) }
      guard !named.isEmpty else {
        throw APIRefusal(
          400,
          "unable to fetch mirror: there is no keyring \(ring) at this site; the depot's owner pins "
            + "keys: aptferry trust add FILE --role upstream --name \(stem)"
        )
      }
      found += named.map { key in
        TrustRecord(
          fingerprint: key.fingerprint,
          role: .upstream,
          name: "mirror:\(mirror)",
          userIDs: key.userIDs,
          material: key.material,
          added: key.added
        )
      }
    }
    return found
  }

  static func kinds(_ flags: [String: JSONValue]) -> [String] {
    var kinds: Set<IndexFamily> = [.packages, .descriptions]
    if flags["DownloadSources"]?.isTrue ?? false { kinds.insert(.sources) }
    if flags["DownloadUdebs"]?.isTrue ?? false { kinds.insert(.udebs) }
    if flags["DownloadInstaller"]?.isTrue ?? false { kinds.insert(.installer) }
    if flags["DownloadAppStream"]?.isTrue ?? false { kinds.insert(.dep11) }
    return MirrorKinds.names(kinds, languages: [])
  }

  /// What of a fact the mirror itself filters.
  static func filter(_ fact: APIFact) -> MirrorFilter? {
    guard let query = fact["filter"], !query.isEmpty else { return nil }
    return MirrorFilter(
      query: query,
      withDependencies: fact.values["FilterWithDeps"]?.isTrue ?? false
    )
  }

  static func suite(_ distribution: String) -> String {
    distribution.isEmpty ? "./" : distribution
  }

  /// Takes in what Release says; refuses what it does not have.
  static func take(
    _ looks: [ReleaseLook],
    _ record: MirrorRecord,
    into fact: inout APIFact
  ) throws(APIRefusal) {
    guard let look = looks.first else { return }
    let isFlat = record.suites.first.map { Distribution.isFlat($0) } ?? false
    let components = look.components.map { $0.split(separator: "/").last.map { String($0) } ?? $0 }
    if !isFlat, !(fact.values["SkipComponentCheck"]?.isTrue ?? false) {
      for one in record.components where !look.components.contains(one) && !components.contains(one)
      {
        throw APIRefusal(
          400,
          "unable to fetch mirror: component \(one) not available in repository "
            + "\(look.components), use -force-components to override"
        )
      }
    }
    if !isFlat, !(fact.values["SkipArchitectureCheck"]?.isTrue ?? false) {
      for one in record.architectures where !look.architectures.contains(one) {
        throw APIRefusal(
          400,
          "unable to fetch mirror: architecture \(one) not available in repository "
            + "\(look.architectures), use -force-architectures to override"
        )
      }
    }
    fact.values["components"] = .strings(
      record.components.isEmpty ? look.components : record.components
    )
    fact.values["architectures"] = .strings(
      record.architectures.isEmpty
        ? look.architectures.filter { !["source", "all"].contains($0) } : record.architectures
    )
    fact.values["meta"] = meta(look.text)
  }

  /// The fields of a Release file without its lists of hashes.
  private static func meta(_ bytes: [UInt8]) -> JSONValue {
    var fields: [JSONValue.Field] = []
    var isArmor = false
    for line in String(decoding: bytes, as: UTF8.self).split(
      separator: "\n",
      omittingEmptySubsequences: false
    ) {
      if line.hasPrefix("-----BEGIN PGP SIGNED MESSAGE") {
        isArmor = true
      } else if isArmor {
        if line.isEmpty { isArmor = false }
      } else if line.hasPrefix("-----BEGIN PGP SIGNATURE") {
        break
      } else if line.first != " ", let colon = line.firstIndex(of: ":") {
        let name = String(line[..<colon])
        guard !["MD5Sum", "SHA1", "SHA256", "SHA512"].contains(name) else { continue }
        let value = line[line.index(after: colon)...].drop { $0 == " " }
        let shown = name.split(separator: "-", omittingEmptySubsequences: false)
          .map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }.joined(separator: "-")
        let isOdd = ["NotAutomatic", "ButAutomaticUpgrades"].contains(name)
        fields.append(.init(name: isOdd ? name : shown, value: .string(String(value))))
      }
    }
    return .object(fields)
  }
}
#endif
