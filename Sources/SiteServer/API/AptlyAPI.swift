#if Network
internal import Hummingbird
internal import SafeIO

/// The REST API that automation for aptly speaks, below `/api/`.
struct AptlyAPI: Sendable {
  /// The version that it reports: scripts parse its first three numbers and expect its routes.
  static let version = "1.6.3"

  private let site: Site

  init(_ site: Site) { self.site = site }

  /// Adds all routes.
  func addRoutes(to router: Router<SiteContext>) {
    router.get("/api/version") { _, _ in
      Response(
        status: .ok,
        headers: [.contentType: "application/json; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: "{\"Version\":\"\(AptlyAPI.version)\"}"))
      )
    }
  }
}
#endif
