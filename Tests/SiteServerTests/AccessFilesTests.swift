import SafeIO
import TestSupport
import Testing

@testable import SiteServer

#if Network
/// The files of users and rights, and what clients show.
struct AccessFilesTests {
  private func rights(_ text: String) throws -> [String: Rights] {
    try withScratchDirectory { scratch in
      try Disk.write(text, to: scratch.path("rights"))
      return try RightsFile(scratch.path("rights")).rights
    }
  }

  @Test func rightsAreReadAsTheyStand() throws {
    let all = try rights("user: alice\r\nREAD: * \nOperate:\n a b/*\n\n\n# x\nUser: *\nRead: a\n")
    #expect(all.keys.sorted() == ["*", "alice"])
    #expect(all["alice"]?.allow(.read, at: "z") == true)
    #expect(all["alice"]?.allow(.operate, at: "a") == true)
    #expect(all["alice"]?.allow(.operate, at: "a/b") == false)
    #expect(all["alice"]?.allow(.operate, at: "b/c/d") == true)
    #expect(all["alice"]?.allow(.operate, at: "b") == false)
    #expect(all["alice"]?.allow(.release, at: nil) == false)
  }

  @Test(arguments: [
    "Read: *\n", "User: a b\n", "User:\n", "User: a\nUser: b\n", "User: a\n\nUser: a\n",
    "User: a\nRead: **\n", "User: a\nRead: /x\n", "User: a\nRead: x/\n", "User: a\nRead: ../x\n",
    "User: a\nWrite: x\n", "User a\n", " a\n", "User: a*\n", "User: a\u{7}\n",
    "User: a\nRead: x,y*\n",
  ])
  func rightsThatAreUnclearAreRefused(_ text: String) {
    #expect(throws: Failure.self) { try rights(text) }
  }

  @Test(arguments: [
    ("QQ==", "A"), ("QUI=", "AB"), ("QUJD", "ABC"), ("", ""), ("YWxpY2U6dGlkZQ==", "alice:tide"),
  ])
  func base64(_ text: String, _ plain: String) {
    #expect(Base64Text.bytes(text) == Array(plain.utf8))
  }

  @Test(arguments: ["Q", "QQ", "QQ=", "Q===", "Q Q=", "QQ==QQ==", "_-__", "QUJ\u{0}"])
  func whatIsNoBase64(_ text: String) { #expect(Base64Text.bytes(text) == nil) }

  @Test func manyWrongPasswordsAreNotLookedAt() {
    let throttle = LoginThrottle()
    var told = 0
    for _ in 0..<10 {
      #expect(throttle.allows("192.0.2.1"))
      if throttle.fail("192.0.2.1") { told += 1 }
    }
    #expect(!throttle.allows("192.0.2.1"))
    #expect(throttle.allows("192.0.2.2"))
    #expect(told == 1)
  }

  @Test func aPasswordThatWasRightIsForgottenWhenThereAreOthers() {
    let verified = VerifiedLogins()
    let round = verified.round
    verified.note("alice", [1, 2], in: round)
    #expect(verified.have("alice", [1, 2]))
    #expect(!verified.have("alice", [1]))
    #expect(!verified.have("alic", [0x65, 1, 2]))
    verified.forget()
    #expect(!verified.have("alice", [1, 2]))
    verified.note("alice", [1, 2], in: round)
    #expect(!verified.have("alice", [1, 2]))
  }

  @Test func whatIsNoCertificateHasNoName() {
    #expect(CertificateName.commonName([]) == nil)
    #expect(CertificateName.commonName([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]) == nil)
    #expect(CertificateName.commonName([0x30, 0x03, 0x30, 0x7f, 0x00]) == nil)
  }
}
#endif
