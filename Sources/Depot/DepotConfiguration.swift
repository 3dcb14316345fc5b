package import SafeIO

/// What an operator settles once for a depot: `depot.conf`.
///
/// The file is deb822 with exactly the fields `Format`, `Site`, `Public` (optional), `Allow` (optional)
/// and `Upstream`, the last one last, so that a file cut short is noticed.
package struct DepotConfiguration: Hashable, Sendable {
  /// Whether a vendor's key must be pinned at this site.
  package enum UpstreamPolicy: String, Sendable {
    /// The vendor's chain is checked again here, with keys pinned here.
    case pinned
    /// What the exporter found and signed is taken as it stands.
    case recorded
  }

  /// What callers of the API may ask for although it lowers the trust of the site.
  package enum Allowance: String, Sendable, CaseIterable {
    /// `.changes` that nobody signed, or that were signed by keys that nobody pinned.
    case unsignedUploads = "unsigned-uploads"
    /// Mirrors of repositories whose signature is not checked.
    case unsignedMirrors = "unsigned-mirrors"
  }

  /// The name of the site, also the default name of its stream.
  package let site: String
  /// Where publications go instead of `public` in the depot: an absolute path.
  package let publicDirectory: String?
  /// Whether a vendor's key must be pinned at this site.
  package let upstream: UpstreamPolicy
  /// What the API does although it lowers the trust of the site; nothing, unless the owner writes it.
  package private(set) var allowed: Set<Allowance> = []

  /// Refuses a name that cannot name a stream and a path that depends on where one stands.
  package init(
    site: String,
    publicDirectory: String? = nil,
    upstream: UpstreamPolicy = .pinned
  ) throws(Failure) {
    guard DepotConfiguration.isSiteName(site) else {
      throw Failure(
        .usage,
        "site-name",
        "a site's name is 1 to 40 lower-case letters, digits and hyphens, with a letter or digit "
          + "first",
        subject: site
      )
    }
    if let publicDirectory {
      guard publicDirectory.hasPrefix("/"), publicDirectory.utf8.count <= 4096,
        !publicDirectory.unicodeScalars.contains(where: Escaped.isDangerous),
        !publicDirectory.hasSuffix(" ")
      else {
        throw Failure(
          .usage,
          "public-directory",
          "the public directory must be an absolute path of printable characters",
          subject: publicDirectory
        )
      }
    }
    self.site = site
    self.publicDirectory = publicDirectory
    self.upstream = upstream
  }

  /// Whether the text can name a site: `[a-z0-9][a-z0-9-]{0,39}`.
  static func isSiteName(_ text: String) -> Bool {
    guard (1...40).contains(text.utf8.count), text.utf8.first != 0x2d else { return false }
    return text.utf8.allSatisfy { byte in
      (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2d
    }
  }

  static let fileName = "depot.conf"
  private static let format = "aptferry-depot"

  /// The text of `depot.conf`.
  package var text: String {
    "Format: \(DepotConfiguration.format) 1\nSite: \(site)\n"
      + (publicDirectory.map { "Public: \($0)\n" } ?? "")
      + (allowed.isEmpty
        ? "" : "Allow: " + allowed.map(\.rawValue).sorted().joined(separator: " ") + "\n")
      + "Upstream: \(upstream.rawValue)\n"
  }

  /// Reads `depot.conf`; anything unknown, repeated, missing or cut short is refused.
  package init(reading bytes: [UInt8], name: String) throws(Failure) {
    func refuse(_ what: String) -> Failure {
      Failure(
        .state,
        "configuration",
        "the depot's configuration \(what)",
        subject: name,
        hint: "put the file back from a backup, or write its lines Format, Site and Upstream again"
      )
    }
    guard bytes.last == 0x0a, let text = String(validating: bytes, as: UTF8.self) else {
      throw refuse("is cut short or no text")
    }
    var fields: [String: String] = [:]
    var last = ""
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      guard let colon = line.firstIndex(of: ":") else { throw refuse("has a line without a colon") }
      let field = String(line[..<colon])
      guard ["Format", "Site", "Public", "Allow", "Upstream"].contains(field) else {
        throw refuse("has the unknown field \(Escaped.line(field, limit: 40))")
      }
      guard fields[field] == nil else { throw refuse("has \(field) twice") }
      fields[field] = String(line[line.index(after: colon)...].drop { $0 == " " })
      last = field
    }
    let words = (fields["Format"] ?? "").split(separator: " ")
    guard words.count == 2, words[0] == DepotConfiguration.format else {
      throw refuse("does not begin with Format: \(DepotConfiguration.format) 1")
    }
    guard words[1] == "1" else {
      throw Failure(
        .state,
        "newer-depot",
        "this depot has format \(Escaped.line(String(words[1]), limit: 20)), this program knows 1",
        subject: name,
        hint: "use the newer program that made it"
      )
    }
    guard let site = fields["Site"], let upstream = fields["Upstream"], last == "Upstream" else {
      throw refuse("lacks Site or, as its last field, Upstream")
    }
    guard let policy = UpstreamPolicy(rawValue: upstream) else {
      throw refuse("says an Upstream that is neither pinned nor recorded")
    }
    var allowed: Set<Allowance> = []
    for word in (fields["Allow"] ?? "").split(separator: " ") {
      guard let allowance = Allowance(rawValue: String(word)) else {
        throw refuse("allows the unknown \(Escaped.line(String(word), limit: 40))")
      }
      allowed.insert(allowance)
    }
    do {
      try self.init(site: site, publicDirectory: fields["Public"], upstream: policy)
    } catch {
      throw refuse("is not usable: \(error.reason)")
    }
    self.allowed = allowed
  }
}
