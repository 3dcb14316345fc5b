import Foundation
import SafeIO
import Synchronization
import TestSupport

/// Whether the program that is tested has a server: not without the trait `Network`.
let hasNetwork: Bool = {
  #if Network
  true
  #else
  false
  #endif
}()

/// A depot with two states of a vendor's suite, `first` and `second`; the first is published at
/// `debian` and at `staging/inner`.
struct ServingLab {
  let scratch: ScratchDirectory
  let depot: String
  /// What clients check signatures with: the vendor's key.
  let vendorKey: String

  /// The size of what takes a while to fetch.
  static let cargoSize = 40_000_000

  private static let template = Result { try ServingTemplate() }

  init(_ scratch: ScratchDirectory) throws {
    self.scratch = scratch
    let template = try ServingLab.template.get()
    try run(["cp", "-a", "--reflink=auto", template.scratch.path + "/.", scratch.path]).succeeded()
    depot = scratch.path("depot")
    vendorKey = try Disk.text(scratch.path("vendor.asc"))
  }

  /// The program beside the running test bundle.
  static func program() throws -> String {
    if let named = ProcessInfo.processInfo.environment["APTFERRY_BINARY"] { return named }
    let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return (bundle as NSString).deletingLastPathComponent + "/aptferry"
  }

  /// Runs a command of the program at the depot.
  @discardableResult
  func ferry(_ arguments: String...) throws -> RunResult {
    try run(
      [ServingLab.program()] + arguments + ["--depot", depot],
      environment: ["HOME": scratch.path("home")]
    )
  }

  /// Publishes the second state at `debian`.
  func publishSecond() throws {
    try ferry("publish", "second", "--at", "debian").succeeded()
  }

  /// The published file of the package that is large.
  func cargo(_ version: String = "1.0-1") -> String {
    "debian/pool/main/c/cargo/cargo_\(version)_amd64.deb"
  }

  /// A published file's bytes, as they lie in the depot's tree.
  func published(_ path: String) throws -> [UInt8] {
    try Disk.read(depot + "/public/" + path)
  }

  /// Begins to serve on a port of loopback that the system chooses.
  func serve(_ arguments: String...) throws -> ServerProcess {
    try ServerProcess(self, ["--listen", "127.0.0.1:0"] + arguments)
  }

  /// A machine with a source of a served publication.
  func client(
    _ url: String,
    named name: String = "client",
    prefix: String = "debian",
    more: String = ""
  ) throws -> AptClient {
    let client = try AptClient(root: scratch.path(name))
    let key = client.root + "/etc/apt/vendor.asc"
    try Disk.write(vendorKey, to: key)
    try Disk.write(
      """
      Types: deb
      URIs: \(url)\(prefix)
      Suites: stable
      Components: main
      By-Hash: force
      Signed-By: \(key)

      """,
      to: client.root + "/etc/apt/sources.list.d/site.sources"
    )
    let configuration = try Disk.text(client.root + "/apt.conf")
    try Disk.write(configuration + more, to: client.root + "/apt.conf")
    return client
  }
}

/// The depot that all labs are copies of: made once in this process.
private final class ServingTemplate: Sendable {
  let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
    try make()
  }

  deinit { scratch.remove() }

  private func make() throws {
    let depot = scratch.path("depot")
    try Disk.makeDirectory(scratch.path("home"))
    func ferry(_ arguments: String...) throws {
      try run(
        [ServingLab.program()] + arguments + ["--depot", depot],
        environment: ["HOME": scratch.path("home")]
      ).succeeded()
    }
    try ferry("init", "--site", "island")
    let forge = try RepositoryForge(at: scratch.path("vendor"))
    let key = scratch.path("vendor.asc")
    try Disk.write(forge.key.armored, to: key)
    try ferry(
      "trust",
      "add",
      key,
      "--role",
      "upstream",
      "--name",
      "vendor",
      "--fingerprint",
      forge.key.fingerprint
    )
    for (snapshot, version) in [("first", "1.0-1"), ("second", "2.0-1")] {
      let suite = ForgedSuite(
        "stable",
        [
          "main": [
            ForgedPackage("pier", version: version, depends: "pier-data"),
            ForgedPackage("pier-data", version: "1:1.0+b1~2", architecture: "all"),
            ForgedPackage("cargo", payload: ServingLab.cargoSize),
          ] + (0..<12).map { ForgedPackage("bollard\($0)", version: version) }
        ]
      )
      try forge.build(suite)
      try ferry(
        "snapshot",
        "create",
        snapshot,
        "--tree",
        forge.root,
        "--upstream",
        "vendor",
        "--suite",
        "stable"
      )
    }
    try ferry("publish", "first", "--at", "debian")
    try ferry("publish", "first", "--at", "staging/inner")
  }
}
