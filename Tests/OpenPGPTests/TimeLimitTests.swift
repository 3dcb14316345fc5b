import Glibc
import SafeIO
import TestSupport
import Testing

@testable import OpenPGP

@Suite struct TimeLimitTests {
  @Test func `a gpg that does not end is given up, and said to be the reason`() throws {
    let fixtures = try Fixtures.shared.get()
    try withScratchDirectory { scratch in
      try run(["chmod", "700", scratch.path]).succeeded()
      // gpg waits without end for a lock that a living process of this computer holds: us.
      let digits = String(getpid())
      let holder = String(repeating: " ", count: 10 - digits.utf8.count) + digits
      let host = try run(["uname", "-n"]).succeeded()
      try Disk.write("\(holder)\n\(host)", to: scratch.path("pubring.kbx.lock"))
      let context = try Context(home: scratch.path, seconds: 1)
      let material = try fixtures.key(fixtures.alice).material
      #expect(throws: Failure(.configuration, "gnupg-time", "")) {
        try context.importKeys(material, name: "keys")
      }
    }
  }
}
