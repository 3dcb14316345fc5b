import Foundation
import SafeIO
import TestSupport
import Testing

/// A repository that requires signatures takes what a key pinned for it signed, and of that only what the
/// signature covers.
@Suite struct SignedUploadTests {
  private func withLab(
    _ body: (ScratchDirectory, Crossing, GnuPGHome, _ key: String) throws -> Void
  ) throws {
    try withScratchDirectory { scratch in
      let lab = try Crossing(scratch)
      let gnupg = try GnuPGHome()
      let key = try gnupg.makeKey("Uploader <uploader@repository.example>")
      try Disk.write(try gnupg.armoredKey(key), to: scratch.path("uploader.asc"))
      try lab.connected(
        "repo",
        "create",
        "tools",
        "--keyring",
        scratch.path("uploader.asc")
      ).succeeded()
      try body(scratch, lab, gnupg, key)
    }
  }

  @Test func `What debuild signed comes in, and what nobody signed does not`() throws {
    try withLab { scratch, lab, gnupg, key in
      let shown = try lab.connected("repo", "show", "tools").succeeded()
      #expect(shown.contains("signed uploads only"), "\(shown)")
      let trust = try lab.connected("trust", "list").succeeded()
      #expect(trust.contains("uploader") && trust.contains("uploads to tools"), "\(trust)")
      let plain = try BuiltUpload(scratch, to: "plain")
      for path in [try plain.changes, plain.dsc, plain.deb, plain.directory] {
        let refused = try lab.connected("repo", "add", "tools", path)
        #expect(refused.refused(.trust, "unsigned-upload"), "\(path): \(refused.everything)")
      }
      let signed = try BuiltUpload(scratch, to: "signed", signedBy: key, home: gnupg.path)
      #expect(try Disk.text(signed.changes).hasPrefix("-----BEGIN PGP SIGNED MESSAGE-----"))
      let bare = try lab.connected("repo", "add", "tools", signed.deb)
      #expect(bare.refused(.trust, "unsigned-upload"), "\(bare.everything)")
      let added = try lab.connected("repo", "add", "tools", signed.directory).succeeded()
      #expect(added.contains("signed by: \(key)"), "\(added)")
      #expect(added.contains("has:       3 packages"), "\(added)")
      let log = try lab.connected("audit", "show", "--json").succeeded()
      #expect(log.contains(key), "\(log)")
      #expect(log.contains("repo-added"), "\(log)")
      // The description by itself is signed, too.
      let second = try BuiltUpload(
        scratch,
        version: "1.0-2",
        to: "signed",
        signedBy: key,
        home: gnupg.path
      )
      try lab.connected("repo", "add", "tools", second.dsc).succeeded()
      try lab.connected("depot", "check").succeeded()
    }
  }

  @Test func `Another key counts for nothing, and a key for one repository only for that one`()
    throws
  {
    try withLab { scratch, lab, gnupg, key in
      let other = try gnupg.makeKey("Somebody <else@repository.example>")
      let built = try BuiltUpload(scratch, signedBy: other, home: gnupg.path)
      let refused = try lab.connected("repo", "add", "tools", built.changes)
      #expect(refused.refused(.trust), "\(refused.everything)")
      // A vendor's key, an exporter's key, and a key for another repository are no uploader's.
      try Disk.write(try gnupg.armoredKey(other), to: scratch.path("other.asc"))
      for (role, name) in [("upstream", "vendor2"), ("exporter", "x"), ("uploader", "others")] {
        try lab.connected(
          "trust",
          "add",
          scratch.path("other.asc"),
          "--role",
          role,
          "--name",
          name,
          "--all"
        ).succeeded()
        #expect(try lab.connected("repo", "add", "tools", built.changes).refused(.trust), "\(role)")
      }
      try lab.connected("repo", "create", "open", "--require-signature").succeeded()
      let none = try lab.connected("repo", "add", "open", built.changes)
      #expect(none.refused(.trust, "no-upload-key"), "\(none.everything)")
      // In place of the first key: that one counts no more.
      try lab.connected("repo", "edit", "tools", "--keyring", scratch.path("other.asc")).succeeded()
      try lab.connected("repo", "add", "tools", built.changes).succeeded()
      let mine = try BuiltUpload(
        scratch,
        version: "2.0-1",
        to: "mine",
        signedBy: key,
        home: gnupg.path
      )
      #expect(try lab.connected("repo", "add", "tools", mine.changes).refused(.trust))
      // Under another name the keys stay; of a repository that is gone they go.
      try lab.connected("repo", "edit", "tools", "--name", "others2").succeeded()
      #expect(try lab.connected("repo", "add", "others2", mine.changes).refused(.trust))
      try lab.connected("repo", "remove", "others2").succeeded()
      try lab.connected("repo", "create", "others2", "--require-signature").succeeded()
      let forgotten = try lab.connected("repo", "add", "others2", built.changes)
      #expect(forgotten.refused(.trust, "no-upload-key"), "\(forgotten.everything)")
      try lab.connected("repo", "edit", "others2", "--no-require-signature").succeeded()
      try lab.connected("repo", "add", "others2", built.changes).succeeded()
    }
  }

  @Test func `Text that the signature does not cover is never read`() throws {
    try withLab { scratch, lab, gnupg, key in
      let built = try BuiltUpload(scratch, signedBy: key, home: gnupg.path)
      let changes = try built.changes
      let text = try Disk.text(changes)
      let evil = try BuiltUpload(scratch, content: "evil", to: "evil")
      let unsigned = try Disk.text(evil.changes)
      for name in try Disk.names(in: evil.directory) where !name.hasSuffix(".changes") {
        Disk.remove(built.directory + "/" + name)
        try Disk.rename(evil.directory + "/" + name, to: built.directory + "/" + name)
      }
      for (what, lie) in [
        ("before", unsigned + "\n" + text), ("behind", text + "\n" + unsigned),
        ("changed", text.replacing("urgency=medium", with: "urgency=high")),
        ("as a header", text.replacing("Hash:", with: "Comment: x\nHash:")),
        ("twice", text + text),
      ] {
        try Disk.write(lie, to: changes)
        let refused = try lab.connected("repo", "add", "tools", changes)
        #expect(refused.status != 0, "\(what): \(refused.everything)")
      }
      // Nor does one without a demand for signatures read around the signed text.
      try lab.connected("repo", "edit", "tools", "--no-require-signature").succeeded()
      for lie in [text + "\n" + unsigned, text + text] {
        try Disk.write(lie, to: changes)
        #expect(try lab.connected("repo", "add", "tools", changes).status != 0)
      }
      #expect(try lab.connected("repo", "show", "tools").succeeded().contains("0 packages"))
    }
  }
}
