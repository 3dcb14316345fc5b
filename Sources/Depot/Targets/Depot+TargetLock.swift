package import SafeIO

extension Depot {
  /// Takes the lock of a target, for as long as something is put there: the depot's own is not needed
  /// for it, since what is put there is a generation that stays.
  package func lock(target name: String, for command: String) throws(Failure) -> FileLock {
    try FileLock(
      "target-\(name).lock",
      in: root,
      holder: LockHolder.text(command: command),
      within: patience
    )
  }

  /// Removes the file of a target's lock, which must be held; the target has gone.
  package func removeLock(ofTarget name: String) throws(Failure) {
    _ = try root.removeFile("target-\(name).lock")
  }
}
