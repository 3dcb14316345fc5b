import Foundation
import SafeIO
import TestSupport
import Testing

/// The same requests to the real nginx and to the program, over the same tree: whatever differs is
/// listed here with its reason.
@Suite(.enabled(if: hasNetwork && RealNginx.isHere), .serialized) struct NginxJudgeTests {
  /// One request; `{etag}`, `{modified}` and `{size}` are of the file at each server.
  struct Asked {
    var method = "GET"
    var path: String
    var version = "1.1"
    var fields: [String] = []
    /// Kinds of answers that may differ, and why.
    var excused: [String: String] = [:]

    var name: String { "\(method) \(path) HTTP/\(version) \(fields.joined(separator: " | "))" }
  }

  private static let oneOfSeveral =
    "several ranges: all of it, which RFC 9110 allows, and no multipart"
  private static let notUTF8 = "no published name is other than UTF-8: a bad target, not a lack"

  /// Fields of conditions and ranges.
  private static let conditions: [(fields: [String], excuse: String?)] = [
    ([], nil),
    (["Range: bytes=0-9"], nil), (["Range: bytes=10-"], nil), (["Range: bytes=-10"], nil),
    (["Range: bytes=0-0"], nil), (["Range: bytes=0-99999999999"], nil),
    (["Range: bytes=-99999999999"], nil), (["Range: bytes={size}-"], nil),
    (["Range: bytes=99999999999-"], nil), (["Range: bytes=0-9,20-29"], oneOfSeveral),
    (["Range: lines=0-9"], nil), (["Range: bytes=x"], "a range that is none is as good as none"),
    (["Range: bytes=9-0"], "a range that is none is as good as none"),
    (["If-None-Match: {etag}"], nil), (["If-None-Match: W/{etag}"], nil),
    (["If-None-Match: \"x\", {etag}"], nil), (["If-None-Match: *"], nil),
    (["If-None-Match: \"x\""], nil),
    (["If-Match: {etag}"], nil), (["If-Match: \"x\""], nil), (["If-Match: *"], nil),
    (["If-Match: \"x\", {etag}"], nil),
    (["If-Modified-Since: {modified}"], nil),
    (["If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT"], nil),
    (["If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"], nil), (["If-Modified-Since: x"], nil),
    (["If-Unmodified-Since: {modified}"], nil),
    (["If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT"], nil),
    (["If-Unmodified-Since: Fri, 01 Jan 2100 00:00:00 GMT"], nil),
    (["Range: bytes=5-9", "If-Range: {etag}"], nil),
    (["Range: bytes=5-9", "If-Range: \"x\""], nil),
    (["Range: bytes=5-9", "If-Range: {modified}"], nil),
    (["Range: bytes=5-9", "If-Range: Sat, 01 Jan 2000 00:00:00 GMT"], nil),
    (["Range: bytes=5-9", "If-None-Match: {etag}"], nil),
    (["If-None-Match: \"x\"", "If-Modified-Since: {modified}"], nil),
    (["Accept-Encoding: gzip, deflate, br"], nil), (["Connection: close"], nil),
    (["Connection: keep-alive"], nil), (["Cache-Control: max-age=0"], nil),
    (["Cache-Control: no-cache", "Pragma: no-cache"], nil),
  ]

  private static let plainFile = "/debian/dists/stable/Release"
  private static let package = "/debian/pool/main/p/pier/pier_1.0-1_amd64.deb"

  static let asked: [Asked] = {
    var all: [Asked] = []
    for path in [plainFile, package] {
      for method in ["GET", "HEAD"] {
        for (fields, excuse) in conditions {
          all.append(
            Asked(
              method: method,
              path: path,
              fields: fields,
              excused: excuse.map { ["*": $0] } ?? [:]
            )
          )
        }
      }
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"] {
      all.append(Asked(method: method, path: plainFile, fields: ["Content-Length: 0"]))
    }
    for fields in [[], ["Connection: keep-alive"], ["Range: bytes=0-9"], ["Host: x"]] {
      all.append(Asked(path: plainFile, version: "1.0", fields: fields))
    }
    for path in [
      "/debian/nothing", "/nothing", "/debian/dists/stable/Release/", "/debian/dists/stable",
      "/debian/dists", "/debian/dists/stable/", "/debian/", "/debian",
      "/debian/dists/./stable/Release",
      "/debian/dists/stable/Release?x=y", "/debian/dists/stable/%52elease", "/debian/%70ool/",
      "/debian/pool/main/p/pier-data/pier-data_1.0+b1~2_all.deb",
      "/debian/pool/main/p/pier-data/pier-data_1.0%2bb1%7e2_all.deb",
      "/debian/pool/main/p/pier-data/pier-data_1.0%2Bb1%7E2_all.deb",
      "/debian/pool/main/p/pier-data/pier-data_1.0%20b1~2_all.deb",
      "/debian/snapshots/first/dists/stable/Release", "/%", "/%zz", "/debian%00",
      "/debian/dists/stable/release", "/staging/inner/dists/stable/Release", "/staging",
      "/staging/", "/debian/dists/stable/main/binary-amd64/Packages.xz", "/",
    ] {
      all.append(Asked(path: path))
      all.append(Asked(method: "HEAD", path: path))
    }
    for path in ["/debian//dists/stable/Release", "/debian/dists/../dists/stable/Release"] {
      all.append(Asked(path: path))
    }
    all.append(Asked(path: "/debian/%ff", excused: ["*": notUTF8]))
    all.append(Asked(path: "/../etc/passwd"))
    all.append(Asked(path: "/debian/../../etc/passwd"))
    all.append(Asked(path: "http://localhost" + plainFile))
    return all
  }()

  /// What of an answer is compared, beside its status.
  private func parts(_ answer: Wire.Answer, _ isClosed: Bool) -> [String: String] {
    var parts = ["status": "\(answer.status)", "closes": "\(isClosed)"]
    for name in ["Content-Range", "Accept-Ranges", "Last-Modified", "Location", "Content-Encoding"]
    {
      parts[name] = answer[name] ?? "-"
    }
    parts["ETag"] = answer["ETag"] == nil ? "-" : "is there"
    parts["Allow"] = answer["Transfer-Encoding"] ?? "-"
    let isOfFile = [200, 206].contains(answer.status)
    let isPage = answer["Content-Type"]?.hasPrefix("text/html") == true
    if isOfFile, !isPage {
      parts["Content-Length"] = answer["Content-Length"] ?? "-"
      parts["body"] = SHA256Digest.of(answer.body).hex
    } else if isOfFile {
      parts["page"] = "a page"
    } else if answer.status == 304 {
      parts["Content-Length"] = answer["Content-Length"] ?? "-"
    }
    return parts
  }

  /// Sends a request, then a second one to see whether the connection went on.
  private func ask(_ one: Asked, _ port: Int) throws -> [String: String] {
    var facts: [String: String] = [:]
    if one.fields.contains(where: { $0.contains("{") }) {
      let plain = try Wire.get(port, one.path)
      facts = [
        "{etag}": plain["ETag"] ?? "", "{modified}": plain["Last-Modified"] ?? "",
        "{size}": plain["Content-Length"] ?? "",
      ]
    }
    var fields = one.fields
    for (name, value) in facts { fields = fields.map { $0.replacing(name, with: value) } }
    if one.version == "1.1" { fields.insert("Host: localhost", at: 0) }
    let wire = try Wire(port, seconds: 5)
    wire.send(
      "\(one.method) \(one.path) HTTP/\(one.version)\r\n"
        + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    )
    guard let answer = wire.answer(isHead: one.method == "HEAD") else { return ["status": "none"] }
    let next =
      "GET \(NginxJudgeTests.plainFile) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    let goesOn = wire.send(next) && wire.answer()?.status == 200
    return parts(answer, !goesOn)
  }

  /// Differences that are meant wherever they appear.
  private static func excuse(
    _ part: String,
    _ one: Asked,
    nginx: [String: String],
    ours: [String: String]
  ) -> String? {
    let status = ours["status"] ?? ""
    switch part {
    case "Accept-Ranges", "Last-Modified", "ETag":
      if !["200", "206", "304"].contains(status) { return "facts of a file with no file" }
      if part == "Accept-Ranges", status == "206" || status == "304" {
        return "said with every answer about a file, which RFC 9110 allows"
      }
      if part == "Last-Modified" || part == "ETag", ours["page"] != nil { return "a listing" }
      return nil
    case "Allow": return "nginx sends its listings in chunks"
    case "closes":
      return ["400", "405", "412"].contains(status)
        ? "nginx ends the connection after some refusals" : nil
    default: return nil
    }
  }

  @Test func nginxAnswersTheSame() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let nginx = try RealNginx(
        scratch.path("nginx"),
        """
        server {
          listen 127.0.0.1:PORT;
          root \(lab.depot)/public;
          autoindex on;
          absolute_redirect off;
        }
        """
      )
      #expect(NginxJudgeTests.asked.count >= 200)
      var unused = Set(NginxJudgeTests.asked.flatMap { $0.excused.values })
      var wrong: [String] = []
      for one in NginxJudgeTests.asked {
        let (theirs, ours) = (try ask(one, nginx.port), try ask(one, try server.port))
        for part in Set(theirs.keys).union(ours.keys).sorted() where theirs[part] != ours[part] {
          if let reason = one.excused["*"] {
            unused.remove(reason)
            continue
          }
          let isSame = theirs["status"] == ours["status"]
          if isSame || part == "closes",
            NginxJudgeTests.excuse(part, one, nginx: theirs, ours: ours) != nil
          {
            continue
          }
          wrong.append(
            "\(one.name): \(part): nginx \(theirs[part] ?? "-"), ours \(ours[part] ?? "-")"
          )
        }
      }
      #expect(wrong.isEmpty, "\n\(wrong.joined(separator: "\n"))")
      #expect(unused.isEmpty, "no longer different: \(unused)")
    }
  }

  @Test func pipelinesOfBothAreTheSame() throws {
    try withScratchDirectory { scratch in
      let lab = try ServingLab(scratch)
      let server = try lab.serve()
      let nginx = try RealNginx(
        scratch.path("nginx"),
        "server { listen 127.0.0.1:PORT; root \(lab.depot)/public; }"
      )
      let paths = [NginxJudgeTests.plainFile, "/debian/x", NginxJudgeTests.package]
      let requests = (0..<10).map { index in
        "\(index % 4 == 3 ? "HEAD" : "GET") \(paths[index % 3]) HTTP/1.1\r\nHost: x\r\n"
          + "Range: bytes=\(index)-\(index * 9)\r\n\r\n"
      }
      func answers(_ port: Int) throws -> [String] {
        let wire = try Wire(port, seconds: 5)
        wire.send(requests.joined())
        return requests.map { request in
          let answer = wire.answer(isHead: request.hasPrefix("HEAD"))
          let body = answer?.status == 206 ? SHA256Digest.of(answer?.body ?? []).hex : ""
          return "\(answer?.status ?? 0) \(answer?["Content-Range"] ?? "") \(body)"
        }
      }
      #expect(try answers(nginx.port) == answers(try server.port))
    }
  }
}
