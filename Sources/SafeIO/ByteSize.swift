/// A number of bytes as people write it: `4GiB`, `4.7GB`, `700M`, `1048576`.
///
/// As in coreutils `M` and `MiB` are 1024², `MB` is 1000².
package struct ByteSize: Hashable, Sendable {
  package let bytes: UInt64

  package init(bytes: UInt64) { self.bytes = bytes }

  /// Reads what a person wrote; nil when it is no size.
  package init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(digits.count).uppercased()
    let letters = ["", "K", "M", "G", "T"]
    var factor: UInt64?
    for (power, letter) in letters.enumerated() {
      let binary = (0..<power).reduce(1 as UInt64) { value, _ in value * 1024 }
      let decimal = (0..<power).reduce(1 as UInt64) { value, _ in value * 1000 }
      if unit == letter || (power > 0 && unit == letter + "IB") { factor = binary }
      if unit == letter + "B" { factor = power == 0 ? 1 : decimal }
    }
    guard let factor, !digits.isEmpty else { return nil }
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = UInt64(parts[0]) else { return nil }
    let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
    guard !overflow else { return nil }
    var total = product
    if parts.count == 2 {
      guard parts[1].count <= 6, let fraction = UInt64(parts[1]) else { return nil }
      let scale = (0..<parts[1].count).reduce(1 as UInt64) { value, _ in value * 10 }
      let (part, tooLarge) = fraction.multipliedReportingOverflow(by: factor)
      guard !tooLarge, case (let sum, let over) = total.addingReportingOverflow(part / scale), !over
      else { return nil }
      total = sum
    }
    bytes = total
  }

  /// A size for people: `1.4 GiB`, `812 bytes`.
  package static func text(_ bytes: UInt64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"]
    guard bytes >= 1024 else { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
    var unit = 0
    // Tenths of the unit, in whole numbers so that nothing depends on a locale.
    var tenths = bytes >= UInt64.max / 10 ? bytes / 1024 * 10 : bytes * 10 / 1024
    while tenths >= 10240, unit < units.count - 1 {
      tenths /= 1024
      unit += 1
    }
    return "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }
}
