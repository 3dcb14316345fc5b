#if Network
internal import Operations
internal import SafeIO

/// Packages by themselves, whatever lists them.
extension APIRoutes {
  func packages(_ rest: [String]) throws -> APIReply {
    guard call.method == "GET", rest.count < 2 else { throw APIRefusal.noRoute }
    let session = session()
    guard let key = rest.first else {
      let sources = try session.packageSources()
      return try listing(of: try session.keyedPackages(of: sources))
    }
    let found = try packages(keys: [key]) { _ in "key not found" }
    guard let package = found.first else { throw APIRefusal(404, "key not found") }
    return APIReply(PackageDetails.json(package))
  }
}
#endif
