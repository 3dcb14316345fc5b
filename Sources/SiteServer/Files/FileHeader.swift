internal import Publishing
internal import SafeIO

/// The fields of an answer about a published file.
enum FileHeader {
  /// The strong entity tag of a content: its SHA-256.
  static func tag(_ digest: SHA256Digest) -> String { "\"\(digest.hex)\"" }

  /// The status and the fields of an answer, in the order in which they are sent.
  static func fields(
    _ answer: FileAnswer,
    _ facts: FileFacts,
    path: String
  ) -> (status: Int, fields: [(String, String)], length: UInt64) {
    let common = [
      ("Last-Modified", HTTPDate.text(facts.modified)), ("ETag", facts.tag),
      ("Accept-Ranges", "bytes"), ("Cache-Control", cacheControl(path)),
      ("X-Content-Type-Options", "nosniff"),
    ]
    let type = [("Content-Type", contentType(path))]
    switch answer {
    case .whole:
      return (200, type + [("Content-Length", "\(facts.size)")] + common, facts.size)
    case .part(let range):
      let length = range.upperBound - range.lowerBound + 1
      let place = "bytes \(range.lowerBound)-\(range.upperBound)/\(facts.size)"
      return (
        206, type + [("Content-Length", "\(length)"), ("Content-Range", place)] + common, length
      )
    case .notModified: return (304, common, 0)
    case .preconditionFailed: return (412, [("Content-Length", "0")], 0)
    case .unsatisfiable:
      return (
        416, [("Content-Length", "0"), ("Content-Range", "bytes */\(facts.size)")], 0
      )
    }
  }

  /// A name that is made of the content's digest never gets another content; everything else may
  /// with the next generation.
  static func cacheControl(_ path: String) -> String {
    path.contains("/by-hash/") ? "public, max-age=31536000, immutable" : "no-cache"
  }

  /// What kind of file the name says it is; nothing of a vendor's tree is a page.
  static func contentType(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return plainText(name) }
    switch name[name.index(after: dot)...] {
    case "deb", "udeb", "ddeb": return "application/vnd.debian.binary-package"
    case "gz", "tgz": return "application/gzip"
    case "xz": return "application/x-xz"
    case "bz2": return "application/x-bzip2"
    case "zst": return "application/zstd"
    case "lzma": return "application/x-lzma"
    case "gpg", "sig": return "application/pgp-signature"
    case "asc": return "application/pgp-keys"
    case "dsc", "txt", "sources", "changes", "list": return "text/plain; charset=utf-8"
    case "json": return "application/json"
    case "yml", "yaml": return "text/plain; charset=utf-8"
    default: return "application/octet-stream"
    }
  }

  private static func plainText(_ name: Substring) -> String {
    let plain = ["InRelease", "Release", "Packages", "Sources", "Index", "SHA256SUMS", "MD5SUMS"]
    return plain.contains { $0 == name } || name.hasPrefix("Contents-")
      || name.hasPrefix("Translation-")
      ? "text/plain; charset=utf-8" : "application/octet-stream"
  }
}
