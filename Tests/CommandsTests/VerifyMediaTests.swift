import Foundation
import SafeIO
import TestSupport
import Testing

/// What `verify` says of one medium of a set, and of what does not belong on a medium.
@Suite struct VerifyMediaTests {
  private func verify(_ site: ThreatsSite, _ more: String...) throws -> RunResult {
    try site.kiosk(["verify", site.medium, "--keyring", site.lab.exporterKey] + more)
  }

  @Test func `One good medium of a set is said in one line, with ranges`() throws {
    try ThreatsSite.with(exported: true) { site in
      let chunks = try site.chunks
      try #require(chunks.count >= 3)
      for chunk in chunks.dropFirst(1) { Disk.remove(chunk) }
      let one = try verify(site)
      #expect(one.refused(.incomplete), "\(one.everything)")
      let rest = chunks.count == 2 ? "2" : "2-\(chunks.count)"
      let line = "this medium: chunks 1 of \(chunks.count), all good; on other media: \(rest)"
      #expect(one.text.contains(line), "\(one.text)")
      #expect(!one.text.contains("MISSING") && !one.text.contains("lost:"), "\(one.text)")
      #expect(one.errors.contains("missing: chunks \(rest)"), "\(one.errors)")
      #expect(one.errors.contains("check the other media of the set too"), "\(one.errors)")
      let names = try verify(site, "--verbose").text
      for chunk in chunks.dropFirst(1) {
        #expect(names.contains("MISSING:   chunks/" + (chunk.split(separator: "/").last ?? "")))
      }
      // A file of several parts is named once.
      let lost = names.split(separator: "\n").filter { $0.hasPrefix("lost:") }
      #expect(!lost.isEmpty && Set(lost).count == lost.count, "\(names)")
      #expect(names.contains("files:     \(lost.count) are not whole here"), "\(names)")
    }
  }

  @Test func `What lies beside the bundle is listed, and refused when it is to be`() throws {
    try ThreatsSite.with(exported: true) { site in
      try #expect(verify(site, "--strict").status == 0)
      try Disk.makeDirectory(site.medium + "/lost+found")
      try #expect(verify(site, "--strict").status == 0)
      try Disk.write("x", to: site.medium + "/other.pdf")
      try Disk.makeDirectory(site.medium + "/album/summer")
      try Disk.write("x", to: site.medium + "/album/summer/one.jpg")
      try Disk.write("x", to: site.bundle + "/chunks/deep.txt")
      let listed = try verify(site)
      #expect(listed.status == 0, "\(listed.everything)")
      for name in ["other.pdf", "album/summer/one.jpg", "chunks/deep.txt"] {
        #expect(listed.text.contains("\(name) (ignored)"), "\(listed.text)")
      }
      let strict = try verify(site, "--strict")
      #expect(strict.refused(.unsafe) && strict.errors.contains("E-UNSAFE-STRANGERS"))
      // Who names the bundle's own directory has only that looked at.
      let named = try site.kiosk("verify", site.bundle, "--keyring", site.lab.exporterKey)
      #expect(!named.text.contains("other.pdf"), "\(named.text)")
    }
  }

  @Test(arguments: ["", "/album", "/mainland-000001", "/mainland-000001/sub"])
  func `A link or pipe anywhere on the medium is unsafe`(place: String) throws {
    try ThreatsSite.with(exported: true) { site in
      try Disk.makeDirectory(site.medium + place)
      let link = site.medium + place + "/link"
      try Disk.symbolicLink(link, to: "/")
      let linked = try verify(site)
      #expect(linked.refused(.unsafe), "\(linked.everything)")
      #expect(linked.text.contains("UNSAFE:    \(link) is a symbolic link"), "\(linked.text)")
      Disk.remove(link)
      try run(["mkfifo", link]).succeeded()
      #expect(try verify(site).refused(.unsafe))
      Disk.remove(link)
      // A name that is no text.
      try run(["sh", "-c", "ln -s / \"$1/$(printf 'a\\377')\"", "sh", site.medium + place])
        .succeeded()
      #expect(try verify(site).refused(.unsafe))
    }
  }

  @Test(arguments: ["ln -s /dev/null", "mkfifo", "mkdir"])
  func `What is no file in a chunk's place is unsafe for verify and import`(command: String) throws
  {
    try ThreatsSite.with(exported: true) { site in
      let chunk = try #require(try site.chunks.first)
      Disk.remove(chunk)
      try run(["sh", "-c", command + " \"$1\"", "sh", chunk]).succeeded()
      let taken = try site.expectRefusal(.unsafe, "UNSAFE-NOT-REGULAR", naming: chunk)
      #expect(!taken.errors.contains("copied again"))
      #expect(try verify(site).refused(.unsafe))
    }
  }

  @Test func `A chunk of another name is told as such, and no stranger`() throws {
    try ThreatsSite.with(exported: true) { site in
      let chunk = try #require(try site.chunks.first)
      try Disk.rename(chunk, to: site.bundle + "/chunks/RENAMED.TAR")
      let result = try verify(site)
      #expect(result.status == 0, "\(result.everything)")
      #expect(result.text.contains("RENAMED.TAR is chunks/000001"), "\(result.text)")
      #expect(!result.text.contains("stranger"), "\(result.text)")
    }
  }

  @Test func `Side files that are gone are not called altered`() throws {
    try ThreatsSite.with(exported: true) { site in
      Disk.remove(site.bundle + "/SHA256SUMS")
      try Damage.flipBit(of: site.bundle + "/README.txt", at: 5)
      let result = try verify(site)
      #expect(result.status == 0)
      #expect(result.text.contains("not here:  \(site.bundle)/SHA256SUMS"), "\(result.text)")
      #expect(result.text.contains("altered:   \(site.bundle)/README.txt"), "\(result.text)")
      #expect(try verify(site, "--strict").refused(.unsafe))
    }
  }

  @Test func `A foreign bundle beside a good one hides nothing of it`() throws {
    try ThreatsSite.with(exported: true) { site in
      let foreign = site.medium + "/elsewhere-000001"
      try Disk.copyTree(site.bundle, to: foreign)
      let text = try Disk.text(foreign + "/MANIFEST")
      try Disk.write(
        text.replacing("Stream: mainland", with: "Stream: elsewhere"),
        to: foreign + "/MANIFEST"
      )
      let result = try verify(site)
      #expect(result.refused(.trust), "\(result.everything)")
      #expect(result.text.contains("complete:  everything is here"), "\(result.text)")
      #expect(result.text.contains("REFUSED:"), "\(result.text)")
    }
  }
}
