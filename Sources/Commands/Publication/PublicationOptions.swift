internal import ArgumentParser
internal import Depot
internal import Documents
internal import OpenPGP
internal import Operations
internal import Publishing
internal import SafeIO

/// Settings that `publish` and `publication edit` share.
struct PublicationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Whose signature clients check: verbatim (the vendor's), resigned (this site's), or both.",
      valueName: "mode"
    ),
    completion: Completing.modes
  )
  var mode: String?

  @Option(
    help: ArgumentHelp(
      "For how long this site's Release is valid, as 30d or 12h; “none” for no end.",
      valueName: "time"
    )
  )
  var validFor: String?

  @Option(help: "Origin in this site's Release; empty for the vendor's, as with all fields.")
  var origin: String?

  @Option(help: "Label in this site's Release.")
  var label: String?

  @Option(help: "Suite in this site's Release.")
  var suite: String?

  @Option(help: "Codename in this site's Release.")
  var codename: String?

  @Option(name: .customLong("release-version"), help: "Version in this site's Release.")
  var releaseVersion: String?

  @Option(help: "Description in this site's Release.")
  var description: String?

  @Flag(inversion: .prefixedNo, help: "Say in Release which keys sign the next one (Signed-By).")
  var signedBy: Bool?

  @Option(
    help: ArgumentHelp(
      "Sign with this key (40 digits; repeated: with all); “own” is the depot's.",
      valueName: "fpr"
    )
  )
  var signingKey: [String] = []

  @Option(
    help: ArgumentHelp("The GnuPG home of keys that are not the depot's.", valueName: "dir"),
    completion: .directory
  )
  var gnupgHome: String?

  @Option(
    help: ArgumentHelp(
      "Where clients reach the prefix, for “apt --snapshot”: http://apt.example/debian.",
      valueName: "url"
    )
  )
  var url: String?

  @Option(help: ArgumentHelp("How many generations to keep at least (3).", valueName: "number"))
  var keep: Int?

  @Option(
    help: ArgumentHelp(
      "How long to keep a generation after the next one came, as 24h (the default).",
      valueName: "time"
    )
  )
  var grace: String?

  /// What is asked for, for the audit log.
  private var about: [AuditField] {
    [
      ("valid-for", validFor), ("origin", origin), ("label", label),
      ("suite", suite), ("codename", codename), ("release-version", releaseVersion),
      ("description", description), ("signed-by", signedBy.map { $0 ? "yes" : "no" }),
      ("gnupg-home", gnupgHome), ("url", url), ("keep", keep.map { "\($0)" }), ("grace", grace),
    ].map { name, value in AuditField(name, value.map { [$0] } ?? []) }
      + [AuditField("signing-key", signingKey)]
  }

  /// The mode, when one is named.
  func publicationMode() throws(Failure) -> PublicationMode? {
    try PublicationOptions.mode(mode)
  }

  /// The mode with that name.
  static func mode(_ mode: String?) throws(Failure) -> PublicationMode? {
    guard let mode else { return nil }
    guard let known = PublicationMode(rawValue: mode) else {
      throw Failure(
        .usage,
        "arguments",
        "--mode is verbatim, resigned or both",
        subject: mode
      )
    }
    return known
  }

  /// What is to change.
  func read() throws(Failure) -> PublicationSettings {
    var settings = PublicationSettings()
    if let validFor {
      settings.change.validFor = validFor == "none" ? 0 : try TimeLength.seconds(validFor)
    }
    if let grace { settings.change.grace = grace == "none" ? 0 : try TimeLength.seconds(grace) }
    for (name, value) in [
      ("Origin", origin), ("Label", label), ("Suite", suite), ("Codename", codename),
      ("Version", releaseVersion), ("Description", description),
    ] {
      if let value { settings.change.fields[name] = value }
    }
    settings.change.namesSigners = signedBy
    settings.change.kept = keep
    settings.change.url = url
    settings.signers = try signingKey.map(signer)
    settings.about = about
    return settings
  }

  private func signer(_ text: String) throws(Failure) -> PublicationSettings.Signer {
    if text == "own" { return .own }
    guard let fingerprint = Fingerprint(human: text) else {
      throw Failure(
        .usage,
        "arguments",
        "--signing-key takes the 40 digits of a fingerprint, or “own”",
        subject: text
      )
    }
    let home = gnupgHome.map(absolutePath)
    guard home?.contains(where: { $0 == " " || $0 == "\n" || $0 == "\t" }) != true else {
      throw Failure(.usage, "arguments", "--gnupg-home has blanks in its path", subject: home)
    }
    return .key(fingerprint, home: home)
  }
}

/// Lengths of time as people write them.
enum TimeLength {
  private static let units: [(suffix: String, seconds: Int64)] = [
    ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800),
  ]

  /// `30d`, `12h`, `90m`, `45s`, `2w`: at most a hundred years.
  static func seconds(_ text: String) throws(Failure) -> Int64 {
    if text == "0" { return 0 }
    for (suffix, unit) in units where text.hasSuffix(suffix) {
      guard let count = DecimalNumber.read(String(text.dropLast())),
        let value = Int64(exactly: count), value <= 3_200_000_000 / unit
      else { break }
      return value * unit
    }
    throw Failure(
      .usage,
      "arguments",
      "a length of time is a number with s, m, h, d or w behind it, as 30d",
      subject: text
    )
  }
}

extension OutputOptions {
  /// What a command did to a publication.
  func show(_ result: PublicationResult) {
    for text in result.notes { tell(text) }
    show(PublicationText.json(result), PublicationText.lines(result))
  }
}
