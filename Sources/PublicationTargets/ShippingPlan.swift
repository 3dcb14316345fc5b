#if Network
internal import SafeIO

/// What is to be written so that a target has a generation: a pure difference of listings.
struct ShippingPlan: Sendable {
  /// Positions in the listing, for each kind in the order in which kinds are written.
  private(set) var positions: [[Int]]
  /// The files to be written, and their bytes.
  private(set) var files: UInt64 = 0
  private(set) var bytes: UInt64 = 0

  /// Compares a listing with what the target has.
  ///
  /// `current` is the listing of what clients get, `kept` are those of what they got before: of these
  /// what lasts is there still. `isCertain` says that everything of `current` is there just so: somebody
  /// who did not come to an end may have replaced what changes.
  ///
  /// - Throws: `state`, `target-conflict`, when a path that must not change would have other content.
  init(
    _ list: FileList,
    current: FileList?,
    kept: [FileList],
    isCertain: Bool
  ) throws(Failure) {
    positions = TargetLayout.Kind.allCases.map { _ in [] }
    var other = 0
    var otherPath: ArraySlice<UInt8> = []
    let before = current ?? FileList.empty
    try list.forEachPath(in: 0..<list.count) { (index, path) throws(Failure) in
      let kind = TargetLayout.kind(path)
      while other < before.count {
        otherPath = before.pathBytes(at: other)
        guard otherPath.lexicographicallyPrecedes(path) else { break }
        other += 1
      }
      let digest = list.digest(at: index)
      if other < before.count, otherPath.elementsEqual(path) {
        let isSame = before.digest(at: other) == digest
        if isSame, kind == .lasting || isCertain { return }
        if !isSame, kind == .lasting { throw ShippingPlan.conflict(path) }
      } else if kind == .lasting, try ShippingPlan.has(path, digest, kept) {
        return
      }
      positions[kind.rawValue].append(index)
      files += 1
      bytes &+= list.size(at: index)
    }
  }

  /// Whether one of the listings has that path with that content.
  private static func has(
    _ path: ArraySlice<UInt8>,
    _ digest: SHA256Digest,
    _ lists: [FileList]
  ) throws(Failure) -> Bool {
    let text = String(decoding: path, as: UTF8.self)
    for list in lists {
      guard let index = list.index(of: text) else { continue }
      guard list.digest(at: index) == digest else { throw conflict(path) }
      return true
    }
    return false
  }

  private static func conflict(_ path: ArraySlice<UInt8>) -> Failure {
    Failure(
      .state,
      "target-conflict",
      "clients of the target may still ask for this path with other content",
      subject: String(decoding: path, as: UTF8.self),
      hint:
        "publish there under another prefix; or wait until the generations with the other content "
        + "have gone from the target (publication edit PREFIX --grace), and publish again"
    )
  }
}
#endif
