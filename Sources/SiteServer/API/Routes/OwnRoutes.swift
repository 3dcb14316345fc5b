#if Network
internal import Depot
internal import Documents
internal import Operations
internal import SafeIO
internal import Transfer

/// This program's own words, which aptly has not: what crosses the gap.
///
/// They answer with the documents that the commands write with `--json`.
extension APIRoutes {
  static let ownRoutes: [APIRoute] = [
    .reply("GET", "aptferry/ledger", .readEverywhere) { routes, _ in
      document(LedgerText.json(try LedgerReport(of: routes.session().depot(), withMedia: true)))
    },
    .reply("GET", "aptferry/media", .readEverywhere) { routes, _ in
      APIReply(.strings(MediaPlaces(routes.site.media).found()))
    },
    APIRoute("POST", "aptferry/export", .operate) { routes, _ in try routes.exportBundle() },
    APIRoute("POST", "aptferry/verify", .operate) { routes, _ in
      try routes.importBundles(isDryRun: true)
    },
    APIRoute("POST", "aptferry/import", .operate) { routes, _ in
      try routes.importBundles(isDryRun: false)
    },
    .reply("GET", "aptferry/receipts", .readEverywhere) { routes, _ in
      let lines = try routes.session().carriedLines()
      return APIReply(
        .array(
          lines.map {
            .fields([
              "Stream": .string($0.stream), "Sequence": .count($0.sequence),
              "Line": .string($0.line),
            ])
          }
        )
      )
    },
    APIRoute("POST", "aptferry/receipts", .operate) { routes, _ in routes.makeReceipt() },
    APIRoute("POST", "aptferry/receipts/take", .operate) { routes, _ in
      try routes.takeReceipt()
    },
  ]

  /// A document as a command writes it, with what the work was told.
  private static func document(
    _ text: JSONText,
    told: [Note] = [],
    status: Int = 200
  ) -> APIReply {
    APIReply(JSONValue.reading(JSONDocument.result(text, told: told).text), status: status)
  }

  private func exportBundle() throws -> APIOutcome {
    guard let given = try call.strings("Snapshots"), !given.isEmpty else {
      throw APIRefusal.missing("Snapshots")
    }
    let medium = try MediaPlaces(site.media).checked(try call.required("Medium"))
    var order = ExportOrder(given.map(APIRoutes.house), to: medium)
    order.stream = try call.string("Stream")
    order.sites = try call.strings("Sites") ?? []
    order.allowsNewSites = try call.bool("NewSites") ?? false
    if try call.bool("Full") ?? false { order.base = .full }
    if try call.bool("AssumeDelivered") ?? false { order.base = .delivered }
    return .work(
      APIWork("Export \(given.joined(separator: ", "))") { [order] log in
        switch try session(log).exportBundle(order) {
        case .nothingToCarry:
          return APIRoutes.document(
            ExportText.json(.nothing, [("dryRun", .bool(false))]),
            told: log.notes
          )
        case .made(let result):
          return APIRoutes.document(ExportText.json(result), told: log.notes, status: 201)
        }
      }
    )
  }

  /// Takes a medium in; a dry run only verifies all of it.
  private func importBundles(isDryRun: Bool) throws -> APIOutcome {
    let medium = try MediaPlaces(site.media).checked(try call.required("Medium"))
    var order = ImportOrder([medium])
    order.isDryRun = isDryRun
    if let prefix = try call.string("Prefix"), !prefix.isEmpty, !isDryRun {
      let house = APIPrefix.house(prefix)
      guard call.caller.rights.allow(.release, at: house) else {
        throw APIRefusal(403, "publishing at \(prefix) needs the right “release” there")
      }
      order.prefix = house
    }
    if let reason = try call.string("OlderReason"), !reason.isEmpty {
      order.reasonForOlder = reason
    }
    return .work(
      APIWork("\(isDryRun ? "Verify" : "Import") \(medium)") { [order] log in
        // Who asks whether a medium is good wants every byte of it read.
        if isDryRun, let failure = try session(log).verify([medium], with: nil).failure {
          throw failure
        }
        let outcome = try session(log).importBundles(order)
        let bundles = outcome.bundles.map { ImportText.json($0, outcome.typed) }
        return APIRoutes.document(.object([("bundles", .array(bundles))]), told: log.notes)
      }
    )
  }

  private func makeReceipt() -> APIOutcome {
    .work(
      APIWork("Make a receipt") { log in
        let made = try session(log).createReceipt(to: .caller)
        return APIReply(
          .fields(["Receipt": .string(String(decoding: made.text, as: UTF8.self))]),
          status: 201
        )
      }
    )
  }

  private func takeReceipt() throws -> APIOutcome {
    let order: ReceiptOrder
    if let line = try call.string("Line"), !line.isEmpty {
      order = .typed(line)
    } else {
      order = .file(.content(Array(try call.required("Receipt").utf8), name: "the receipt"))
    }
    return .work(
      APIWork("Take a receipt") { log in
        let outcome = try session(log).addReceipt(order, from: ["over the API"])
        return APIReply(
          .fields([
            "Site": .string(outcome.site), "Changed": .bool(outcome.isNews),
            "Acknowledged": .strings(outcome.acknowledged),
          ])
        )
      }
    )
  }
}
#endif
