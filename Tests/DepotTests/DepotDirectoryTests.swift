import Foundation
import SafeIO
import Testing

@testable import Depot

@Suite("A depot's directory")
struct DepotDirectoryTests {
  @Test("is made with its modes whatever the umask", arguments: [0o000, 0o077])
  func modes(mask: UInt32) async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    // The umask belongs to the process: change it in one of its own.
    await #expect(processExitsWith: .success) { [mask, path = scratch.path as String] in
      umask(mode_t(mask))
      let configuration = try DepotConfiguration(site: "alpha")
      _ = try Depot.create(at: path + "/depot", configuration: configuration)
    }
    let expected: [(String, UInt32)] = [
      ("depot", 0o755), ("depot/public", 0o755), ("depot/objects", 0o700),
      ("depot/incoming", 0o700), ("depot/gnupg", 0o700), ("depot/catalogue.sqlite", 0o600),
      ("depot/depot.conf", 0o644),
    ]
    for (name, mode) in expected { #expect(try scratch.mode(name) == mode, "\(name)") }
  }

  @Test("is opened again, and made again with the same configuration only")
  func again() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    _ = try scratch.depot()
    _ = try scratch.depot()
    #expect(try Depot.open(at: scratch.path + "/depot").configuration.site == "alpha")
    let other = try DepotConfiguration(site: "beta")
    let found = failure { _ = try Depot.create(at: scratch.path + "/depot", configuration: other) }
    #expect(found?.code == "E-STATE-DEPOT-EXISTS")
  }

  @Test("is not made where other things are")
  func foreign() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try Data("mine".utf8).write(to: URL(fileURLWithPath: scratch.path + "/letter"))
    let configuration = try DepotConfiguration(site: "alpha")
    let found = failure { _ = try Depot.create(at: scratch.path, configuration: configuration) }
    #expect(found?.code == "E-STATE-NOT-EMPTY")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["letter"])
  }

  @Test("is finished by the next init wherever the first one was killed")
  func killed() throws {
    // What is there, in the order it is made; killed after each.
    let steps = ["lock", "gnupg/", "objects/", "incoming/", "public/", "catalogue.sqlite.part"]
    for count in 0...steps.count {
      let scratch = try Scratch()
      defer { scratch.remove() }
      let root = scratch.path + "/depot/"
      try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
      for step in steps[..<count] {
        if step.hasSuffix("/") {
          try FileManager.default.createDirectory(
            atPath: root + step,
            withIntermediateDirectories: false
          )
        } else {
          try Data().write(to: URL(fileURLWithPath: root + step))
        }
      }
      let depot = try scratch.depot()
      #expect(try depot.catalogue.snapshots().isEmpty)
    }
  }

  @Test("a configuration cut short at any length is refused")
  func cutConfiguration() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    _ = try scratch.depot(publicDirectory: scratch.path + "/served")
    let path = scratch.path + "/depot/depot.conf"
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    for length in 0..<whole.count {
      try whole.prefix(length).write(to: URL(fileURLWithPath: path))
      let found = failure { _ = try Depot.open(at: scratch.path + "/depot") }
      #expect(found?.kind == .state, "cut to \(length)")
    }
    try Data("Format: aptferry-depot 2\nSite: a\nUpstream: pinned\n".utf8)
      .write(to: URL(fileURLWithPath: path))
    let newer = failure { _ = try Depot.open(at: scratch.path + "/depot") }
    #expect(newer?.code == "E-STATE-NEWER-DEPOT")
  }

  @Test("the second command is told who holds the lock")
  func lock() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let lock = try depot.lock(for: "import")
    await #expect(processExitsWith: .exitCode(17)) { [path = scratch.path as String] in
      do {
        let other = try Depot.open(at: path + "/depot")
        _ = try other.lock(for: "publish")
      } catch let failure as Failure {
        exit(failure.reason.contains("import, process ") ? failure.kind.rawValue : 99)
      }
    }
    let found = failure { _ = try depot.lock(for: "publish") }
    #expect(found?.kind == .busy)
    _ = consume lock
    _ = try depot.lock(for: "publish")
  }
}
