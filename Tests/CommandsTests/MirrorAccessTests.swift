import SafeIO
import TestSupport
import Testing

/// Proxies, credentials, and what nobody may see of them.
@Suite(.enabled(if: hasNetwork)) struct MirrorAccessTests {
  @Test func credentialsGoWhereTheyBelongAndNowhereElse() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      let (login, secret) = ("carol", "hush-0815-hush")
      try Disk.write(
        "machine http://127.0.0.1:\(lab.server.port) login \(login) password \(secret)\n",
        to: scratch.path("auth.conf")
      )
      try Disk.write(
        "Dir::Etc::netrc \"\(scratch.path("auth.conf"))\";\n",
        to: scratch.path("apt.conf")
      )
      let elsewhere = try UpstreamServer(tree: lab.forge.root)
      let deb = "pool/main/p/pier/pier_1.0-1_amd64.deb"
      lab.server.misbehave(
        at: deb,
        .status(302, ["Location": "\(elsewhere.url)/\(deb)"])
      )
      try lab.create("stable")
      let result = try lab.update("--json")
      try result.succeeded()
      #expect(lab.server.requests.allSatisfy { $0.headers["authorization"] != nil })
      #expect(elsewhere.requests.count == 1)
      #expect(elsewhere.requests.allSatisfy { $0.headers["authorization"] == nil })
      let shown = try lab.site("mirror", "show", "m", "--json").succeeded()
      #expect(
        !(String(decoding: result.output, as: UTF8.self) + result.errors + shown).contains(secret)
      )
      let found = try run(["grep", "-rlF", "-e", secret, "-e", login, scratch.path("depot")])
      #expect(found.status == 1, "\(found.errors)")
    }
  }

  /// `apt` follows links there, and passes over what it may not read.
  @Test func filesWithCredentialsMayBeLinksAndUnreadable() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try Disk.makeDirectory(scratch.path("auth"))
      try Disk.write(
        "machine http://127.0.0.1:\(lab.server.port) login carol password hush\n",
        to: scratch.path("elsewhere")
      )
      try Disk.symbolicLink(scratch.path("auth/ours.conf"), to: scratch.path("elsewhere"))
      try Disk.write(
        "Dir::Etc::netrcparts \"\(scratch.path("auth"))\";\n",
        to: scratch.path("apt.conf")
      )
      try lab.create("stable")
      try lab.update().succeeded()
      #expect(lab.server.requests.allSatisfy { $0.headers["authorization"] != nil })
    }
  }

  @Test func anAddressWithAPasswordIsRefused() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      let result = try lab.site(
        "mirror",
        "create",
        "m",
        "http://carol:hush@127.0.0.1:1/",
        "stable",
        "--keyring",
        lab.key
      )
      #expect(result.refused(.usage) && !result.errors.contains("hush"))
    }
  }

  @Test func theProxyOfTheEnvironmentIsUsed() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      var site = lab.site
      site.environment["no_proxy"] = ""
      site.environment["http_proxy"] = lab.server.url
      try site(
        "mirror",
        "create",
        "m",
        "http://vendor.example",
        "stable",
        "--keyring",
        lab.key
      ).succeeded()
      try site("mirror", "update", "m", "--timeout", "2").succeeded()
      #expect(lab.server.requests.allSatisfy { $0.target.hasPrefix("http://vendor.example/") })
      #expect(lab.server.requests.allSatisfy { $0.headers["host"] == "vendor.example" })
    }
  }

  @Test func theRateIsLimited() throws {
    try withScratchDirectory { scratch in
      var suite = ForgedSuite.small()
      suite.components["main"]?.append(ForgedPackage("ballast", payload: 300_000))
      let lab = try MirrorLab(scratch, suite)
      try lab.create("stable")
      // At least the bytes divided by the rate, less what may be made up for.
      let watch = ContinuousClock.now
      try lab.update("--limit-rate", "150kB").succeeded()
      #expect(ContinuousClock.now - watch > .milliseconds(1200))
    }
  }
}
