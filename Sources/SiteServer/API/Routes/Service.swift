#if Network
private import Glibc
internal import Operations
internal import SafeIO

/// What the server is and how it is.
extension APIRoutes {
  static let serviceRoutes: [APIRoute] = [
    .reply("GET", "version", .readAnywhere) { _, _ in
      APIReply(.fields(["Version": .string(AptlyAPI.version)]))
    },
    .reply("GET", "ready", .readAnywhere) { _, _ in
      APIReply(.fields(["Status": "Aptly is ready"]))
    },
    .reply("GET", "healthy", .readAnywhere) { _, _ in
      APIReply(.fields(["Status": "Aptly is healthy"]))
    },
    .reply("GET", "storage", .readEverywhere) { routes, _ in try routes.storage() },
    .reply("GET", "metrics", .readEverywhere) { routes, _ in
      let text = try routes.site.metrics.text(routes.site, routes.session())
      return APIReply(.text(text, type: "text/plain; version=0.0.4; charset=utf-8"), status: 200)
    },
    .reply("GET", "s3", .readEverywhere) { _, _ in APIReply(.array([])) },
    .reply("GET", "gcs", .readEverywhere) { _, _ in APIReply(.array([])) },
    .reply("GET", "jfrog", .readEverywhere) { _, _ in APIReply(.array([])) },
  ]

  private func storage() throws(APIRefusal) -> APIReply {
    var status = statvfs()
    guard unsafe statvfs(session().path, &status) == 0 else {
      throw APIRefusal(500, "the depot's file system does not answer")
    }
    let unit = Double(status.f_frsize) / 1_048_576
    let (total, free) = (Double(status.f_blocks) * unit, Double(status.f_bavail) * unit)
    let percent = total > 0 ? ((total - free) * 1000 / total).rounded() / 10 : 0
    return APIReply(
      .fields([
        "Total": .number(total.rounded()), "Free": .number(free.rounded()),
        "PercentFull": .number(percent),
      ])
    )
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral {
  init(stringLiteral value: String) { self = .string(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
}
#endif
