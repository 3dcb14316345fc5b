package import SafeIO

/// The keyrings of this machine's `apt`, in which it looks for keys that a sources file names by
/// fingerprint only.
package enum TrustedKeyrings {
  /// Their paths, sorted; `aptConfig` is what the environment's `APT_CONFIG` says.
  package static func paths(aptConfig: String?) throws(Failure) -> [String] {
    let environment = aptConfig.map { ["APT_CONFIG": $0] } ?? [:]
    return try AptSettings(environment: environment).trustedKeyrings()
  }
}
