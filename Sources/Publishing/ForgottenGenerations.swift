package import Depot
package import SafeIO

extension Publications {
  /// Refuses when clients see a generation that neither the catalogue nor the audit log knows.
  ///
  /// Both were put back from a backup then, and forgot what was taken in since: nobody could say
  /// whether a bundle is older than what clients have.
  ///
  /// - Throws: `freshness` with what clients see.
  package static func refuseForgotten(_ depot: Depot) throws(Failure) {
    let root: Directory
    do {
      root = try depot.publicDirectory()
    } catch  where error.name == .noDirectory {
      // Elsewhere and not mounted: nothing can be seen there now.
      return
    }
    guard let container = try root.directoryIfPresent(PublicationDirectory.container) else {
      return
    }
    for entry in try container.list() where entry.kind == .directory {
      let text = entry.name.split(separator: "%2F").joined(separator: "/")
      let prefix: PublicationPrefix
      do {
        prefix = try PublicationPrefix(text)
      } catch {
        // Nothing that this program made.
        continue
      }
      let directory = try PublicationDirectory(prefix, in: root, making: false)
      guard let shown = try directory?.currentNumber(),
        !(try depot.catalogue.generations(at: prefix.text)).contains(where: { $0.number == shown }),
        !(try AuditLog(in: depot.root).hasGeneration(shown, at: prefix.text))
      else { continue }
      throw Failure(
        .freshness,
        "forgotten",
        "clients see a generation that neither the catalogue nor the audit log knows: this depot "
          + "was put back from a backup, and what it took in since is forgotten",
        subject: "\(prefix.text), generation \(shown)",
        hint:
          "put back the newest catalogue and audit log that there are; if they are lost, decide "
          + "yourself what may come in: --accept-older --reason TEXT"
      )
    }
  }
}
