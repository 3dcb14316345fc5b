import Glibc
import SafeIO
import TestSupport
import Testing

@testable import OpenPGP

@Suite struct EnvironmentTests {
  @Test(
    "gpg 2.2.40 or newer is taken",
    arguments: [
      ("2.2.40", true), ("2.2.40-unknown", true), ("2.2.41", true), ("2.4", true), ("3.0.1", true),
      ("2.2.39", false), ("2.2", false), ("1.4.23", false), ("", false),
      ("99999999999999999999.1", false),
    ]
  )
  func oldGnuPG(version: String, isTaken: Bool) {
    #expect(Engine.isNewEnough(version) == isTaken)
  }

  @Test func `a fake gpg along PATH and a hostile GNUPGHOME are not even looked at`() async {
    await #expect(processExitsWith: .success) {
      let alice = try GnuPGHome()
      let evil = try GnuPGHome()
      let good = try alice.makeKey("Alice")
      let wrong = try evil.makeKey("Evil")
      let data = Array("data\n".utf8)
      let goodSignature = try alice.sign(data, by: good)
      let evilSignature = try evil.sign(data, by: wrong)
      let material = try alice.publicKeys(good)
      try withScratchDirectory { scratch in
        let script =
          "#!/bin/sh\necho called >> \(scratch.path("called"))\n"
          + "echo '[GNUPG:] GOODSIG \(good) x'\necho '[GNUPG:] VALIDSIG \(good)'\n"
        for name in ["gpg", "gpg2", "gpgconf", "gpg-agent", "gpgsm", "gpg-connect-agent"] {
          try Disk.write(script, to: scratch.path("bin/\(name)"))
          try run(["chmod", "755", scratch.path("bin/\(name)")]).succeeded()
        }
        unsafe setenv("PATH", scratch.path("bin"), 1)
        unsafe setenv("GNUPGHOME", evil.path, 1)
        unsafe setenv("HOME", evil.path, 1)
        defer { unsafe setenv("PATH", "/usr/bin:/bin", 1) }
        let keys = try KeyFile.read(material, name: "alice")
        let policy = SignaturePolicy(now: .now())
        try Verifier.withKeys(keys) { (verifier) throws(Failure) in
          let report = try verifier.verifyDetached(
            signature: goodSignature,
            of: data,
            name: "x",
            policy: policy
          )
          precondition(report.good.count == 1)
          do throws(Failure) {
            _ = try verifier.verifyDetached(
              signature: evilSignature,
              of: data,
              name: "x",
              policy: policy
            )
            preconditionFailure("the evil signature was accepted")
          } catch {
            precondition(error == trust("unknown-signer"))
          }
        }
        let own = try SigningKey.generate(home: scratch.path("key"), userID: "site")
        _ = try own.signDetached(data)
        precondition(!Disk.exists(scratch.path("called")), "a fake program was run")
        let path = try #require(unsafe getenv("PATH").map { unsafe String(cString: $0) })
        precondition(path == scratch.path("bin"), "PATH is the user's again")
      }
    }
  }

  @Test func `nothing is left in the temporary directory, whatever happens`() async {
    await #expect(processExitsWith: .success) {
      let home = try GnuPGHome()
      let fingerprint = try home.makeKey("Alice")
      let material = try home.publicKeys(fingerprint)
      try withScratchDirectory { scratch in
        try run(["chmod", "700", scratch.path]).succeeded()
        unsafe setenv("XDG_RUNTIME_DIR", scratch.path, 1)
        let keys = try KeyFile.read(material, name: "alice")
        do throws(Failure) {
          try Verifier.withKeys(keys) { (_) throws(Failure) in
            let names = try Directory(opening: scratch.path).list()
            precondition(names.count == 1, "the private home lies in XDG_RUNTIME_DIR")
            throw Failure(.internal, "test", "")
          }
        } catch {
          precondition(error == Failure(.internal, "test", ""))
        }
        let left = try Disk.names(in: scratch.path)
        precondition(left.isEmpty)
        // A directory that others may read is not used.
        try run(["chmod", "755", scratch.path]).succeeded()
        try Verifier.withKeys(keys) { (_) throws(Failure) in
          let names = try Directory(opening: scratch.path).list()
          precondition(names.isEmpty)
        }
      }
    }
  }
}
