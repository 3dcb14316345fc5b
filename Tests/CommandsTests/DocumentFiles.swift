import Foundation
import TestSupport

/// Files of the repository that tests compare the program with.
enum DocumentFiles {
  /// The root of the repository.
  static let root: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/")
  }()

  /// Whether committed files are written anew instead of compared.
  static let isRecording = ProcessInfo.processInfo.environment["APTFERRY_RECORD_SNAPSHOTS"] == "1"

  /// Files below a directory, as paths from the root of the repository, sorted.
  static func files(below directory: String, suffix: String) throws -> [String] {
    let found = FileManager.default.enumerator(atPath: root + "/" + directory)
    let paths = (found?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(suffix) }
      .map { directory + "/" + $0 }.sorted()
    return paths.filter { path in
      let attributes = try? FileManager.default.attributesOfItem(atPath: root + "/" + path)
      return attributes?[.type] as? FileAttributeType == .typeRegular
    }
  }

  /// The text of a file, by its path from the root of the repository.
  static func text(_ path: String) throws -> String { try Disk.text(root + "/" + path) }

  /// All matches of a pattern, each with its groups; a group that took no part is empty.
  static func matches(_ pattern: String, in text: String) throws -> [[String]] {
    let expression = try NSRegularExpression(pattern: pattern)
    let whole = NSRange(text.startIndex..., in: text)
    return expression.matches(in: text, range: whole).map { match in
      (0..<match.numberOfRanges).map { index in
        Range(match.range(at: index), in: text).map { String(text[$0]) } ?? ""
      }
    }
  }
}
