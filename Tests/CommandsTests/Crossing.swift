import TestSupport

/// Both sides of a gap: a vendor's tree, a depot on each side that pins the keys it needs, a
/// machine without a depot, and a directory that serves as medium.
struct Crossing {
  let scratch: ScratchDirectory
  let forge: RepositoryForge
  let connected: AptFerry
  let isolated: AptFerry
  /// The machine at the gap: no depot.
  let kiosk: AptFerry
  /// The exporter's public key, armored, as carried by another route than the medium.
  let exporterKey: String
  let medium: String

  private static let template = Result {
    try Template { try Crossing(at: $0).prepare(pinsVendorInside: true) }
  }
  private static let templateWithoutVendor = Result {
    try Template { try Crossing(at: $0).prepare(pinsVendorInside: false) }
  }

  /// The depots exist, and all keys are pinned where the flow needs them.
  ///
  /// Depots that processes make are made for this test; others are copies.
  init(
    _ scratch: ScratchDirectory,
    pinsVendorInside: Bool = true,
    isProcess: Bool = false
  ) throws {
    if isProcess {
      try self.init(at: scratch, isProcess: true)
      try prepare(pinsVendorInside: pinsVendorInside)
    } else {
      let template = pinsVendorInside ? Crossing.template : Crossing.templateWithoutVendor
      try template.get().copy(to: scratch)
      try self.init(at: scratch, isProcess: false)
    }
  }

  /// The names of everything, whether it is there or not.
  init(at scratch: ScratchDirectory, isProcess: Bool = false) throws {
    func ferry(_ depot: String?) throws -> AptFerry {
      let path = depot.map { scratch.path($0) }
      return try AptFerry(home: scratch.path("home"), depot: path, isProcess: isProcess)
    }
    self.scratch = scratch
    forge = try RepositoryForge(at: scratch.path("vendor"))
    connected = try ferry("connected")
    isolated = try ferry("isolated")
    kiosk = try ferry(nil)
    exporterKey = scratch.path("exporter.asc")
    medium = try scratch.directory("medium")
  }

  private func prepare(pinsVendorInside: Bool) throws {
    try connected("init", "--site", "mainland").succeeded()
    try isolated("init", "--site", "island").succeeded()
    try connected("key", "export", exporterKey).succeeded()
    let vendorKey = scratch.path("vendor.asc")
    try Disk.write(forge.key.armored, to: vendorKey)
    try pin(vendorKey, forge.key.fingerprint, role: "upstream", name: "vendor", in: connected)
    if pinsVendorInside {
      try pin(vendorKey, forge.key.fingerprint, role: "upstream", name: "vendor", in: isolated)
    }
    let exporter = try Crossing.fingerprint(ofKeyIn: exporterKey, scratch)
    try pin(exporterKey, exporter, role: "exporter", name: "mainland", in: isolated)
  }

  /// The bundle's directory on the medium.
  func bundle(_ sequence: Int = 1) -> String {
    let digits = String(sequence)
    return medium + "/mainland-" + String(repeating: "0", count: 6 - digits.count) + digits
  }

  /// The chunks of the first bundle, as paths.
  func chunks() throws -> [String] {
    try Disk.names(in: bundle() + "/chunks").map { bundle() + "/chunks/" + $0 }
  }

  /// Freezes suites of the vendor's tree.
  func freeze(_ name: String, _ suites: String...) throws {
    try connected(
      ["snapshot", "create", name, "--tree", forge.root, "--upstream", "vendor"]
        + suites.flatMap { ["--suite", $0] }
    ).succeeded()
  }

  /// Exports to the medium in the smallest chunks, so that there are many.
  func export(_ snapshots: String...) throws {
    try connected(["export"] + snapshots + ["--to", medium, "--chunk-size", "64KiB"]).succeeded()
  }

  /// A client inside that takes a publication.
  func client(
    _ name: String = "client",
    prefix: String,
    suite: String,
    components: [String],
    architectures: [String] = ["amd64"],
    isSigned: Bool = true
  ) throws -> AptClient {
    let client = try AptClient(root: scratch.path(name), architectures: architectures)
    try client.addSource(
      tree: scratch.path("isolated/public/\(prefix)"),
      suite: suite,
      components: components,
      armoredKey: isSigned ? forge.key.armored : nil,
      withSources: isSigned && !components.isEmpty && architectures.count > 1,
      more: isSigned ? "" : "Trusted: yes\n"
    )
    return client
  }

  /// The fingerprint of the first key in a file, as a person reads it with gpg.
  static func fingerprint(ofKeyIn path: String, _ scratch: ScratchDirectory) throws -> String {
    let home = try scratch.directory("gpg")
    try run(["chmod", "700", home]).succeeded()
    let listing = try run([
      "gpg", "--homedir", home, "--batch", "--with-colons", "--show-keys", path,
    ]).succeeded()
    let line = listing.split(separator: "\n").first { $0.hasPrefix("fpr:") } ?? ""
    return line.split(separator: ":").last.map(String.init) ?? ""
  }

  private func pin(
    _ file: String,
    _ fingerprint: String,
    role: String,
    name: String,
    in site: AptFerry
  ) throws {
    try site(
      "trust",
      "add",
      file,
      "--role",
      role,
      "--name",
      name,
      "--fingerprint",
      fingerprint
    ).succeeded()
  }
}
