internal import CQRencode
internal import Glibc
package import SafeIO

/// A text as a QR code: a square of light and dark modules.
///
/// Only printable ASCII and line feeds: what other bytes mean, every reader guesses for itself.
/// The error correction is level M, so that a reflection on a screen or a dirty print does no harm.
package struct QRSymbol: Sendable, Equatable {
  /// How many modules a side has, without the quiet zone.
  package let width: Int
  /// Row by row; true is dark.
  private let modules: [Bool]

  /// The longest text, in bytes: what the largest code has room for at level M.
  package static let longest = 2331
  /// The light margin that a reader needs on every side (ISO/IEC 18004), in modules.
  static let quietZone = 4

  /// The smallest code that has room for a text.
  ///
  /// - Throws: `usage` for a text that is empty, too long, or not printable ASCII.
  package init(_ text: String) throws(Failure) {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty, bytes.count <= QRSymbol.longest else {
      throw Failure(
        .usage,
        "qr-length",
        "a QR code has room for 1 to \(QRSymbol.longest) bytes; the text has \(bytes.count)",
        hint: "write the text to a file"
      )
    }
    guard bytes.allSatisfy({ $0 == 0x0a || (0x20...0x7e).contains($0) }) else {
      throw Failure(
        .usage,
        "qr-text",
        "only printable ASCII is put into a QR code: readers take other bytes differently",
        hint: "write the text to a file"
      )
    }
    guard let made = unsafe QRSymbol.encode(bytes) else {
      throw Failure(.internal, "qr-code", "libqrencode made no code: error \(errno)")
    }
    defer { unsafe QRcode_free(made) }
    let side = Int(unsafe made.pointee.width)
    guard let data = unsafe made.pointee.data, (21...177).contains(side) else {
      throw Failure(.internal, "qr-code", "libqrencode made a code of \(side) modules")
    }
    width = side
    // The lowest bit of each byte is the module's colour.
    modules = unsafe UnsafeBufferPointer(start: data, count: side * side).map { $0 & 1 == 1 }
  }

  /// What a code stores in eleven bits for two characters, where a byte takes eight each.
  private static let shortSet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".utf8)

  /// The code as the library has it, to be freed; nil when it made none.
  private static func encode(_ bytes: [UInt8]) -> UnsafeMutablePointer<QRcode>? {
    guard bytes.allSatisfy(shortSet.contains) else {
      return unsafe bytes.withUnsafeBufferPointer { buffer in
        unsafe QRcode_encodeData(Int32(buffer.count), buffer.baseAddress, 0, QR_ECLEVEL_M)
      }
    }
    let text = (bytes + [0]).map { CChar(bitPattern: $0) }
    return unsafe text.withUnsafeBufferPointer { buffer in
      unsafe buffer.baseAddress.flatMap { start in
        unsafe QRcode_encodeString(start, 0, QR_ECLEVEL_M, QR_MODE_8, 1)
      }
    }
  }

  /// Whether a module is dark; everything outside of the code is light.
  func isDark(column: Int, row: Int) -> Bool {
    guard (0..<width).contains(column), (0..<width).contains(row) else { return false }
    return modules[row * width + column]
  }
}
