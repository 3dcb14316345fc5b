#if Network
import Foundation
import Testing

@testable import SiteServer

/// `docs/reference/openapi.json` describes the router, and nothing else.
@Suite struct OpenAPITests {
  /// An operation as both sides say it.
  private struct Operation: Hashable, CustomStringConvertible {
    let method: String
    let path: String
    let right: String
    let parameters: [String]

    var description: String { "\(method) \(path), \(right), \(parameters)" }
  }

  private static let methods = ["get", "put", "post", "delete", "options", "head", "patch"]

  private func described() throws -> Set<Operation> {
    let file = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("docs/reference/openapi.json")
    let document = JSONValue.reading(try String(contentsOf: file, encoding: .utf8))
    guard case .object(let paths) = document["paths"] else { return [] }
    var found: Set<Operation> = []
    for path in paths where path.name.hasPrefix("/api/") {
      guard case .object(let operations) = path.value else { continue }
      for operation in operations where OpenAPITests.methods.contains(operation.name) {
        let parameters = (operation.value["parameters"]?.array ?? [])
          .filter { $0["in"]?.string == "path" }.compactMap { $0["name"]?.string }
        found.insert(
          Operation(
            method: operation.name.uppercased(),
            path: String(path.name.dropFirst("/api/".count)),
            right: operation.value["x-right"]?.string ?? "none",
            parameters: parameters
          )
        )
      }
    }
    return found
  }

  private func real() -> [Operation] {
    APIRoute.all.map { route in
      let parameters = route.path.split(separator: "{").dropFirst().map { piece in
        String(piece.prefix { $0 != "}" })
      }
      return Operation(
        method: route.method,
        path: route.path,
        right: route.need.rawValue,
        parameters: parameters
      )
    }
  }

  @Test func theDescriptionHasTheRoutersRoutes() throws {
    let (described, real) = (try described(), real())
    #expect(Set(real).count == real.count, "a route stands twice in the tables")
    #expect(described.subtracting(real).sorted { "\($0)" < "\($1)" } == [], "only described")
    #expect(Set(real).subtracting(described).sorted { "\($0)" < "\($1)" } == [], "not described")
  }

  @Test func eachRouteIsFoundByItsOwnPath() throws {
    for route in APIRoute.all {
      let path = route.path.replacing("{", with: "").replacing("}", with: "")
      let call = APICall(
        method: route.method,
        path: try #require(APICall.parts(path[...])),
        query: [],
        caller: Caller(name: nil, address: "", rights: .none)
      )
      #expect(APIRoute.find(call)?.route.path == route.path, "\(route.method) \(route.path)")
    }
  }
}
#endif
