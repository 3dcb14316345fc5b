internal import Depot
internal import SafeIO

/// The page in a directory of evidence: every check as a line for a shell, without this program.
struct EvidencePage {
  /// A file of the package that the evidence is about.
  struct File: Hashable {
    let snapshot: String
    let index: String
    let path: String
  }

  private let bundle: String
  private let manifest: SHA256Digest
  var head: AuditHead?
  /// The records that say that the bundle was made or came in.
  var records: [UInt64] = []
  /// Release files, signatures and indexes, as paths in the directory.
  var vouchers: [String] = []
  var files: [File] = []
  var keys: [(name: String, fingerprints: [String])] = []
  /// Keys that are never trusted again, by fingerprint.
  var revoked: [RevokedKey] = []
  var hasReceipt = false
  /// Whether the depot that wrote this is the site; else it is the exporter.
  var isSiteOwn = true

  init(_ bundle: String, _ manifest: SHA256Digest) {
    (self.bundle, self.manifest) = (bundle, manifest)
  }

  var text: String {
    ([opening, keyList] + steps).joined(separator: "\n")
  }

  private var opening: String {
    """
    Evidence for the bundle \(bundle)

    This directory shows how the content of the bundle came where it is: who carried it,
    who vouches for it, and what was recorded. Lines that begin with "$" are typed in this
    directory, on any machine with gpgv, sha256sum, zstd, xz and awk. They need no aptferry.

    The keys in keys/ are copies of what this depot had pinned. Compare their fingerprints
    with what the vendor, the exporter and the site say themselves, by another route: a key
    from this directory alone proves nothing. gpgv also ends with an error when a further
    signature is by a key that is not in the file: one "Good signature" by a key that you
    have compared is enough.

    """
  }

  private var keyList: String {
    keys.map { name, fingerprints in
      "    keys/\(name).gpg\n"
        + (fingerprints.isEmpty ? ["none is pinned here"] : fingerprints)
        .map { "        \($0)\(remark($0))\n" }.joined()
    }.joined()
  }

  /// Beside a key that was revoked: gpgv knows nothing of it.
  private func remark(_ fingerprint: String) -> String {
    guard let key = revoked.first(where: { $0.key == fingerprint }) else { return "" }
    return "  REVOKED \(key.made.rfc3339): a signature of it proves nothing by itself"
  }

  private var steps: [String] {
    var steps = [wholeDirectory, carried] + vendorSteps
    if !files.isEmpty { steps.append(packages) }
    steps.append(recorded)
    if hasReceipt { steps.append(receipt) }
    return steps
  }

  private var wholeDirectory: String {
    let signer = isSiteOwn ? "site" : "exporter"
    return """
      1. Everything is as it was written, by the depot that wrote it

        $ gpgv --keyring ./keys/\(signer).gpg SHA256SUMS.asc SHA256SUMS
        $ sha256sum --quiet -c SHA256SUMS

      """
  }

  private var carried: String {
    """
    2. The exporter signed the bundle, and ENTRIES is the one that it signed

      $ gpgv --keyring ./keys/exporter.gpg bundle/MANIFEST.asc bundle/MANIFEST
      $ echo "\(manifest.hex)  bundle/MANIFEST" | sha256sum -c
      $ grep "^Entries: $(sha256sum < bundle/ENTRIES.zst | cut -c1-64) " bundle/MANIFEST

    """
  }

  /// For each Release file: its signature, and the indexes that it lists.
  private var vendorSteps: [String] {
    var lines: [String] = []
    for path in vouchers.sorted() {
      let parts = path.split(separator: "/")
      guard let name = parts.last else { continue }
      let directory = String(path.dropLast(name.utf8.count))
      if name == "InRelease" {
        lines.append("  $ gpgv --keyring ./keys/vendors.gpg \(EvidencePage.word(path))\n")
      } else if name == "Release.gpg" {
        let release = EvidencePage.word(directory + "Release")
        lines.append(
          "  $ gpgv --keyring ./keys/vendors.gpg \(EvidencePage.word(path)) \(release)\n"
        )
      } else if name != "Release", let release = release(of: path) {
        lines.append("  $ \(EvidencePage.listing(of: path, in: release))\n")
      }
    }
    guard !lines.isEmpty else { return [] }
    return [
      "3. The vendor signed its Release file, and that lists the indexes by their SHA-256\n\n"
        + lines.joined()
    ]
  }

