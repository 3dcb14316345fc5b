import TestSupport
import Testing

/// Two exporters with the same snapshot and the same options write the same bytes.
@Suite struct ReproducibleTests {
  private static let created = "2026-11-22T08:00:00Z"

  /// A depot of its own that freezes and exports in these surroundings; answers the medium.
  private static func export(
    _ scratch: ScratchDirectory,
    _ name: String,
    tree: String,
    mask: String,
    environment: [String: String],
    options: [String]
  ) throws -> String {
    var site = try AptFerry(home: scratch.path(name + "-home"), depot: scratch.path(name))
    site.environment = environment
    let shell = ["sh", "-c", "umask \(mask); exec \"$@\"", "sh"]
    try site(["init", "--site", "mainland"], under: shell).succeeded()
    let vendor = scratch.path(name + "-vendor.asc")
    let key = try VendorKey.shared.get()
    try Disk.write(key.armored, to: vendor)
    try site(
      [
        "trust", "add", vendor, "--role", "upstream", "--name", "vendor", "--fingerprint",
        key.fingerprint,
      ],
      under: shell
    ).succeeded()
    try site(
      ["snapshot", "create", "first", "--tree", tree, "--suite", "stable", "--upstream", "vendor"],
      under: shell
    ).succeeded()
    let medium = try scratch.directory(name + "-medium")
    try site(
      ["export", "first", "--to", medium, "--chunk-size", "64KiB"] + options,
      under: shell
    ).succeeded()
    return medium
  }

  /// Everything but the signature, which belongs to the key.
  private static func bytes(_ medium: String) throws -> TreeDigest {
    try TreeDigest(of: medium, skipping: ["mainland-000001/MANIFEST.asc"])
  }

  @Test func neitherMaskNorZoneNorLanguageNorTimeShowsInABundle() throws {
    try withScratchDirectory { scratch in
      let forge = try RepositoryForge(at: scratch.path("vendor"))
      try forge.build(.full())
      // The same content with other times, modes and order of creation.
      let twin = scratch.path("twin")
      for path in try Disk.files(below: forge.root).reversed() {
        try Disk.write(try Disk.read(forge.root + "/" + path), to: twin + "/" + path)
      }
      try run(["chmod", "-R", "go-rwx", twin]).succeeded()
      let first = try ReproducibleTests.export(
        scratch,
        "first",
        tree: forge.root,
        mask: "022",
        environment: ["TZ": "UTC", "LC_ALL": "C"],
        options: ["--created", ReproducibleTests.created]
      )
      let second = try ReproducibleTests.export(
        scratch,
        "second",
        tree: twin,
        mask: "077",
        environment: ["TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8"],
        options: ["--created", ReproducibleTests.created]
      )
      let one = try ReproducibleTests.bytes(first)
      let two = try ReproducibleTests.bytes(second)
      #expect(one.entries.count > 6)
      #expect(one.difference(to: two) == [])
    }
  }

  @Test func theDateOfTheSourcesIsTheDateOfTheBundle() throws {
    try withScratchDirectory { scratch in
      let forge = try RepositoryForge(at: scratch.path("vendor"))
      try forge.build(.small())
      let medium = try ReproducibleTests.export(
        scratch,
        "first",
        tree: forge.root,
        mask: "022",
        environment: ["SOURCE_DATE_EPOCH": "1700000000"],
        options: []
      )
      let manifest = try Disk.text(medium + "/mainland-000001/MANIFEST")
      #expect(manifest.contains("\nCreated: 2023-11-14T22:13:20Z\n"), "\(manifest)")
    }
  }
}
