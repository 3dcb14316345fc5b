private import Foundation
private import Glibc

/// Plain file operations by path, for tests only: they follow links and are not durable.
package enum Disk {
  /// Makes a directory and everything above it that lacks.
  package static func makeDirectory(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Writes a file, with the directories above it.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    try makeDirectory((path as NSString).deletingLastPathComponent)
    guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
      throw TestSupportError("could not write \(path)")
    }
  }

  /// Writes a text file, with the directories above it.
  package static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  /// The bytes of a file.
  package static func read(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw TestSupportError("could not read \(path)")
    }
    return Array(data)
  }

  /// The text of a file.
  package static func text(_ path: String) throws -> String {
    String(decoding: try read(path), as: UTF8.self)
  }

  /// Whether something is at a path.
  package static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path)
  }

  /// The names in a directory, sorted.
  package static func names(in path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  /// Every regular file below a directory, as sorted relative paths; links are not followed.
  package static func files(below path: String) throws -> [String] {
    try TreeDigest(of: path).entries.filter { $0.kind == .file }.map(\.path)
  }

  /// Copies a tree, with links as links and the times of the files.
  package static func copyTree(_ path: String, to other: String) throws {
    try makeDirectory((other as NSString).deletingLastPathComponent)
    try run(["cp", "-a", path, other]).succeeded()
  }

  /// Where temporary files go: what `TMPDIR` says, else memory where there is enough.
  ///
  /// On a disk most of a test's time is waiting for its fsync, of which a test sees nothing.
  package static let temporaryDirectory: String = {
    if let named = ProcessInfo.processInfo.environment["TMPDIR"], !named.isEmpty { return named }
    return isRoomy("/dev/shm") ? "/dev/shm" : "/tmp"
  }()

  /// Where temporary files go that are about the file system itself.
  package static let temporaryDirectoryOnDisk =
    temporaryDirectory == "/dev/shm" ? "/tmp" : temporaryDirectory

  /// Whether a directory is one to write to with 4 GiB of room, and programs in it can be run.
  private static func isRoomy(_ path: String) -> Bool {
    var status = statvfs()
    guard unsafe access(path, W_OK | X_OK) == 0, unsafe statvfs(path, &status) == 0 else {
      return false
    }
    let noPrograms: UInt = 8  // ST_NOEXEC
    return status.f_flag & noPrograms == 0
      && status.f_bavail * status.f_frsize >= 4 << 30
  }

  /// Makes a directory of its own directly below the temporary one: short, since the socket of a
  /// GnuPG agent in it has a length limit.
  package static func makeTemporaryDirectory(
    for purpose: String,
    onDisk: Bool = false
  ) throws -> String {
    var template = temporaryTemplate(for: purpose, onDisk: onDisk)
    guard unsafe mkdtemp(&template) != nil else {
      throw TestSupportError("could not make a temporary directory")
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// What mkdtemp and mkstemp take: they replace the six letters at the end.
  static func temporaryTemplate(for purpose: String, onDisk: Bool = false) -> [CChar] {
    let letters = String(repeating: "X", count: 6)
    let place = onDisk ? temporaryDirectoryOnDisk : temporaryDirectory
    return Array((place + "/aptferry-\(purpose)-\(letters)").utf8CString)
  }

  /// Removes a tree, read-only directories in it too; says nothing when it is not there.
  package static func remove(_ path: String) {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      guard exists(path) else { return }
      // Called from deinit and at exit, where nobody can be told: what stays is in the temporary
      // directory, and the next thing that is tried is stronger.
      do {
        _ = try run(["chmod", "-R", "u+rwx", path])
        _ = try run(["rm", "-rf", path])
      } catch {
        print("could not remove \(path): \(error)")
      }
    }
  }

  /// Ends the agent of a GnuPG home and removes the home.
  package static func removeGnuPGHome(_ home: String) {
    do {
      _ = try run(["gpgconf", "--homedir", home, "--kill", "all"])
    } catch {
      print("could not end the agent of \(home): \(error)")
    }
    remove(home)
  }

  /// Renames, replacing what was there.
  package static func rename(_ path: String, to other: String) throws {
    guard unsafe Glibc.rename(path, other) == 0 else {
      throw TestSupportError("could not rename \(path) to \(other)")
    }
  }

  /// Makes a symbolic link.
  package static func symbolicLink(_ path: String, to target: String) throws {
    guard unsafe symlink(target, path) == 0 else {
      throw TestSupportError("could not make the link \(path)")
    }
  }
}
