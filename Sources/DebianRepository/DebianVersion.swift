internal import SafeIO

/// A package version as `dpkg` reads and orders it: `[epoch:]upstream[-revision]`.
///
/// Two versions are equal when `dpkg` finds no difference, however they are written: `1.0`,
/// `0:1.0-0` and `01.00` are one version. Whoever wants the text compares `bytes`.
package struct DebianVersion: Comparable, Sendable {
  /// How one version stands to another.
  package enum Order: Sendable { case earlier, same, later }

  /// The text, without the blanks around it.
  package let bytes: [UInt8]
  private let parts: Parts

  /// Nil for what `dpkg` refuses: empty parts, blanks inside, an epoch that is not a number below
  /// 2^31, a NUL byte.
  package init?(_ text: Span<UInt8>) {
    guard let parts = Parts(text) else { return nil }
    bytes = Array(copying: text.extracting(parts.whole))
    self.parts = parts.moved(by: -parts.whole.lowerBound)
  }

  /// Nil for what `dpkg` refuses.
  package init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    self.init(bytes.span)
  }

  /// The text.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// What stands before the first colon, else 0.
  package var epoch: UInt32 { parts.epoch }

  /// The part between epoch and revision; hyphens may be in it.
  package var upstream: ArraySlice<UInt8> { bytes[parts.upstream] }

  /// What stands behind the last hyphen; empty when there is none, which is the same as `0`.
  package var revision: ArraySlice<UInt8> { bytes[parts.revision] }

  /// Whether it is one that `dpkg` orders without a warning.
  ///
  /// It begins with a digit, and has nothing but letters, digits, `.+~`, and before the revision
  /// `-:`.
  package var isWellFormed: Bool {
    guard let first = upstream.first, DebianVersion.isDigit(first) else { return false }
    func isPlain(_ byte: UInt8) -> Bool {
      DebianVersion.isDigit(byte) || DebianVersion.isLetter(byte)
        || byte == 0x2e || byte == 0x2b || byte == 0x7e
    }
    return upstream.allSatisfy { isPlain($0) || $0 == 0x2d || $0 == 0x3a }
      && revision.allSatisfy(isPlain)
  }

  package static func == (left: DebianVersion, right: DebianVersion) -> Bool {
    left.order(against: right) == .same
  }

  package static func < (left: DebianVersion, right: DebianVersion) -> Bool {
    left.order(against: right) == .earlier
  }

  /// How this version stands to the other.
  package func order(against other: DebianVersion) -> Order {
    DebianVersion.order(bytes.span, parts, other.bytes.span, other.parts)
  }

  /// How the left version stands to the right one, as they stand in an index, without keeping
  /// either; nil when `dpkg` refuses one of them.
  package static func order(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Order? {
    guard let leftParts = Parts(left), let rightParts = Parts(right) else { return nil }
    return order(left, leftParts, right, rightParts)
  }

  /// How any two texts stand to each other when they are taken as versions; what `dpkg` refuses is
  /// all upstream part, and nothing stands before everything but a tilde.
  package static func orderOfAny(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Order {
    guard let leftParts = Parts(left), let rightParts = Parts(right) else {
      return order(left, of: right)
    }
    return order(left, leftParts, right, rightParts)
  }

  private static func order(
    _ left: Span<UInt8>,
    _ leftParts: Parts,
    _ right: Span<UInt8>,
    _ rightParts: Parts
  ) -> Order {
    if leftParts.epoch != rightParts.epoch {
      return leftParts.epoch < rightParts.epoch ? .earlier : .later
    }
    let upstream = order(
      left.extracting(leftParts.upstream),
      of: right.extracting(rightParts.upstream)
    )
    guard upstream == .same else { return upstream }
    return order(left.extracting(leftParts.revision), of: right.extracting(rightParts.revision))
  }
}

extension DebianVersion {
  /// Where the parts of a version lie in its text.
  private struct Parts: Sendable {
    let epoch: UInt32
    let upstream: Range<Int>
    let revision: Range<Int>
    // From the first to the last byte that is no blank.
    let whole: Range<Int>

    private init(epoch: UInt32, upstream: Range<Int>, revision: Range<Int>, whole: Range<Int>) {
      self.epoch = epoch
      self.upstream = upstream
      self.revision = revision
      self.whole = whole
    }

    func moved(by distance: Int) -> Parts {
      func move(_ range: Range<Int>) -> Range<Int> {
        (range.lowerBound + distance)..<(range.upperBound + distance)
      }
      return Parts(
        epoch: epoch,
        upstream: move(upstream),
        revision: move(revision),
        whole: move(whole)
      )
    }

    /// Nil where dpkg's `parseversion` fails; where it only warns, there are parts.
    init?(_ text: Span<UInt8>) {
      var start = 0
      var end = text.count
      while start < end, Parts.isBlank(text[start]) { start &+= 1 }
      while end > start, Parts.isBlank(text[end &- 1]) { end &-= 1 }
      guard start < end else { return nil }
      let whole = start..<end
      var colon = end
      var hyphen = end
      for index in whole {
        let byte = text[index]
        switch byte {
        case 0x3a where colon == end: colon = index
        case 0x2d: hyphen = index
        case 0x00, 0x09, 0x20: return nil
        default: break
        }
      }
      var epoch: UInt32 = 0
      if colon < end {
        guard let number = Parts.epoch(text.extracting(start..<colon)) else { return nil }
        epoch = number
        start = colon + 1
      }
      // A hyphen before the colon was the sign of the epoch.
      if hyphen < start { hyphen = end }
      // An empty upstream part, or an empty revision.
      guard start < hyphen, hyphen != end - 1 else { return nil }
      self.init(
        epoch: epoch,
        upstream: start..<hyphen,
        revision: min(hyphen + 1, end)..<end,
        whole: whole
      )
    }

    /// What C's `strtol` makes of all of the text: white space and a sign before the digits, as
    /// dpkg has it; nil when it is no number, negative, or 2^31 or more.
    private static func epoch(_ text: Span<UInt8>) -> UInt32? {
      var index = 0
      while index < text.count, Stanza.isSpace(text[index]) { index += 1 }
      var isNegative = false
      if index < text.count, text[index] == 0x2b || text[index] == 0x2d {
        isNegative = text[index] == 0x2d
        index += 1
      }
      guard index < text.count else { return nil }
      var value: UInt32 = 0
      while index < text.count {
        guard isDigit(text[index]) else { return nil }
        let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
        let (sum, isStillTooLarge) = product.addingReportingOverflow(UInt32(text[index] &- 0x30))
        guard !isTooLarge, !isStillTooLarge, sum < 1 << 31 else { return nil }
        value = sum
        index += 1
      }
      return isNegative && value != 0 ? nil : value
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
  }

  @inline(__always)
  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  @inline(__always)
  private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

  /// How one byte that is no digit sorts: the tilde before the end of the text, the end before
  /// letters, letters before everything else.
  @inline(__always)
  private static func rank(_ text: Span<UInt8>, _ index: Int) -> Int {
    guard index < text.count else { return 0 }
    let byte = text[index]
    if isDigit(byte) { return 0 }
    if isLetter(byte) { return Int(byte) }
    if byte == 0x7e { return -1 }
    // dpkg adds to a signed char; only in versions that it warns about are there such bytes.
    return Int(Int8(bitPattern: byte)) + 256
  }

  /// Orders two upstream parts or two revisions: text and digits in turn, digits as numbers of
  /// any length (dpkg's `verrevcmp`).
  private static func order(_ left: Span<UInt8>, of right: Span<UInt8>) -> Order {
    var l = 0
    var r = 0
    while l < left.count || r < right.count {
      while (l < left.count && !isDigit(left[l])) || (r < right.count && !isDigit(right[r])) {
        let leftRank = rank(left, l)
        let rightRank = rank(right, r)
        if leftRank != rightRank { return leftRank < rightRank ? .earlier : .later }
        l &+= 1
        r &+= 1
      }
      while l < left.count, left[l] == 0x30 { l &+= 1 }
      while r < right.count, right[r] == 0x30 { r &+= 1 }
      var first = Order.same
      while l < left.count, r < right.count, isDigit(left[l]), isDigit(right[r]) {
        if first == .same, left[l] != right[r] { first = left[l] < right[r] ? .earlier : .later }
        l &+= 1
        r &+= 1
      }
      if l < left.count, isDigit(left[l]) { return .later }
      if r < right.count, isDigit(right[r]) { return .earlier }
      if first != .same { return first }
    }
    return .same
  }
}
