internal import BundleFormat
internal import Depot
package import SafeIO

/// Contents that are to lie on the first media: `suite=*-security`, `snapshot=base-1`, `path=pool/main/l/*`.
package struct ContentPattern: Sendable {
  private enum Field: String, CaseIterable {
    case suite, snapshot, path
  }

  private let field: Field
  private let glob: String

  /// Reads what somebody wrote.
  ///
  /// - Throws: `usage` for what is no pattern.
  package init(_ text: String) throws(Failure) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let field = Field(rawValue: String(parts[0])), !parts[1].isEmpty else {
      throw Failure(
        .usage,
        "pattern",
        "this says of nothing that it comes first",
        subject: text,
        hint: "write suite=*-security, snapshot=NAME or path=pool/main/l/*"
      )
    }
    (self.field, glob) = (field, String(parts[1]))
  }

  /// Whether a file of a snapshot is meant; `suites` are those of the snapshot.
  fileprivate func matches(
    _ path: Substring,
    of snapshot: String,
    _ suites: [String]
  ) -> Bool {
    switch field {
    case .snapshot: Glob.matches(glob, snapshot)
    case .path: Glob.matches(glob, String(path))
    case .suite:
      // Of a snapshot with several suites, only what lies below the one that is meant is surely its.
      if suites.allSatisfy({ Glob.matches(glob, $0) }) {
        !suites.isEmpty
      } else {
        suites.contains { Glob.matches(glob, $0) && path.hasPrefix("dists/\($0)/") }
      }
    }
  }
}

extension ExportRequest {
  /// The order of contents in the bundle's chunks.
  func order(of files: FileList, in depot: Depot) throws(Failure) -> BundlePlan.Order {
    var order = BundlePlan.Order()
    order.wholeSize = wholeSize
    guard !first.isEmpty else { return order }
    var classes = [UInt16](repeating: UInt16(clamping: first.count), count: files.count)
    var isUsed = [Bool](repeating: false, count: first.count)
    for name in snapshots {
      let suites = try depot.catalogue.snapshot(name).suites.map(\.distribution)
      let prefix = name + "/"
      for index in files.indices(withPrefix: prefix) {
        let path = files.path(at: index).dropFirst(prefix.count)
        guard let number = first.firstIndex(where: { $0.matches(path, of: name, suites) }) else {
          continue
        }
        classes[index] = UInt16(clamping: number)
        isUsed[number] = true
      }
    }
    if let unused = isUsed.firstIndex(of: false) {
      throw Failure(
        .usage,
        "pattern",
        "nothing that is exported is of this kind",
        subject: first[unused].text,
        hint: "aptferry snapshot show NAME lists suites and files"
      )
    }
    let numbers = classes
    order.classes = first.count + 1
    order.classOf = { Int(numbers[$0]) }
    return order
  }
}

extension ContentPattern {
  fileprivate var text: String { "\(field.rawValue)=\(glob)" }
}
