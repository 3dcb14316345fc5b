import Glibc
import SafeIO
import TestSupport
import Testing

/// What lies where a backup is to be written does no harm to the depot.
@Suite struct BackupPlaceTests {
  @Test(arguments: ["audit.log", "catalogue.sqlite"])
  func aLockThatIsAFileOfTheDepotIsNotCut(name: String) throws {
    try BackupLab.with(isPublished: false) { lab in
      let log = lab.scratch.path("isolated/audit.log")
      let before = try Disk.read(log)
      try lab.shell("mkdir backup; ln isolated/\(name) backup/lock")
      let refused = try lab.backUp()
      #expect(refused.code == "E-UNSAFE-LOCK-FILE", "\(refused.everything)")
      #expect(refused.errors.contains(lab.place + "/lock"), "\(refused.everything)")
      #expect(try Disk.names(in: lab.place) == ["lock"])
      #expect(try Disk.read(log).starts(with: before))
      try lab.isolated("audit", "verify").succeeded()
      #expect(try lab.isolated("snapshot", "list").succeeded().contains("first"))
      // In a place that has a backup too.
      try lab.shell("rm backup/lock")
      try lab.backUp().succeeded()
      try lab.shell("rm backup/lock; ln isolated/\(name) backup/lock")
      let again = try lab.backUp()
      #expect(again.code == "E-UNSAFE-LOCK-FILE", "\(again.everything)")
      #expect(try lab.isolated("snapshot", "list").succeeded().contains("first"))
      #expect(try lab.states() == ["000001"])
    }
  }

  @Test(arguments: [
    "mkfifo backup/lock", "ln -s ../isolated/audit.log backup/lock", "mkdir backup/lock",
  ])
  func whatIsNoFileIsNoLock(command: String) throws {
    try BackupLab.with(isPublished: false) { lab in
      try lab.shell("mkdir backup; \(command)")
      let refused = try lab.backUp()
      #expect(refused.code == "E-UNSAFE-LOCK-FILE", "\(refused.everything)")
      try lab.isolated("audit", "verify").succeeded()
      #expect(try Disk.names(in: lab.place) == ["lock"])
    }
  }

  @Test(.enabled(if: geteuid() == 0))
  func objectsOfTheDepotThatAreMountedThereStay() throws {
    try BackupLab.with(isPublished: false) { lab in
      try lab.backUp().succeeded()
      let objects = lab.scratch.path("isolated/objects")
      let before = try Disk.files(below: objects)
      let script = "mount --bind \(objects) \(lab.place)/objects && exec \"$0\" \"$@\""
      let refused = try lab.isolated(
        ["depot", "backup", "--to", lab.place],
        under: ["unshare", "-m", "sh", "-c", script]
      )
      #expect(refused.code == "E-UNSAFE-INSIDE-DEPOT", "\(refused.everything)")
      #expect(try Disk.files(below: objects) == before)
    }
  }
}

/// What is mounted in a directory that is to be removed is somebody else's.
@Suite(.enabled(if: geteuid() == 0)) struct MountedPartialTests {
  @Test func nothingOfAnUnfinishedBundleIsRemovedWhenSomethingIsMountedInIt() throws {
    try BackupLab.with(isPublished: false) { lab in
      let medium = try lab.scratch.directory("other")
      let partial = medium + "/mainland-000002.partial"
      try lab.shell("mkdir -p \(partial)/chunks; echo x > \(partial)/MANIFEST")
      // A part of the same file system: its device is no sign.
      let objects = lab.scratch.path("connected/objects")
      let before = try Disk.files(below: objects)
      let script = "mount --bind \(objects) \(partial)/chunks && exec \"$0\" \"$@\""
      let export = ["export", "first", "--full", "--to", medium, "--discard-partial"]
      let refused = try lab.crossing.connected(
        export,
        under: ["unshare", "-m", "sh", "-c", script]
      )
      #expect(refused.code == "E-UNSAFE-OTHER-MOUNT", "\(refused.everything)")
      #expect(refused.errors.contains(partial + "/chunks"), "\(refused.everything)")
      #expect(try Disk.files(below: objects) == before)
      #expect(Disk.exists(partial + "/MANIFEST"))
      // Without the mount it is as it was meant.
      try lab.crossing.connected(export).succeeded()
      #expect(try Disk.names(in: medium) == ["mainland-000002"])
    }
  }
}
