internal import DebianRepository
package import Depot
package import Operations
package import Publishing
internal import SafeIO
package import Transfer
package import Trust

/// The publications of a site.
package enum PublicationsPage {
  /// The page.
  package static func text(_ publications: [Publication], in frame: PageFrame) -> String {
    let rows = publications.map { publication -> [HTML] in
      [
        "<a href=\"/-/publications/\(publication.prefix)\">\(publication.prefix)</a>",
        HTML.escaped(publication.recipe.distributions.map(\.name).joined(separator: ", ")),
        "\(publication.current.number)", PagePart.moment(publication.current.made, frame.now),
        HTML.escaped(publication.current.snapshots.map(\.name).joined(separator: ", ")),
      ]
    }
    return frame.page(
      "Publications",
      in: .publications,
      rows.isEmpty
        ? "<p>Nothing is published.</p>"
        : PagePart.table(
          "What is served",
          ["Prefix", "Suites", "Generation", "Since", "Snapshots"],
          rows
        )
    )
  }
}

/// What came over the gap, what is missing, what went out.
package enum BundlesPage {
  /// The page.
  package static func text(
    _ ledger: LedgerReport,
    _ unfinished: [UnfinishedWork],
    actions: HTML = "",
    in frame: PageFrame
  ) -> String {
    let content: HTML = """
      \(actions)<h2>Missing</h2>
      \(missing(unfinished))
      <h2>Taken in</h2>
      \(accepted(ledger, frame))
      <h2>Made here</h2>
      \(made(ledger, frame))
      <h2>Sites</h2>
      \(sites(ledger, frame))
      """
    return frame.page("Bundles and media", in: .bundles, content)
  }

  private static func missing(_ unfinished: [UnfinishedWork]) -> HTML {
    let waiting = unfinished.filter { $0.bundle != nil }
    guard !waiting.isEmpty else { return "<p>Nothing is missing.</p>" }
    let items = waiting.map { work -> HTML in "<li>\(UnfinishedText.line(work))</li>\n" }
    return """
      <ul>\(HTML.joined(items))</ul>
      <p>To ask for what is missing, print the request beside the medium:
      <code>aptferry verify --ask DIR</code>, or bring the missing chunks and import again.</p>
      """
  }

  private static func accepted(_ ledger: LedgerReport, _ frame: PageFrame) -> HTML {
    guard !ledger.accepted.isEmpty else { return "<p>No bundle was taken in.</p>" }
    return PagePart.table(
      "Newest first",
      ["Bundle", "Made", "Taken in", "Exporter", "Manifest"],
      ledger.accepted.sorted { $0.accepted > $1.accepted }.prefix(200).map { bundle in
        [
          HTML.escaped("\(bundle.stream)-\(bundle.sequence)"),
          PagePart.moment(bundle.created, frame.now), PagePart.moment(bundle.accepted, frame.now),
          "<code>\(bundle.exporter)</code>", "<code>\(bundle.manifest.hex)</code>",
        ]
      }
    )
  }

  private static func made(_ ledger: LedgerReport, _ frame: PageFrame) -> HTML {
    guard !ledger.bundles.isEmpty else { return "<p>No bundle was made here.</p>" }
    return PagePart.table(
      "Newest first",
      ["Bundle", "Made", "Size", "Snapshots", "Waiting for"],
      ledger.bundles.sorted { $0.record.created > $1.record.created }.prefix(200).map { bundle in
        [
          HTML.escaped(bundle.record.name), PagePart.moment(bundle.record.created, frame.now),
          HTML.escaped(ByteSize.text(bundle.record.bytes)),
          HTML.escaped(bundle.record.snapshots.map(\.name).joined(separator: ", ")),
          HTML.escaped(bundle.waitingFor.joined(separator: ", ")),
        ]
      }
    )
  }

  private static func sites(_ ledger: LedgerReport, _ frame: PageFrame) -> HTML {
    guard !ledger.sites.isEmpty else { return "<p>No site is known.</p>" }
    return PagePart.table(
      "What each site is behind by",
      ["Site", "Behind by"],
      ledger.sites.map { site in
        [
          HTML.escaped(site.name),
          site.behind.isEmpty
            ? "<span class=\"good\">nothing</span>"
            : "<span class=\"warn\">\(site.behind.joined(separator: ", "))</span>",
        ]
      }
    )
  }
}

