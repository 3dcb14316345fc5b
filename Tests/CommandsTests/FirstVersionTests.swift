import Foundation
import TestSupport
import Testing

/// Depots and media as version 0.1.0 left them (`Tests/Vectors/first-version`), under the program of now.
@Suite struct FirstVersionTests {
  private static let vectors =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().path + "/Vectors/first-version"

  /// What lies in the archives, unpacked: `outside`, `inside`, `media`.
  private static func with(_ body: (String, ScratchDirectory) throws -> Void) throws {
    try withScratchDirectory { scratch in
      for name in ["outside", "inside", "media"] {
        try run(["tar", "--zstd", "-xf", "\(vectors)/\(name).tar.zst", "-C", scratch.path])
          .succeeded()
      }
      try body(scratch.path, scratch)
    }
  }

  private static func program(_ depot: String, _ scratch: ScratchDirectory) throws -> AptFerry {
    try AptFerry(home: scratch.path("home-" + depot), depot: scratch.path(depot))
  }

  /// A client of what the isolated depot publishes, updated.
  private static func client(of root: String, _ directory: String) throws -> AptClient {
    let client = try AptClient(root: directory)
    try client.addSource(
      tree: root + "/inside/public/debian",
      suite: "stable",
      components: ["main"],
      armoredKey: String(decoding: Disk.read(vectors + "/vendor.asc"), as: UTF8.self)
    )
    try client.update().succeeded()
    return client
  }

  @Test func `Its depot and its media give apt what they gave`() throws {
    try Self.with { root, scratch in
      let inside = try Self.program("inside", scratch)
      let list = try inside("publication", "list")
      #expect(
        list.text.contains("debian") && list.errors.contains("version 1"),
        "\(list.everything)"
      )
      // Its own medium is known, and the next one comes in; the catalogue of before is kept.
      let known = try inside("import", root + "/media/mainland-000001")
      #expect(
        known.status == 0 && known.errors.contains("catalogue.before-"),
        "\(known.everything)"
      )
      try inside("import", root + "/media/mainland-000002").succeeded()
      try inside("publish", "second", "--at", "debian").succeeded()
      let client = try Self.client(of: root, scratch.path("apt"))
      #expect(try client.available() == ["harbour:all=1.0-1", "quay:all=1.1-1"])
      #expect(try client.downloadAll().count == 2)
      // The generation that version made is still one to go back to.
      try inside("publication", "rollback", "debian").succeeded()
      // Another client: apt stays with the newer Release file that it has seen.
      let late = try Self.client(of: root, scratch.path("late"))
      #expect(try late.available() == ["harbour:all=1.0-1", "quay:all=1.0-1"])
      #expect(try inside("depot", "check").status == 0)
      #expect(try inside("audit", "verify").status == 0)
    }
  }

  @Test func `Its connected depot goes on with the stream, and a new site takes that`() throws {
    try Self.with { root, scratch in
      let outside = try Self.program("outside", scratch)
      let media = try scratch.directory("new-media")
      try outside("export", "first", "second", "--to", media).succeeded()
      #expect(try Disk.names(in: media) == ["mainland-000003"])
      let site = try AptFerry(home: scratch.path("home-new"), depot: scratch.path("new"))
      try site("init", "--site", "peninsula").succeeded()
      for (key, role) in [("exporter", "exporter"), ("vendor", "upstream")] {
        let name = key == "exporter" ? "mainland" : "vendor"
        let words = ["trust", "add", "\(Self.vectors)/\(key).asc", "--role", role, "--name", name]
        try site(words + ["--all"]).succeeded()
      }
      try site("import", media).succeeded()
      // What the first version wrote and the new one wrote have the same files.
      for name in ["first", "second"] {
        let theirs = try outside("snapshot", "files", name).succeeded()
        #expect(try site("snapshot", "files", name).succeeded() == theirs)
      }
    }
  }

  @Test func `Killed while its catalogue is upgraded, its depot is whole`() throws {
    try Self.with { root, scratch in
      var inside = try Self.program("inside", scratch)
      inside.isProcess = true
      let catalogue = root + "/inside/catalogue.sqlite"
      var kills = 0
      // The system calls that write and rename the catalogue, one after the other.
      for call in ["pwrite64", "fdatasync", "rename", "unlink"] {
        for when in [1, 2, 4, 8] {
          let killed = try inside(
            ["depot", "gc"],
            under: [
              "strace", "-f", "-qq", "-o", "/dev/null", "-P", catalogue, "-e", "trace=\(call)",
              "-e", "inject=\(call):signal=SIGKILL:when=\(when)",
            ]
          )
          kills += killed.status == 0 ? 0 : 1
          #expect(killed.status == 0 || killed.status > 128, "\(killed.everything)")
          #expect(try inside("publication", "list").status == 0)
        }
      }
      #expect(kills > 2)
      try inside("import", root + "/media/mainland-000002").succeeded()
      #expect(try inside("depot", "check").status == 0)
    }
  }
}
