#if Network
internal import Operations
internal import SafeIO

/// Packages by themselves, whatever lists them.
extension APIRoutes {
  static let packageRoutes: [APIRoute] = [
    .reply("GET", "packages", .readEverywhere) { routes, _ in
      let session = routes.session()
      let sources = try session.packageSources()
      return try routes.listing(of: try session.keyedPackages(of: sources))
    },
    .reply("GET", "packages/{key}", .readEverywhere) { routes, names in
      let found = try routes.packages(keys: [names[0]]) { _ in "key not found" }
      guard let package = found.first else { throw APIRefusal(404, "key not found") }
      return APIReply(PackageDetails.json(package))
    },
  ]
}
#endif
