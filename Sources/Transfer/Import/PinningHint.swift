internal import BundleFormat
internal import DebianRepository
internal import OpenPGP
internal import SafeIO
internal import VendorChain

/// The command that pins the keys of a vendor whose suites came with a bundle.
///
/// It proposes what the suites call themselves. Nothing of that is verified: whoever types the
/// command decides.
enum PinningHint {
  static func text(
    _ suites: [ClaimedSuite],
    _ files: some ReleaseSource,
    depot: String
  ) -> String {
    let names = suites.map { ($0.distribution, proposed($0, files)) }
    let origins = Set(names.map(\.1.origin).filter { !$0.isEmpty }).sorted()
    let calls = Set(
      names.map { distribution, names in
        [names.codename, names.suite].first { !$0.isEmpty } ?? distribution
      }
    ).sorted()
    var words = ["--name", origins.count == 1 ? vendorName(origins[0]) : "VENDOR"]
    for origin in origins { words += ["--origin", Escaped.shellWord(origin)] }
    for name in calls { words += ["--suite", Escaped.shellWord(name)] }
    for signer in Set(suites.flatMap(\.signedBy)).sorted() { words += ["--fingerprint", signer] }
    words += ["--depot", Escaped.shellWord(depot)]
    return
      "get the vendor's key by another route than these media, compare its fingerprint with what "
      + "the vendor says, then: aptferry trust add KEYRING --role upstream "
      + words.joined(separator: " ")
  }

  /// What a suite calls itself; nothing where its Release file is not at hand or cannot be read.
  private static func proposed(_ suite: ClaimedSuite, _ files: some ReleaseSource) -> SuiteNames {
    for name in ["InRelease", "Release"] {
      let path = suite.directory + name
      do throws(Failure) {
        guard let bytes = try files.contents(of: path, limit: ReleaseFile.longest) else { continue }
        let text =
          name == "Release" ? bytes : try ClearsignedMessage.split(bytes, name: path).text
        return SuiteNames(of: try ReleaseFile(text.span, name: path))
      } catch {
        // A proposal only: the refusal that it belongs to is told anyway.
        continue
      }
    }
    return SuiteNames()
  }

  /// A vendor's name made of an Origin: lower case, with hyphens.
  private static func vendorName(_ origin: String) -> String {
    let words = origin.lowercased().split { !$0.isASCII || !($0.isLetter || $0.isNumber) }
    let name = words.joined(separator: "-").prefix(40)
    return name.isEmpty ? "VENDOR" : String(name)
  }
}
