import Foundation
import Glibc
import SafeIO
import TestSupport
import Testing

/// Users, rights, tokens and certificates of machines, seen from outside.
@Suite(.enabled(if: hasNetwork), .serialized) struct UsersTests {
  /// A file of users with one password of each kind.
  private func users(_ lab: ServingLab) throws -> String {
    let file = lab.scratch.path("users")
    try run(["htpasswd", "-cbB", "-C", "5", file, "alice", "tide"]).succeeded()
    for (name, method, password) in [("bob", "yescrypt", "ebb"), ("carol", "sha-512", "flow")] {
      let hash = try run(["mkpasswd", "-s", "-m", method], input: Array(password.utf8)).succeeded()
      try Disk.write(
        try Disk.text(file) + "\(name):\(hash.trimmingCharacters(in: .whitespacesAndNewlines))\n",
        to: file
      )
    }
    return file
  }

  private func basic(_ name: String, _ password: String) -> [String: String] {
    ["Authorization": "Basic " + Data("\(name):\(password)".utf8).base64EncodedString()]
  }

  private static let release = "/debian/dists/stable/Release"

  @Test func usersOfEachKindReadAndOthersDoNot() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve("--users", try users(lab))
      let port = try server.port
      for (name, password) in [("alice", "tide"), ("bob", "ebb"), ("carol", "flow")] {
        #expect(try Wire.get(port, UsersTests.release, basic(name, password)).status == 200)
        #expect(try Wire.get(port, UsersTests.release, basic(name, "else")).status == 401)
      }
      for path in [UsersTests.release, "/", "/debian/", "/nothing/there", "/api/version"] {
        let answer = try Wire.get(port, path)
        #expect(answer.status == 401, "\(path)")
        #expect(answer["WWW-Authenticate"]?.hasPrefix("Basic realm=") == true)
      }
      #expect(try Wire.get(port, "/api/version", basic("alice", "tide")).status == 200)
      #expect(try server.lines().contains { $0.contains(" - alice [") && $0.contains("\" 200 ") })
      // As apt keeps them.
      let client = try lab.client(try server.url)
      #expect(try client.update().status != 0)
      let line = "machine http://127.0.0.1:\(port)/ login bob password ebb\n"
      try Disk.write(line, to: client.root + "/etc/apt/auth.conf.d/site.conf")
      try client.update().succeeded()
    }
  }

  @Test func rightsSayWhoReadsWhat() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let rights = scratch.path("rights")
      try Disk.write(
        """
        # everybody
        User: *
        Read: debian

        User: alice
        Read: staging/*
        Operate: staging
         staging/*

        """,
        to: rights
      )
      let server = try lab.serve("--users", try users(lab), "--rights", rights)
      let port = try server.port
      let inner = "/staging/inner/dists/stable/Release"
      #expect(try Wire.get(port, UsersTests.release).status == 200)
      #expect(try Wire.get(port, inner).status == 401)
      #expect(try Wire.get(port, inner, basic("bob", "ebb")).status == 403)
      #expect(try Wire.get(port, inner, basic("alice", "tide")).status == 200)
      #expect(try Wire.get(port, UsersTests.release, basic("alice", "tide")).status == 200)
      // Nobody learns of what is not for him.
      #expect(try !Wire.get(port, "/").text.contains("staging"))
      #expect(try Wire.get(port, "/", basic("alice", "tide")).text.contains("staging/"))
      // Anew by SIGHUP; what cannot be read changes nothing.
      try Disk.write("User: *\nRead: *\nWrite: *\n", to: rights)
      server.signal(SIGHUP)
      try server.waitFor("there is no field of this name: \(rights):3")
      #expect(try Wire.get(port, inner).status == 401)
      try Disk.write("User: *\nRead: *\n", to: rights)
      server.signal(SIGHUP)
      #expect(try wait(10) { try Wire.get(port, inner).status == 200 })
    }
  }

  @Test func aChangedPasswordCountsFromSIGHUPOn() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let file = try users(lab)
      let server = try lab.serve("--users", file)
      let port = try server.port
      #expect(try Wire.get(port, UsersTests.release, basic("alice", "tide")).status == 200)
      try run(["htpasswd", "-bB", "-C", "5", file, "alice", "new"]).succeeded()
      server.signal(SIGHUP)
      let isNew = try wait(10) {
        try Wire.get(port, UsersTests.release, basic("alice", "new")).status == 200
      }
      #expect(isNew)
      #expect(try Wire.get(port, UsersTests.release, basic("alice", "tide")).status == 401)
    }
  }

  @Test(arguments: [
    ("-m", "is kept as MD5"), ("-s", "is kept as a plain digest"),
    ("-p", "is not kept as bcrypt"), ("-d", "is not kept as bcrypt"),
  ])
  func passwordsThatAreNoneAreRefusedAtTheStart(_ kind: String, _ reason: String) throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let file = scratch.path("users")
      try run(["htpasswd", "-cbB", "-C", "5", file, "alice", "tide"]).succeeded()
      try run(["htpasswd", "-b", kind, file, "bob", "ebb"]).succeeded()
      let refused = try lab.ferry("serve", "--listen", "127.0.0.1:0", "--users", file)
      #expect(refused.status == 3)
      #expect(refused.errors.contains(reason))
      #expect(refused.errors.contains("\(file):2, bob"))
      #expect(refused.errors.contains("htpasswd -B -C 10 \(file) bob"))
      #expect(refused.errors.contains("E-CONFIG-USERS-WEAK"))
      #expect(!refused.errors.contains("ebb"))
    }
  }

  @Test func passwordsGoInClearOnlyWhenThatIsSaid() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let file = try users(lab)
      let refused = try lab.ferry("serve", "--listen", "0.0.0.0:0", "--users", file)
      #expect(refused.status == 3)
      #expect(refused.errors.contains("E-CONFIG-PASSWORDS-IN-CLEAR"))
      let server = try ServerProcess(
        lab,
        ["--listen", "0.0.0.0:0", "--users", file, "--passwords-in-clear"]
      )
      let port = try server.port
      #expect(try Wire.get(port, UsersTests.release, basic("alice", "tide")).status == 200)
    }
  }

  @Test func tokensReadUntilTheyEndOrAreRemoved() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let rights = scratch.path("rights")
      try Disk.write("User: nobody\n", to: rights)
      let server = try lab.serve("--users", try users(lab), "--rights", rights)
      let port = try server.port
      func make(_ name: String, _ more: String...) throws -> String {
        try run(
          [ServingLab.program(), "token", "create", name, "--role", "read", "--depot", lab.depot]
            + more,
          environment: ["HOME": scratch.path("home")]
        ).succeeded().trimmingCharacters(in: .whitespacesAndNewlines)
      }
      let wide = try make("wide")
      let narrow = try make("narrow", "--prefix", "staging/*")
      let short = try make("short", "--expires", "3s")
      #expect(wide.hasPrefix("aptf_") && wide.utf8.count == 69)
      #expect(try !Disk.text(lab.depot + "/tokens").contains(wide.dropFirst(5)))
      func status(_ fields: [String: String], _ path: String = UsersTests.release) throws -> Int {
        try Wire.get(port, path, fields).status
      }
      #expect(try status(["Authorization": "Bearer \(wide)"]) == 200)
      #expect(try status(["Authorization": "bearer \(wide)"]) == 200)
      #expect(try status(basic("wide", wide)) == 200)
      #expect(try status(basic("narrow", wide)) == 401)
      #expect(try status(["Authorization": "Bearer \(narrow)"]) == 403)
      let inner = "/staging/inner/dists/stable/Release"
      #expect(try status(["Authorization": "Bearer \(narrow)"], inner) == 200)
      #expect(try status(["Authorization": "Bearer \(short)"]) == 200)
      #expect(try status(["Authorization": "Bearer \(wide)0"]) == 401)
      #expect(try server.lines().contains { $0.contains(" - token:wide [") })
      let list = try lab.ferry("token", "list").succeeded()
      #expect(list.contains("narrow") && !list.contains(narrow))
      try lab.ferry("token", "remove", "wide", "--yes").succeeded()
      #expect(try status(["Authorization": "Bearer \(wide)"]) == 401)
      #expect(try wait(10) { try status(["Authorization": "Bearer \(short)"]) == 401 })
      let audit = try lab.ferry("audit", "show").succeeded()
      #expect(audit.contains("token create") && audit.contains("token remove"))
      #expect(!audit.contains(wide))
    }
  }

  @Test func certificatesNameTheirMachines() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let own = try TestCertificates(scratch.path("tls"))
      for name in ["server", "plant-7", "plant-8"] { try own.issue(name) }
      try own.issue("odd", subject: "/CN=plant-7/OU=x/CN=*")
      let foreign = try TestCertificates(scratch.path("foreign"))
      try foreign.issue("plant-7")
      let rights = scratch.path("rights")
      try Disk.write("User: plant-7\nRead: debian\n\nUser: alice\nRead: debian\n", to: rights)
      let server = try lab.serve(
        "--tls-certificate",
        own.path("server.pem"),
        "--tls-key",
        own.path("server.key"),
        "--tls-client-authority",
        own.authority,
        "--tls-client-optional",
        "--users",
        try users(lab),
        "--rights",
        rights
      )
      func status(
        _ files: TestCertificates?,
        _ name: String = "",
        _ more: String...
      ) throws -> String {
        let words = files.map { files in
          ["--cert", files.path(name + ".pem"), "--key", files.path(name + ".key")]
        }
        return try run(
          ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", own.authority]
            + (words ?? []) + more + [server.url + "debian/dists/stable/Release"]
        ).text
      }
      #expect(try status(own, "plant-7") == "200")
      #expect(try status(own, "plant-8") == "403")
      #expect(try status(own, "odd") == "401")
      #expect(try status(foreign, "plant-7") == "000")
      #expect(try status(nil) == "401")
      #expect(try status(nil, "", "--user", "alice:tide") == "200")
      #expect(try server.lines().contains { $0.contains(" - plant-7 [") })
    }
  }
}
