internal import SafeIO

/// A file that says who may do what, line by line.
struct AccessFile {
  /// A line without its end, and where it stands.
  struct Line {
    let text: String
    let place: String
  }

  let path: String
  /// All lines, comments too.
  let lines: [Line]

  private static let limit = 1 << 20

  /// Reads a file; `what` it is stands in messages.
  init(_ path: String, _ what: String) throws(Failure) {
    self.path = path
    let bytes: [UInt8]?
    do throws(Failure) {
      bytes = try NamedPath.contents(path, limit: AccessFile.limit)
    } catch {
      throw Failure(
        .configuration,
        "access-file",
        "\(what) cannot be read: \(error.reason)",
        subject: path,
        hint: "the account that serves must be able to read it: a plain file of at most 1 MiB"
      )
    }
    guard let bytes else {
      throw Failure(
        .configuration,
        "access-file",
        "\(what) is not there",
        subject: path,
        hint: "check the path"
      )
    }
    var lines: [Line] = []
    // Bytes, not characters: to Swift, CR LF is one character and no line ends in it.
    for (index, line) in bytes.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated()
    {
      let place = "\(path):\(index + 1)"
      let line = line.last == 0x0d ? line.dropLast() : line
      guard line.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7f }),
        let text = String(validating: line, as: UTF8.self)
      else {
        throw Failure(
          .configuration,
          "access-file",
          "this line has a control character, or is not UTF-8",
          subject: place,
          hint: "write \(what) anew"
        )
      }
      lines.append(Line(text: text, place: place))
    }
    self.lines = lines
  }
}
