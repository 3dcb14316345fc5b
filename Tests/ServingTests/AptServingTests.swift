import SafeIO
import TestSupport
import Testing

/// Real apt with the program as its web server.
@Suite(.enabled(if: hasNetwork), .serialized) struct AptServingTests {
  @Test func aptUpdatesInstallsAndDownloadsWithPipelining() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let client = try lab.client(try server.url)
      try client.update().succeeded()
      #expect(try client.downloadAll().count == 15)
      #expect(try client.simulateInstall("pier") == ["pier", "pier-data"])
      try client.aptGet("--download-only", "install", "pier").succeeded()
      let lines = try server.lines()
      let byHash = lines.filter { $0.contains("/by-hash/SHA512/") && $0.contains("\" 200 ") }
      #expect(!byHash.isEmpty, "\(lines)")
      #expect(lines.filter { !$0.contains("\" 200 ") && !$0.contains("\" 404 ") } == [])
      #expect(lines.allSatisfy { $0.contains("Debian APT-HTTP") && $0.hasSuffix(" debian 1") })
      // Nothing new: all that apt asks for it has already.
      try client.update().succeeded()
      #expect(try server.lines().last?.contains("\" 304 0 ") == true)
    }
  }

  @Test func anInterruptedDownloadGoesOn() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let client = try lab.client(try server.url)
      try client.update().succeeded()
      let partial = client.root + "/var/cache/apt/archives/partial/cargo_1.0-1_amd64.deb"
      try run([
        "curl", "-sSf", "-R", "-r", "0-29999999", "-o", partial, server.url + lab.cargo(),
      ]).succeeded()
      try client.aptGet("--download-only", "install", "cargo").succeeded()
      let whole = client.root + "/var/cache/apt/archives/cargo_1.0-1_amd64.deb"
      #expect(try Disk.read(whole) == lab.published(lab.cargo()))
      let parts = try server.lines().filter { $0.contains("\" 206 ") && $0.contains("APT-HTTP") }
      #expect(parts.count == 1, "\(parts)")
      let sent = parts.first?.split(separator: "\" 206 ").last?.split(separator: " ").first
      #expect(Int(sent ?? "") ?? .max < ServingLab.cargoSize - 29_000_000)
    }
  }

  @Test func aPinnedClientKeepsItsSnapshot() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      try lab.publishSecond()
      let now = try lab.client(try server.url, named: "now")
      try now.update().succeeded()
      let pinned = try lab.client(try server.url, named: "pinned", prefix: "debian/snapshots/first")
      try pinned.update().succeeded()
      #expect(try now.available().contains("pier:amd64=2.0-1"))
      #expect(try pinned.available().contains("pier:amd64=1.0-1"))
      #expect(try pinned.downloadAll().count == 15)
    }
  }

  @Test func aPrivateAuthorityAndCertificatesOfMachines() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let certificates = try TestCertificates(scratch.path("tls"))
      for name in ["server", "plant-7"] { try certificates.issue(name) }
      let server = try lab.serve(
        "--tls-certificate",
        certificates.path("server.pem"),
        "--tls-key",
        certificates.path("server.key"),
        "--tls-client-authority",
        certificates.authority
      )
      let trust = "Acquire::https::CaInfo \"\(certificates.authority)\";\n"
      let url = try server.url
      #expect(url.hasPrefix("https://"))
      #expect(try lab.client(url, named: "foreign").update().status != 0)
      #expect(try lab.client(url, named: "anonymous", more: trust).update().status != 0)
      let own =
        "Acquire::https::SslCert \"\(certificates.path("plant-7.pem"))\";\n"
        + "Acquire::https::SslKey \"\(certificates.path("plant-7.key"))\";\n"
      let client = try lab.client(url, named: "own", more: trust + own)
      try client.update().succeeded()
      #expect(try client.downloadAll().count == 15)
      #expect(try server.lines().allSatisfy { $0.contains(" - plant-7 [") })
    }
  }

  @Test func aSwitchBetweenReleaseAndIndexIsNoTrouble() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let port = try server.port
      let release = try Wire.get(port, "/debian/dists/stable/InRelease")
      #expect(release.status == 200)
      let packages = try Wire.get(port, "/debian/dists/stable/main/binary-amd64/Packages.xz").body
      let sum = try run(["sha256sum"], input: packages).succeeded().prefix(64)
      try lab.publishSecond()
      let name = "/debian/dists/stable/main/binary-amd64/by-hash/SHA256/\(sum)"
      let later = try Wire.get(port, name)
      #expect(later.status == 200)
      #expect(later.body == packages)
      #expect(try Wire.get(port, "/debian/dists/stable/InRelease").body != release.body)
      #expect(try Wire.get(port, "/" + lab.cargo()).status == 200)
    }
  }
}
