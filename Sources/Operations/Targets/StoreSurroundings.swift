internal import BundleMedium
internal import Depot
internal import SafeIO
internal import Transfer

/// What a use case that asks a store finds around itself.
package struct StoreSurroundings: Sendable {
  /// The variables that may say who asks.
  package var environment: [String: String] = [:]
  package var userAgent = "aptferry"

  package init() {}

  /// The variables that are asked for.
  package static let variables = [
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "CREDENTIALS_DIRECTORY",
  ]
}

/// Addresses of directories in object stores, among what a person names.
package enum StoreAddress {
  private static let scheme = "s3://"

  /// Whether it is one: `s3://bucket/path`.
  package static func isOne(_ text: String) -> Bool { text.hasPrefix(scheme) }

  /// Without slashes at the end: the one way in which it is written.
  static func normal(_ text: String) -> String {
    var text = Substring(text)
    while text.hasSuffix("/"), text.utf8.count > scheme.utf8.count { text = text.dropLast() }
    return String(text)
  }
}

extension Session {
  /// The media among those named that lie in object stores.
  func farMedia(
    _ names: [String],
    _ around: StoreSurroundings
  ) throws(Failure) -> FarMedia {
    #if Network
    var far = FarMedia.none
    for name in names where StoreAddress.isOne(name) {
      far[name] = StoredMedium(try StorePlace(name, try depot(), around))
    }
    return far
    #else
    if let name = names.first(where: StoreAddress.isOne) { throw Session.noNetwork(name) }
    return .none
    #endif
  }

  #if !Network
  static func noNetwork(_ name: String) -> Failure {
    Failure(
      .configuration,
      "no-network",
      "this program has no network, so it reaches no object store",
      subject: name,
      hint: "use aptferry, not aptferry-isolated, on the connected side"
    )
  }
  #endif
}

extension Depot {
  /// Where bundles are put, by its address.
  func farDestination(
    _ address: String,
    _ around: StoreSurroundings
  ) throws(Failure) -> any FarDestination {
    #if Network
    return StoredBundles(try StorePlace(address, self, around))
    #else
    throw Session.noNetwork(address)
    #endif
  }

  /// What publications have that lie at some of the addresses in object stores, by address.
  func storedPublications(
    _ names: [String],
    _ around: StoreSurroundings
  ) throws(Failure) -> [String: any DepotCheck.Source] {
    var found: [String: any DepotCheck.Source] = [:]
    #if Network
    for name in names where StoreAddress.isOne(name) {
      found[name] = try StoredPublications(try StorePlace(name, self, around), self)
    }
    #endif
    return found
  }
}
