package import Depot
package import SafeIO

/// What an operator says that a key is pinned for, beside its role and name.
package struct KeyScope: Sendable {
  /// What a vendor's suites may be called: patterns of Suite or Codename, or of a flat
  /// repository's path.
  package var suites: [String] = []
  /// What Origin may be in a vendor's suites; patterns.
  package var origins: [String] = []
  /// What Label may be in a vendor's suites; patterns.
  package var labels: [String] = []
  /// Streams that an exporter may fill; patterns.
  package var streams: [String] = []
  /// Unsigned suites that an exporter may vouch for; patterns of `snapshot/suite`.
  package var mayVouch: [String] = []

  package init() {}

  /// Whether nothing is said.
  package var isEmpty: Bool { !saysSomethingOfVendor && !saysSomethingOfExporter }

  private var saysSomethingOfVendor: Bool { !(suites + origins + labels).isEmpty }
  private var saysSomethingOfExporter: Bool { !(streams + mayVouch).isEmpty }

  /// Refuses patterns that are none, and what does not go with the role.
  ///
  /// - Throws: `usage`.
  package func check(for role: TrustRecord.Role) throws(Failure) {
    for text in suites + origins + labels + streams + mayVouch { _ = try Pattern(text) }
    if let odd = mayVouch.first(where: { $0 != "*" && !$0.contains("/") }) {
      throw Failure(
        .usage,
        "pattern",
        "--may-vouch takes SNAPSHOT/SUITE, both of which may be patterns",
        subject: Escaped.line(odd, limit: 100),
        hint: "for all suites of these snapshots: --may-vouch \(Escaped.shellWord(odd + "/*"))"
      )
    }
    guard role == .upstream || !saysSomethingOfVendor else {
      throw Failure(.usage, "arguments", "--suite, --origin and --label go with --role upstream")
    }
    guard role == .exporter || !saysSomethingOfExporter else {
      throw Failure(.usage, "arguments", "--stream and --may-vouch go with --role exporter")
    }
  }

  /// The name of a vendor: 1 to 40 letters, digits and `._+-`, a letter or digit first.
  package static func isVendorName(_ name: String) -> Bool {
    guard (1...40).contains(name.utf8.count), let first = name.unicodeScalars.first,
      first.properties.isAlphabetic || ("0"..."9").contains(first)
    else { return false }
    return name.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
          || "._+-".unicodeScalars.contains(scalar))
    }
  }

  /// What is said of a vendor, with what was said before where both count.
  ///
  /// What a vendor may call anything stays so: to add a name must not take others away.
  package func vendor(_ name: String, addingTo old: VendorRecord?) -> VendorRecord {
    guard let old, !old.isUnbound else {
      return VendorRecord(name: name, suites: suites, origins: origins, labels: labels)
    }
    return VendorRecord(
      name: name,
      suites: KeyScope.adding(suites, to: old.suites),
      origins: KeyScope.adding(origins, to: old.origins),
      labels: KeyScope.adding(labels, to: old.labels)
    )
  }

  /// Patterns with further ones; none are any, and stay that.
  static func adding(_ new: [String], to old: [String]) -> [String] {
    old.isEmpty ? [] : old + new.filter { !old.contains($0) }
  }
}