/// The mirrors of a site.
package enum MirrorsPage {
  /// The page; `token` is for the forms of whoever may update mirrors.
  package static func text(
    _ mirrors: [MirrorView],
    token: String? = nil,
    in frame: PageFrame
  ) -> String {
    let parts = mirrors.map { view -> HTML in
      let rows = view.states.map { state -> [HTML] in
        [
          HTML.escaped(state.suite.distribution),
          state.suite.date.map { PagePart.moment($0, frame.now) } ?? "no date",
          OverviewPage.end(state.validUntil, frame), PagePart.moment(state.updated, frame.now),
          "\(state.files)", HTML.escaped(ByteSize.text(state.bytes)),
        ]
      }
      let states: HTML =
        rows.isEmpty
        ? "<p class=\"warn\">It was never updated.</p>"
        : PagePart.table(
          "Suites of \(view.mirror.name)",
          ["Suite", "Release of", "Valid until", "Updated", "Files", "Size"],
          rows
        )
      let action = token.map { SiteForms.update(view.mirror.name, token: $0) } ?? ""
      return """
        <h2>\(view.mirror.name)</h2>
        <p><code>\(view.mirror.upstream)</code></p>
        \(states)\(action)
        """
    }
    return frame.page(
      "Mirrors",
      in: .mirrors,
      parts.isEmpty ? "<p>There are no mirrors.</p>" : HTML.joined(parts)
    )
  }
}

/// The snapshots of a site.
package enum SnapshotsPage {
  /// The page; `after` begins behind a name, `more` says whether others follow.
  package static func text(
    _ records: [SnapshotRecord],
    more: Bool,
    in frame: PageFrame
  ) -> String {
    let rows = records.map { record -> [HTML] in
      [
        HTML.escaped(record.name), PagePart.moment(record.created, frame.now),
        HTML.escaped(SnapshotText.suites(record)), "\(record.files)",
        HTML.escaped(ByteSize.text(record.bytes)), HTML.escaped(record.origin),
        "<code>\(record.digest.short)</code>",
      ]
    }
    let next: HTML =
      more && !records.isEmpty
      ? "<p><a href=\"/-/snapshots?after=\(PagePart.encoded(records[records.count - 1].name))\">Next page</a></p>"
      : ""
    return frame.page(
      "Snapshots",
      in: .snapshots,
      rows.isEmpty
        ? "<p>There are no snapshots.</p>"
        : PagePart.table(
          "By name",
          ["Name", "Made", "Suites", "Files", "Size", "Origin", "Digest"],
          rows
        ) + next
    )
  }
}

/// Whom the site trusts.
package enum TrustPage {
  /// The page.
  package static func text(
    _ records: [TrustRecord],
    _ vendors: Vendors,
    in frame: PageFrame
  ) -> String {
    let rows = records.map { record -> [HTML] in
      [
        HTML.escaped(record.role.rawValue), HTML.escaped(TrustText.name(record)),
        "<code>\(record.fingerprint)</code>", HTML.escaped(record.userIDs),
        HTML.escaped(vendors.scope(of: record)), PagePart.moment(record.added, frame.now),
      ]
    }
    return frame.page(
      "Trust",
      in: .trust,
      rows.isEmpty
        ? "<p>No keys are pinned.</p>"
        : PagePart.table(
          "Pinned keys, and what each was pinned for",
          ["Role", "Name", "Fingerprint", "User ID", "For", "Added"],
          rows
        )
    )
  }
}

/// The newest records of the audit log.
package enum AuditPage {
  /// The page.
  package static func text(_ records: [AuditRecord], in frame: PageFrame) -> String {
    let rows = records.reversed().map { record -> [HTML] in
      guard let chain = record.chain, let content = record.content else {
        return ["\(record.lineNumber)", "", "<span class=\"bad\">not a record</span>", "", "", ""]
      }
      return [
        "\(chain.sequence)", PagePart.moment(chain.time, frame.now),
        HTML.escaped(chain.kind.rawValue), HTML.escaped(content.who),
        HTML.escaped(content.command),
        HTML.escaped(Escaped.line(AuditText.what(chain, content), limit: 300)),
      ]
    }
    let content: HTML = """
      <p>What is shown is not checked: <code>aptferry audit verify</code> does that.</p>
      \(PagePart.table("Newest first", ["Record", "When", "Kind", "Who", "Command", "What"], rows))
      """
    return frame.page("Audit", in: .audit, content)
  }
}
