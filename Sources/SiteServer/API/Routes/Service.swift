#if Network
private import Glibc
internal import Operations
internal import SafeIO

/// What the server is and how it is.
extension APIRoutes {
  func service(_ word: String, _ rest: [String]) throws(APIRefusal) -> APIReply {
    guard call.method == "GET", rest.isEmpty else { throw .noRoute }
    switch word {
    case "version": return APIReply(.fields(["Version": .string(AptlyAPI.version)]))
    case "ready": return APIReply(.fields(["Status": "Aptly is ready"]))
    case "healthy": return APIReply(.fields(["Status": "Aptly is healthy"]))
    case "storage": return try storage()
    case "s3", "gcs", "jfrog": return APIReply(.array([]))
    default: throw .noRoute
    }
  }

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
