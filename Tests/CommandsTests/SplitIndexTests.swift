import SafeIO
import TestSupport
import Testing

/// Indexes that are longer than a chunk, which arrive in parts.
@Suite struct SplitIndexTests {
  /// A site with a bundle whose `Packages` lies in several chunks.
  private func crossing(_ scratch: ScratchDirectory) throws -> Crossing {
    let crossing = try Crossing(scratch)
    let suite = AskingClient.suite()
    try crossing.forge.build(suite)
    // What does not compress: the chunks are stored, and their size is that of the files.
    let index = "main/binary-amd64/Packages"
    let text = try Disk.text("\(crossing.forge.root)/\(suite.directory)/\(index)")
    crossing.forge.lose(index, of: suite)
    let digits = (0..<6000).map { " \(SHA256Digest.of(Array("\($0)".utf8)).hex)\n" }
    let long = text.replacing("\nArchitecture:", with: "\nX-Long:\n\(digits.joined())Architecture:")
    try crossing.forge.list([index: long], in: suite)
    try crossing.freeze("first", "stable")
    try crossing.export("first")
    return crossing
  }

  @Test func whicheverChunkComesLastTheBundleIsTakenIn() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let chunks = try crossing.chunks()
      #expect(chunks.count > 4, "\(chunks)")
      try run(["cp", "-a", scratch.path("isolated"), scratch.path("untouched")]).succeeded()
      try crossing.isolated("import", crossing.medium).succeeded()
      for chunk in chunks {
        Disk.remove(scratch.path("isolated"))
        try run(["cp", "-a", scratch.path("untouched"), scratch.path("isolated")]).succeeded()
        try run(["mv", chunk, scratch.path("late")]).succeeded()
        let first = try crossing.isolated("import", crossing.medium)
        #expect(first.refused(.incomplete), "\(chunk): \(first.everything)")
        try run(["mv", scratch.path("late"), chunk]).succeeded()
        let second = try crossing.isolated("import", crossing.medium)
        #expect(second.status == 0, "\(chunk): \(second.everything)")
        #expect(try crossing.isolated("depot", "check").status == 0)
      }
    }
  }
}