  /// A line that shows where the signed text lists an index, by digest and path, and fails when it
  /// does not.
  ///
  /// What stands in InRelease outside of the signed text counts for nothing.
  private static func listing(of path: String, in release: String) -> String {
    let directory = release.split(separator: "/").dropLast().joined(separator: "/") + "/"
    var listed = String(path.dropFirst(directory.utf8.count))
    var rule = "$3 == p"
    let parts = listed.split(separator: "/")
    if let place = parts.firstIndex(of: "by-hash") {
      // It is listed by its name; the digest names it here.
      listed = parts[..<place].map { $0 + "/" }.joined()
      rule = "substr($3, 1, length(p)) == p"
    }
    let signed =
      release.hasSuffix("/InRelease")
      ? "gpgv --keyring ./keys/vendors.gpg --output - \(word(release)) 2>/dev/null"
      : "cat \(word(release))"
    return signed
      + " | awk -v \"h=$(sha256sum < \(word(path)) | cut -c1-64)\" -v \(word("p=" + listed))"
      + " 'h && $1 == h && \(rule) { print; found = 1 } END { exit !found }'"
  }

  /// The Release file that lists an index: that of the nearest directory above.
  private func release(of path: String) -> String? {
    var parts = path.split(separator: "/").dropLast()
    while !parts.isEmpty {
      for name in ["InRelease", "Release"] {
        let candidate = parts.joined(separator: "/") + "/" + name
        let isSigned =
          name == "InRelease" || vouchers.contains(parts.joined(separator: "/") + "/Release.gpg")
        if vouchers.contains(candidate), isSigned { return candidate }
      }
      parts = parts.dropLast()
    }
    return nil
  }

  private var packages: String {
    var lines: [String] = []
    for file in Set(files).sorted(by: { ($0.snapshot, $0.path) < ($1.snapshot, $1.path) }) {
      let index = EvidencePage.word("snapshots/\(file.snapshot)/\(file.index)")
      // An index of source packages has directory and names apart.
      let name = String(file.path.split(separator: "/").last ?? "")
      let entry = EvidencePage.word("/" + file.path)
      let read = EvidencePage.reader(file.index)
      // Whole stanzas, whatever the order of their fields.
      lines.append(
        "  $ \(read) \(index) | awk -v RS= -v \(EvidencePage.word("f=" + name)) 'index($0, f)'\n"
      )
      lines.append("  $ zstd -dc bundle/ENTRIES.zst | grep -F -e \(entry)\n")
    }
    return """
      4. The index lists the package, and the bundle carried the file with that SHA-256

      """ + "\n" + lines.joined() + "\n"
        + "   The two show the same digest, and so must \"sha256sum\" of the file in question.\n"
  }

  private var recorded: String {
    let numbers = records.map { "\($0)" }.joined(separator: ", ")
    var text = """
      5. What was recorded

      The log in audit.log is whole when each record names the digest of the line before
      (docs/formats/audit-log.md of aptferry); \(records.isEmpty ? "no record has this bundle." : "the bundle is in record \(numbers).")

      """
    if !records.isEmpty {
      text += "\n"
      for record in records { text += "  $ grep '^{\"seq\":\(record),' audit.log\n" }
    }
    if let head {
      text += """

          $ tail -n 1 audit.log | sha256sum | grep ^\(head.digest.hex)

        With aptferry, and the head as somebody else has noted it:

            aptferry audit verify --file audit.log --head \(head.text)

        """
    }
    return text
  }

  private var receipt: String {
    """
    6. What the site says it holds

      $ gpgv --keyring ./keys/site.gpg receipt

    """
  }

  private static func reader(_ index: String) -> String {
    switch index.split(separator: ".").last {
    case "xz", "lzma": "xz -dc"
    case "gz": "gzip -dc"
    case "bz2": "bzip2 -dc"
    case "zst": "zstd -dc"
    case "lz4": "lz4 -dc"
    default: "cat"
    }
  }

  /// A word for a shell: paths are a vendor's choice.
  private static func word(_ path: String) -> String { Escaped.shellWord(path) }
}
