import TestSupport

/// An authority of a site with certificates for its server and its machines.
struct TestCertificates {
  let directory: String

  init(_ directory: String, name: String = "Site CA") throws {
    self.directory = directory
    try Disk.makeDirectory(directory)
    try openssl(
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      "3",
      "-subj",
      "/CN=\(name)",
      "-keyout",
      path("ca.key"),
      "-out",
      authority
    )
  }

  func path(_ name: String) -> String { directory + "/" + name }
  var authority: String { path("ca.pem") }

  /// Makes NAME.pem and NAME.key for somebody, good for 127.0.0.1 as a server too.
  func issue(_ name: String, subject: String? = nil, days: Int = 2) throws {
    try openssl(
      "req",
      "-new",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-subj",
      subject ?? "/CN=\(name)",
      "-keyout",
      path(name + ".key"),
      "-out",
      path(name + ".csr")
    )
    try Disk.write("subjectAltName=IP:127.0.0.1,DNS:localhost\n", to: path(name + ".ext"))
    try openssl(
      "x509",
      "-req",
      "-in",
      path(name + ".csr"),
      "-CA",
      authority,
      "-CAkey",
      path("ca.key"),
      "-CAcreateserial",
      "-days",
      "\(days)",
      "-extfile",
      path(name + ".ext"),
      "-out",
      path(name + ".pem")
    )
    try run(["chmod", "600", path(name + ".key")]).succeeded()
  }

  private func openssl(_ words: String...) throws {
    try run(["openssl"] + words).succeeded()
  }
}
