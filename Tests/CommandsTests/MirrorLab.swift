import SafeIO
import TestSupport
import Testing

/// Whether the program that is tested has an HTTP client: not without the trait `Network`.
let hasNetwork: Bool = {
  #if Network
  true
  #else
  false
  #endif
}()

/// An upstream that a vendor's tree is served from, and a depot on the connected side.
struct MirrorLab {
  let scratch: ScratchDirectory
  let forge: RepositoryForge
  let server: UpstreamServer
  let site: AptFerry
  let key: String

  private static let template = Result {
    try Template { scratch in
      let site = try AptFerry(home: scratch.path("home"), depot: scratch.path("depot"))
      try site("init", "--site", "mainland").succeeded()
    }
  }

  init(_ scratch: ScratchDirectory, _ suites: ForgedSuite...) throws {
    self.scratch = scratch
    try MirrorLab.template.get().copy(to: scratch)
    forge = try RepositoryForge(at: scratch.path("vendor"))
    for suite in suites { try forge.build(suite) }
    server = try UpstreamServer(tree: forge.root)
    var site = try AptFerry(home: scratch.path("home"), depot: scratch.path("depot"))
    // Nothing of this machine's apt takes part.
    try Disk.write("", to: scratch.path("apt.conf"))
    site.environment["APT_CONFIG"] = scratch.path("apt.conf")
    site.environment["no_proxy"] = "127.0.0.1"
    self.site = site
    key = scratch.path("vendor.asc")
    try Disk.write(forge.key.armored, to: key)
  }

  /// Creates the mirror `m` of the served tree.
  func create(_ arguments: String...) throws {
    try site(["mirror", "create", "m", server.url] + arguments + ["--keyring", key]).succeeded()
  }

  /// Updates it; short waits, so that a refusal does not take long.
  func update(_ arguments: String...) throws -> RunResult {
    // An option is given once: what a test says stands in the place of the short wait.
    let waits = [["--timeout", "1"], ["--retries", "1"]].filter { !arguments.contains($0[0]) }
    return try site(["mirror", "update", "m"] + waits.joined() + arguments)
  }

  /// The files of the mirror's state, frozen under a name.
  func files(_ snapshot: String = "s") throws -> [String] {
    try site("snapshot", "create", snapshot, "--mirror", "m").succeeded()
    return try paths(of: snapshot)
  }

  /// The files of a snapshot.
  func paths(of snapshot: String) throws -> [String] {
    try site("snapshot", "files", snapshot).succeeded().split(separator: "\n").compactMap {
      $0.split(separator: " ").last.map(String.init)
    }
  }

  /// Everything that the mirror holds is in the served tree, byte for byte.
  func checkBytes(_ snapshot: String = "s") throws {
    try site("publish", snapshot, "--at", snapshot).succeeded()
    let published = scratch.path("depot/public/\(snapshot)")
    for path in try paths(of: snapshot) where !path.contains("/by-hash/") {
      let (ours, theirs) = (
        try Disk.read(published + "/" + path), try Disk.read(forge.root + "/" + path)
      )
      #expect(ours == theirs, "\(path)")
    }
  }

  /// The depot has no state of the mirror, and no object beside what was there.
  func checkNothingIsVisible() throws {
    #expect(try site("mirror", "show", "m").succeeded().contains("never updated"))
    #expect(try site("snapshot", "create", "x", "--mirror", "m").refused(.state))
    #expect(try site("depot", "check").succeeded().contains("objects:     0,"))
  }
}
