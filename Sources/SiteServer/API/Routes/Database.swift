#if Network
internal import Depot
internal import Operations
internal import SafeIO

/// The depot's own care, and keys.
extension APIRoutes {
  static let careRoutes: [APIRoute] = [
    APIRoute("POST", "db/cleanup", .operate) { routes, _ in routes.cleanUp() },
    .reply("GET", "graph.{ext}", .readEverywhere) { routes, names in try routes.graph(names[0]) },
    .reply("GET", "gpg/keys", .readEverywhere) { routes, _ in try routes.listKeys() },
    .reply("POST", "gpg/key", .operate) { _, _ in throw keysAreTheOwners },
    .reply("DELETE", "gpg/key", .operate) { _, _ in throw keysAreTheOwners },
  ]

  private static let keysAreTheOwners = APIRefusal.lowersTrust(
    "changing the keys that are trusted",
    "the depot's owner pins keys: aptferry trust add"
  )

  private func cleanUp() -> APIOutcome {
    .work(
      APIWork("Clean up db") { log in
        try session(log).forgetAside()
        let collected = try session(log).collectGarbage(isDryRun: false)
        log.say("removed \(collected.collection.garbage.objects) objects")
        return APIReply(.null)
      }
    )
  }

  /// The keys that vendors are known by here.
  private func listKeys() throws -> APIReply {
    let keyring = call.value("keyring") ?? ""
    let all = try session().depot().catalogue.trust(role: .upstream)
    let found = all.filter {
      keyring.isEmpty || keyring == APIRoutes.standardKeyring || $0.name == keyring
    }
    guard !found.isEmpty || keyring.isEmpty || keyring == APIRoutes.standardKeyring else {
      throw APIRefusal(400, "there is no keyring \(keyring) at this site")
    }
    return APIReply(
      .fields([
        "Keys": .array(
          found.map { key in
            .fields([
              "KeyID": .string(String(key.fingerprint.suffix(16))),
              "Fingerprint": .string(key.fingerprint), "Validity": "-",
              "UserIDs": .strings(key.userIDs.split(separator: "\n").map { String($0) }),
              "CreatedAt": .string(String(key.added.seconds)),
            ])
          }
        )
      ])
    )
  }

  /// What aptly calls the keys that count for every mirror.
  static let standardKeyring = "trustedkeys.gpg"
}
#endif
