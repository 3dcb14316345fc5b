import DebianRepository
import OpenPGP
import SafeIO
import TestSupport
import Testing
import VendorChain

/// A suite of Debian's own archive as this host's apt downloaded it: signature and index.
private struct HostSuite: CustomTestStringConvertible, Sendable {
  let distribution: String
  let inRelease: String
  let packages: String
  let component: String

  var testDescription: String { distribution }

  private static let lists = "/var/lib/apt/lists"
  static let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

  /// The suites with indexes of less than a megabyte: a debug build reads slowly.
  static let all: [HostSuite] = {
    guard Disk.exists(keyring), let names = try? Disk.names(in: lists) else { return [] }
    return names.compactMap { name in
      guard let mark = name.firstRange(of: "_main_binary-amd64_Packages"),
        let start = name.firstRange(of: "_dists_"), name.contains("_debian"),
        let bytes = try? Disk.read(lists + "/" + name), bytes.count < 1 << 20
      else { return nil }
      let inRelease = name[..<mark.lowerBound] + "_InRelease"
      guard names.contains(String(inRelease)) else { return nil }
      return HostSuite(
        distribution: String(name[start.upperBound..<mark.lowerBound]),
        inRelease: lists + "/" + inRelease,
        packages: lists + "/" + name,
        component: "main"
      )
    }
  }()
}

@Suite struct HostArchiveTests {
  @Test(
    .enabled(if: !HostSuite.all.isEmpty, "this host's apt has no lists of Debian's archive"),
    arguments: HostSuite.all
  )
  fileprivate func `Debian's own signature and index are verified, and every package is missed`(
    suite: HostSuite
  ) throws {
    try withScratchDirectory { scratch in
      let directory = scratch.path("dists/\(suite.distribution)")
      try Disk.write(try Disk.read(suite.inRelease), to: directory + "/InRelease")
      // apt packs its copy in another way; the plain index is what Release lists.
      let plain = try run(["/usr/lib/apt/apt-helper", "cat-file", suite.packages])
      try plain.succeeded()
      let index = "\(suite.component)/binary-amd64/Packages"
      try Disk.write(plain.output, to: directory + "/" + index)
      let keys = try KeyFile.read(try Disk.read(HostSuite.keyring), name: HostSuite.keyring)
      let stanzas = plain.text.split(separator: "\n").count { $0.hasPrefix("Package: ") }
      do {
        _ = try ChainOfTrust.check(
          suites: [suite.distribution],
          files: DirectoryFiles(scratch.path),
          trust: UpstreamTrust(keys: keys, now: .now())
        )
        Issue.record("nothing was missed")
      } catch let failure as Failure {
        #expect(failure.code == "E-INCOMPLETE-MISSING-FILES", "\(failure)")
        #expect(failure.reason.hasPrefix("\(stanzas) "))
      }
      // One byte of the signed text, and nothing behind it is looked at.
      try Damage.replace("Origin: Debian", with: "Origin: Fedora", in: directory + "/InRelease")
      do {
        _ = try ChainOfTrust.check(
          suites: [suite.distribution],
          files: DirectoryFiles(scratch.path),
          trust: UpstreamTrust(keys: keys, now: .now())
        )
        Issue.record("accepted")
      } catch let failure as Failure {
        #expect(failure.kind == .trust)
      }
    }
  }
}
