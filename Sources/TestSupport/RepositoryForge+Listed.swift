extension RepositoryForge {
  /// Adds files below the directory of a suite that was built, plain and with gzip, and lists them
  /// in its Release file, which is signed again.
  ///
  /// For a suite that keeps its plain indexes and has no names by hash.
  package func list(_ files: [String: String], in suite: ForgedSuite) throws {
    let directory = root + "/" + suite.directory + "/"
    for (path, text) in files.sorted(by: { $0.key < $1.key }) {
      try Disk.write(text, to: directory + path)
      try run(["gzip", "-n", "-k", "-f", "--", directory + path]).succeeded()
    }
    try sign(SuiteWriter(forge: self, suite: suite).release(), of: suite)
  }

  /// Removes a file that is listed, in all forms, and leaves the list as it is.
  package func lose(_ path: String, of suite: ForgedSuite) {
    for ending in ["", ".gz", ".xz"] {
      Disk.remove(root + "/" + suite.directory + "/" + path + ending)
    }
  }
}
