import OpenPGP
import SafeIO
import TestSupport
import Testing

@Suite struct TimeTests {
  let fixtures: Fixtures

  init() throws { fixtures = try Fixtures.shared.get() }

  private func policy(
    _ time: String,
    floor: String? = nil,
    acceptExpiredKeys: Bool = false
  ) throws -> SignaturePolicy {
    SignaturePolicy(
      now: try #require(UTCTime(rfc3339: time)),
      floor: try floor.map { try #require(UTCTime(rfc3339: $0)) } ?? .earliest,
      acceptExpiredKeys: acceptExpiredKeys
    )
  }

  @Test func `a key that has expired is refused, or accepted for what it signed before`() throws {
    let home = try GnuPGHome()
    let key = try home.makeKey("Old", expires: "2021-01-01", at: "20200101T000000")
    let signature = try home.sign(fixtures.data, by: key, at: "20200601T000000")
    let keys = try KeyFile.read(home.publicKeys(key), name: "keys")
    #expect(keys.first?.isExpired == true)
    #expect(throws: trust("expired-key")) { try fixtures.verify(signature, with: keys) }
    let lenient = try policy("2026-11-22T00:00:00Z", acceptExpiredKeys: true)
    #expect(try fixtures.verify(signature, with: keys, policy: lenient).good.count == 1)
    // At the time of the export it was good: one moment decides, not the wall clock.
    let then = try policy("2020-07-01T00:00:00Z")
    #expect(try fixtures.verify(signature, with: keys, policy: then).good.count == 1)
  }

  @Test func `an expired signature is a matter of freshness`() throws {
    let home = try GnuPGHome()
    let key = try home.makeKey("Signer", at: "20200101T000000")
    let signature = try home.sign(
      fixtures.data,
      by: key,
      options: ["--default-sig-expire", "10d"],
      at: "20200601T000000"
    )
    let keys = try KeyFile.read(home.publicKeys(key), name: "keys")
    #expect(throws: freshness("expired-signature")) { try fixtures.verify(signature, with: keys) }
    let then = try policy("2020-06-05T00:00:00Z")
    #expect(try fixtures.verify(signature, with: keys, policy: then).good.count == 1)
  }

  @Test(arguments: ["1970-01-01T00:00:00Z", "2020-01-01T00:00:00Z"])
  func `a clock that is behind is a clock fault, not a bad key`(_ time: String) throws {
    let signature = try fixtures.sign(fixtures.alice)
    let behind = try policy(time)
    #expect(throws: freshness("clock")) { try fixtures.verify(signature, policy: behind) }
  }

  @Test func `a clock a little behind the key's birth is within the skew`() throws {
    let behind = SignaturePolicy(now: UTCTime.now().adding(seconds: -3600))
    #expect(try fixtures.verify(fixtures.sign(fixtures.alice), policy: behind).good.count == 1)
  }

  @Test func `a clock far ahead finds the signature good when nothing expires`() throws {
    let ahead = try policy("2099-01-01T00:00:00Z")
    #expect(try fixtures.verify(fixtures.sign(fixtures.alice), policy: ahead).good.count == 1)
  }

  @Test func `a signature from the future is refused beyond the skew`() throws {
    let home = try GnuPGHome()
    let key = try home.makeKey("Signer", at: "20200101T000000")
    let keys = try KeyFile.read(home.publicKeys(key), name: "keys")
    let signature = try home.sign(fixtures.data, by: key, at: "20200603T000001")
    let tooEarly = try policy("2020-06-02T00:00:00Z")
    #expect(throws: freshness("clock")) {
      try fixtures.verify(signature, with: keys, policy: tooEarly)
    }
    let within = try policy("2020-06-02T12:00:00Z")
    #expect(try fixtures.verify(signature, with: keys, policy: within).good.count == 1)
  }

  @Test func `a signature older than the floor is refused`() throws {
    let home = try GnuPGHome()
    let key = try home.makeKey("Signer", at: "20200101T000000")
    let keys = try KeyFile.read(home.publicKeys(key), name: "keys")
    let signature = try home.sign(fixtures.data, by: key, at: "20200201T000000")
    let floor = try policy("2020-06-02T00:00:00Z", floor: "2020-03-01T00:00:00Z")
    #expect(throws: freshness("old-signature")) {
      try fixtures.verify(signature, with: keys, policy: floor)
    }
  }

  @Test func `a key from the future can be read, so that the clock can be blamed`() throws {
    let home = try GnuPGHome()
    let key = try home.makeKey("Tomorrow", at: "20350101T000000")
    // gpg itself would leave out what is from the future, were it not told another time.
    let exported = try home.gpg(["--export", key], at: "20350101T000200").output
    let keys = try KeyFile.read(exported, name: "keys")
    let signature = try home.sign(fixtures.data, by: key, at: "20350101T000100")
    #expect(keys.map(\.fingerprint.text) == [key])
    #expect(throws: freshness("clock")) { try fixtures.verify(signature, with: keys) }
  }
}
