import Composing
import Depot
import Operations
import SafeIO
import TestSupport
import Testing

/// The ways into a repository that a server has, beside the command line's.
@Suite struct RepoDoorsTests {
  private func deb(_ scratch: ScratchDirectory) throws -> String {
    let stage = scratch.path("stage")
    try Disk.write(
      """
      Package: agent
      Version: 1.0
      Architecture: all
      Maintainer: Site <site@repository.example>
      Description: the agent

      """,
      to: stage + "/DEBIAN/control"
    )
    let path = scratch.path("agent.deb")
    try run(["dpkg-deb", "--root-owner-group", "--build", stage, path]).succeeded()
    return path
  }

  private func repo(
    _ session: Session,
    _ name: String,
    isSigned: Bool = false
  ) throws(Failure) {
    _ = try session.createRepo(
      name,
      suite: "stable",
      component: "main",
      description: "",
      requiresSignature: isSigned
    )
  }

  @Test func `Nothing comes into a repository of signed uploads by another door`() throws {
    try withScratchDirectory { scratch in
      let session = Session(at: scratch.path("depot"), program: "test 1")
      _ = try session.createDepot(NewDepot(site: "mainland"))
      try repo(session, "open")
      try repo(session, "signed", isSigned: true)
      let path = try deb(scratch)
      _ = try session.addToRepo("open", [path], replacing: false)
      let packages = try session.keyedPackages(of: .repo("open"))
      #expect(packages.count == 1)
      let doors: [(String, () throws -> Void)] = [
        ("a file", { _ = try session.addToRepo("signed", [path], replacing: false) }),
        (
          "bytes",
          {
            _ = try session.addToRepo(
              "signed",
              [("agent.deb", try Disk.read(path))],
              replacing: false
            )
          }
        ),
        ("a key", { _ = try session.changeRepo("signed", adding: packages, removing: []) }),
        (
          "another repository",
          {
            _ = try session.copyToRepo(RepoCopyOrder(from: [.repo("open")], to: "signed", .all)) {
              _ in []
            }
          }
        ),
      ]
      for (what, door) in doors {
        let failure = #expect(throws: Failure.self, "\(what)") { try door() }
        #expect(
          ["unsigned-upload", "no-upload-key"].contains(failure?.name),
          "\(what): \(failure?.reason ?? "")"
        )
      }
      #expect(try session.repo("signed").1.isEmpty)
    }
  }

  @Test func `Packages are copied and removed by lists of what they are called`() throws {
    try withScratchDirectory { scratch in
      let session = Session(at: scratch.path("depot"), program: "test 1")
      _ = try session.createDepot(NewDepot(site: "mainland"))
      for name in ["from", "to"] { try repo(session, name) }
      _ = try session.addToRepo("from", [try deb(scratch)], replacing: false)
      let agent = PackageIdentifier(name: "agent", version: "1.0", architecture: "all")
      let absent = PackageIdentifier(name: "agent", version: "2.0", architecture: "all")
      func copy(_ names: [PackageIdentifier]) throws -> RepoTransfer.Outcome {
        try session.copyToRepo(RepoCopyOrder(from: [.repo("from")], to: "to", .named(names))) {
          _ in []
        }
      }
      let failure = #expect(throws: Failure.self) { try copy([agent, absent]) }
      #expect(failure?.name == "no-packages" && failure?.subject == absent.label)
      #expect(try session.repo("to").1.isEmpty)
      #expect(try copy([agent]).change.added == [agent.label])
      let removed = try session.removeFromRepo("to", .named([agent, absent]))
      #expect(removed.removed == [agent.label])
      #expect(try session.repo("to").1.isEmpty)
      #expect(try session.repo("from").1.count == 1)
    }
  }
}
