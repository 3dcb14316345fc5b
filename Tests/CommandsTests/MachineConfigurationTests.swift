import Foundation
import SafeIO
import TestSupport
import Testing

/// `aptferry.conf` says what people otherwise type each time, and nothing that was typed gives way to it.
@Suite struct MachineConfigurationTests {
  /// The program with a file of defaults.
  private struct Lab {
    let scratch: ScratchDirectory
    let file: String
    var ferry: AptFerry

    init(_ scratch: ScratchDirectory) throws {
      self.scratch = scratch
      file = scratch.path("aptferry.conf")
      ferry = try AptFerry(home: scratch.path("home"))
      ferry.environment["APTFERRY_CONFIG"] = file
    }
  }

  private func withLab(_ body: (Lab) throws -> Void) throws {
    try withScratchDirectory { try body(try Lab($0)) }
  }

  private func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func settings(_ lab: Lab) throws -> [String: (value: String, source: String)] {
    let shown = try json(lab.ferry("config", "show", "--json").succeeded())
    let settings = try #require(shown["settings"] as? [[String: String]])
    return Dictionary(
      uniqueKeysWithValues: settings.map {
        ($0["field"] ?? "", ($0["value"] ?? "", $0["source"] ?? ""))
      }
    )
  }

  @Test func `Every value is shown with where it comes from`() throws {
    try withLab { lab in
      try Disk.write("# ours\n\ndepot:  /srv/ferry \nChunk-Size: 4GB\nKeep: 7\n", to: lab.file)
      let settings = try settings(lab)
      #expect(
        settings["Depot"]?.value == "/srv/ferry" && settings["Depot"]?.source == "aptferry.conf"
      )
      #expect(settings["Chunk-Size"]?.value == "4GB" && settings["Chunk-Size"]?.source == lab.file)
      #expect(settings["Keep"]?.value == "7")
      #expect(settings["Grace"]?.source == "default")
    }
  }

  @Test func `A file with the line ends of another system is read as it is meant`() throws {
    try withLab { lab in
      try Disk.write("# ours\r\n\r\nDepot: /srv/ferry\r\nKeep: 5\r\n", to: lab.file)
      let settings = try settings(lab)
      #expect(settings["Depot"]?.value == "/srv/ferry" && settings["Keep"]?.value == "5")
    }
  }

  @Test func `Names are completed from the depot that the file names`() throws {
    try withLab { lab in
      let crossing = try Crossing(lab.scratch)
      try crossing.forge.build(ForgedSuite("stable", ["main": [ForgedPackage("pier")]]))
      try crossing.freeze("january", "stable")
      try Disk.write("Depot: \(lab.scratch.path("connected"))\n", to: lab.file)
      let words = ["snapshot", "show", "--", "positional@0", "3", "0"]
      let typed = ["aptferry", "snapshot", "show", ""]
      let proposed = try lab.ferry(["---completion"] + words + typed)
      #expect(proposed.text.contains("january"), "\(proposed.everything)")
    }
  }

  @Test func `An option counts before a variable, and that before the file`() throws {
    try withLab { lab in
      try Disk.write("Depot: /srv/ferry\n", to: lab.file)
      var asked = lab.ferry
      asked.environment["APTFERRY_DEPOT"] = "/srv/variable"
      #expect(try asked("config", "show").succeeded().contains("Depot: /srv/variable"))
      let named = try asked("config", "show", "--depot", "/srv/option").succeeded()
      #expect(named.contains("Depot: /srv/option   (--depot)"))
    }
  }

  @Test(arguments: [
    "Depot: relative\n", "Keeps: 3\n", "Keep: 0\n", "Keep: many\n", "Keep: 3\nkeep: 4\n",
    "Chunk-Size: large\n", "Chunk-Size: 1\n", "Stream: ../x\n", "Depot: /srv/a\u{1}b\n",
    "Grace: 3 days\n", "no colon\n", "Stream:\n",
  ])
  func `What is no field or no value is refused with its line`(_ text: String) throws {
    try withLab { lab in
      try Disk.write("# ours\n" + text, to: lab.file)
      let result = try lab.ferry("config", "show")
      #expect(result.refused(.configuration), "\(result.everything)")
      #expect(result.errors.contains("E-CONFIG-APTFERRY-CONF"))
      #expect(result.errors.contains("\(lab.file):2") || result.errors.contains("\(lab.file):3"))
    }
  }

  @Test func `A file that is not there says nothing, a directory in its place is refused`() throws {
    try withLab { lab in
      #expect(try settings(lab)["Keep"]?.source == "default")
      try Disk.makeDirectory(lab.file)
      #expect(try lab.ferry("config", "show").refused(.configuration))
    }
  }

  @Test func `Commands take what the file says where nobody said otherwise`() throws {
    try withLab { lab in
      let crossing = try Crossing(lab.scratch)
      try crossing.forge.build(ForgedSuite("stable", ["main": [ForgedPackage("pier")]]))
      try crossing.freeze("first", "stable")
      try Disk.write("Stream: weekly\nKeep: 7\nGrace: 2d\n", to: lab.file)
      var connected = crossing.connected
      connected.environment["APTFERRY_CONFIG"] = lab.file
      try connected("export", "first", "--to", crossing.medium).succeeded()
      #expect(Disk.exists(crossing.medium + "/weekly-000001/MANIFEST"))
      try connected("publish", "first", "--at", "one").succeeded()
      try connected("publish", "first", "--at", "two", "--keep", "2").succeeded()
      func kept(_ prefix: String) throws -> Int? {
        try json(connected("publication", "show", prefix, "--json").succeeded())["keep"] as? Int
      }
      #expect(try kept("one") == 7)
      #expect(try kept("two") == 2)
      // Kept settings are the publication's own from then on.
      try Disk.write("Keep: 9\n", to: lab.file)
      try connected("publication", "edit", "one", "--grace", "3d").succeeded()
      #expect(try kept("one") == 7)
    }
  }
}
