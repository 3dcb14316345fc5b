package import Operations
internal import SafeIO

/// How it is shown who uses which generation.
package enum ServedClientsText {
  package static func json(_ prefix: String, _ clients: ServedClients) -> JSONText {
    .object([
      ("prefix", .string(prefix)),
      (
        "clients",
        .array(
          clients.uses.map { use in
            .object([
              ("address", .string(use.address)),
              ("user", use.user == "-" ? .null : .string(use.user)),
              ("generation", .count(use.generation)), ("lastSeen", .string(use.lastSeen.rfc3339)),
              ("requests", .count(use.requests)), ("latest", .count(use.latest)),
            ])
          }
        )
      ),
      ("strangeLines", .count(clients.strangeLines)),
      ("isIncomplete", .bool(clients.isIncomplete)),
    ])
  }

  package static func lines(_ clients: ServedClients) -> [String] {
    var lines = ["nobody, as far as the log says"]
    if !clients.uses.isEmpty {
      var table = TextTable(["GENERATION", "ADDRESS", "USER", "LAST SEEN", "REQUESTS", "NOW AT"])
      for use in clients.uses {
        table.add([
          String(use.generation), use.address, use.user, use.lastSeen.rfc3339,
          String(use.requests), String(use.latest),
        ])
      }
      lines = table.lines
    }
    if clients.strangeLines > 0 {
      lines.append("passed over: \(clients.strangeLines) lines that the server does not write")
    }
    if clients.isIncomplete {
      lines.append("there were more clients than are kept: these are some")
    }
    return lines.map { Escaped.line($0) }
  }
}
