import SafeIO
import TestSupport
import Testing

@Suite struct DirectoryTests {
  /// Runs `body` with a directory that has a secret beside it, and links that lead there.
  private func withTrap(_ body: (Directory, ScratchDirectory) throws -> Void) throws {
    try withScratchDirectory(onDisk: true) { scratch in
      try Disk.write("secret", to: scratch.path("outside/secret"))
      try Disk.write("inside", to: scratch.path("top/sub/file"))
      try Disk.symbolicLink(scratch.path("top/absolute"), to: scratch.path("outside"))
      try Disk.symbolicLink(scratch.path("top/relative"), to: "../outside")
      try Disk.symbolicLink(scratch.path("top/sub/up"), to: "../../outside/secret")
      try Disk.symbolicLink(scratch.path("top/inner"), to: "sub")
      try Disk.symbolicLink(scratch.path("top/dangling"), to: "nowhere")
      try Disk.symbolicLink(scratch.path("outside/link"), to: "secret")
      try body(try Directory(opening: scratch.path("top")), scratch)
    }
  }

  @Test(arguments: [
    "absolute/secret", "relative/secret", "sub/up", "../outside/secret", "sub/../../outside/secret",
    "inner/file", "relative", "dangling",
  ])
  func `T100: neither links nor climbing lead out`(_ path: String) throws {
    try withTrap { top, _ in
      let reads: [() throws -> Void] = [
        { _ = try top.file(path) },
        { _ = try top.contents(of: path, limit: 100) },
        { _ = try top.directory(path) },
        { _ = try top.directoryIfPresent(path) },
        { _ = try top.createFile(path + ".new") },
        { _ = try top.openOrCreateFile(path, mode: 0o600) },
      ]
      for (index, read) in reads.enumerated() {
        // The link itself is the last component: the new name beside it is a harmless one.
        if index == 4, ["sub/up", "relative", "dangling"].contains(path) { continue }
        let found = try #require(failure(read), "\(index)")
        #expect(found.kind == .unsafe || found.kind == .io, "\(found.reason)")
      }
    }
  }

  @Test(arguments: ["/etc/hostname", "/"])
  func `An absolute path is not below a directory`(_ path: String) throws {
    try withTrap { top, _ in
      #expect(failure { _ = try top.file(path) }?.kind == .unsafe)
      #expect(failure { _ = try top.directory(path) }?.kind == .unsafe)
      #expect(failure { _ = try top.status(path) }?.kind == .unsafe)
    }
  }

  @Test func `Status sees a link as a link and never looks through one`() throws {
    try withTrap { top, _ in
      let wanted: [(path: String, kind: FileStatus.Kind?)] = [
        ("relative", .symbolicLink), ("dangling", .symbolicLink), ("sub/up", .symbolicLink),
        ("sub", .directory), ("sub/file", .regular), ("nothing", nil), ("sub/file/below", nil),
      ]
      for (path, kind) in wanted {
        let status = try top.status(path)
        #expect(status?.kind == kind, "\(path)")
      }
      for path in ["relative/secret", "absolute/link", "inner/file", "relative/nothing"] {
        #expect(failure { _ = try top.status(path) }?.code == "E-UNSAFE-PATH", "\(path)")
      }
    }
  }

  @Test func `T101: a directory that is swapped for a link is not followed`() throws {
    try withTrap { top, scratch in
      let sub = try top.directory("sub")
      try Disk.rename(scratch.path("top/sub"), to: scratch.path("moved"))
      try Disk.symbolicLink(scratch.path("top/sub"), to: "../outside")
      #expect(failure { _ = try top.file("sub/secret") }?.code == "E-UNSAFE-PATH")
      // The handle still is the old directory.
      #expect(try sub.contents(of: "file", limit: 10) == Array("inside".utf8))
      _ = try sub.createFile("new")
      #expect(Disk.exists(scratch.path("moved/new")))
      #expect(!Disk.exists(scratch.path("outside/new")))
    }
  }

  @Test func `Removing a tree does not follow links`() throws {
    try withTrap { top, scratch in
      #expect(try top.removeTree("relative"))
      try Disk.symbolicLink(scratch.path("top/sub/out"), to: scratch.path("outside"))
      #expect(try top.removeTree("sub"))
      #expect(try !top.removeTree("sub"))
      #expect(try Disk.text(scratch.path("outside/secret")) == "secret")
    }
  }

  @Test func `A FIFO, a directory and a socket are refused without waiting`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      try run(["mkfifo", scratch.path("fifo")]).succeeded()
      _ = try scratch.directory("directory")
      let top = try Directory(opening: scratch.path)
      for name in ["fifo", "directory"] {
        #expect(failure { _ = try top.file(name) }?.code == "E-UNSAFE-NOT-REGULAR")
        #expect(failure { _ = try top.contents(of: name, limit: 9) }?.kind == .unsafe)
      }
      #expect(try top.status("fifo")?.kind == .other)
      #expect(try top.list().map(\.kind) == [.directory, .other])
    }
  }

  @Test func `Names come sorted by bytes, without dots and without what is no UTF-8`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      for name in ["b", "a", "B", "é", "a b", "10", "9"] {
        try Disk.write("", to: scratch.path(name))
      }
      try run(["bash", "-c", "touch \"$1\"/$'\\xff'", "x", scratch.path]).succeeded()
      let names = try Directory(opening: scratch.path).list().map(\.name)
      #expect(names == ["10", "9", "B", "a", "a b", "b", "é"])
    }
  }

  @Test func `A limit on a file's length is kept`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      try Disk.write([UInt8](repeating: 1, count: 200_000), to: scratch.path("f"))
      let top = try Directory(opening: scratch.path)
      #expect(try top.contents(of: "f", limit: 200_000).count == 200_000)
      #expect(
        failure { _ = try top.contents(of: "f", limit: 199_999) }?.code == "E-UNSAFE-TOO-LARGE"
      )
    }
  }

  @Test func `A missing directory is the user's mistake`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      #expect(failure { _ = try Directory(opening: scratch.path("no")) }?.kind == .usage)
      try Disk.write("", to: scratch.path("file"))
      #expect(failure { _ = try Directory(opening: scratch.path("file")) }?.kind == .usage)
      _ = try Directory(creating: scratch.path("a/b/c"))
      #expect(Disk.exists(scratch.path("a/b/c")))
    }
  }

  @Test func `Modes do not depend on the umask`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let top = try Directory(opening: scratch.path)
      _ = try top.createFile("f", mode: 0o664)
      #expect(try top.makeDirectory("d", mode: 0o775))
      #expect(try !top.makeDirectory("d"))
      #expect(try top.status("f")?.mode == 0o664)
      #expect(try top.status("d")?.mode == 0o775)
    }
  }

  @Test func `Renaming without replacing leaves what is there`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      try Disk.write("1", to: scratch.path("a"))
      try Disk.write("2", to: scratch.path("b"))
      let top = try Directory(opening: scratch.path)
      #expect(try !top.renameWithoutReplacing("a", to: top, as: "b"))
      #expect(try Disk.text(scratch.path("b")) == "2")
      #expect(try top.renameWithoutReplacing("a", to: top, as: "c"))
      #expect(try top.list().map(\.name) == ["b", "c"])
    }
  }

  @Test func `A path is made below a directory and through no link`() throws {
    try withTrap { top, scratch in
      let made = try top.makePath(try #require(RelativePath("x/y/z")))
      _ = try made.createFile("f")
      #expect(Disk.exists(scratch.path("top/x/y/z/f")))
      let path = try #require(RelativePath("relative/y"))
      #expect(failure { _ = try top.makePath(path) }?.code == "E-UNSAFE-PATH")
      #expect(!Disk.exists(scratch.path("outside/y")))
    }
  }
}

@Suite struct DurableFileTests {
  @Test func `A file is replaced as a whole and nothing else stays`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let top = try Directory(opening: scratch.path)
      for text in ["first", "second and longer", ""] {
        try DurableFile.write(Array(text.utf8), as: "f", in: top)
        #expect(try Disk.text(scratch.path("f")) == text)
      }
      #expect(try top.list().map(\.name) == ["f"])
      #expect(try top.status("f")?.mode == 0o644)
    }
  }

  @Test func `What an interrupted run left is replaced`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      try Disk.write("half", to: scratch.path("f.part"))
      let top = try Directory(opening: scratch.path)
      try DurableFile.write([1, 2], as: "f", in: top, mode: 0o600)
      #expect(try Disk.read(scratch.path("f")) == [1, 2])
      #expect(try top.list().map(\.name) == ["f"])
      #expect(try top.status("f")?.mode == 0o600)
    }
  }

  @Test func `A link in the way is replaced, not written through`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      try Disk.write("victim", to: scratch.path("victim"))
      try Disk.makeDirectory(scratch.path("top"))
      for name in ["f", "f.part"] {
        try Disk.symbolicLink(scratch.path("top/" + name), to: "../victim")
      }
      let top = try Directory(opening: scratch.path("top"))
      try DurableFile.write([1], as: "f", in: top)
      #expect(try Disk.text(scratch.path("victim")) == "victim")
      #expect(try top.status("f")?.kind == .regular)
    }
  }
}

@Suite struct FileLockTests {
  @Test func `The second holder is told who the first is`() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let top = try Directory(opening: scratch.path)
      do {
        let lock = try FileLock("lock", in: top, holder: "pid 7 \u{1b}[2J")
        let found = failure { _ = try FileLock("lock", in: top, holder: "pid 8") }
        #expect(found?.kind == .busy)
        #expect(found?.reason.contains("pid 7 \\x1b[2J") == true)
        _ = consume lock
      }
      _ = try FileLock("lock", in: top, holder: "pid 9")
    }
  }
}
