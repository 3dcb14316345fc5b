internal import SafeIO

/// Markup of this program's own, with texts from anywhere in it.
///
/// A literal is markup; what is interpolated as `String` is escaped, what is interpolated as `HTML`
/// is not: so the compiler checks every page. Escaping goes by scalars, since a combining character
/// behind a quotation mark makes one `Character` of the two.
package struct HTML: ExpressibleByStringInterpolation, Sendable {
  /// The markup.
  package let text: String

  package init(stringLiteral markup: String) { text = markup }

  package init(stringInterpolation parts: Interpolation) { text = parts.text }

  private init(markup: String) { text = markup }

  /// One after the other.
  package static func + (left: HTML, right: HTML) -> HTML { HTML(markup: left.text + right.text) }

  /// Several, one after the other.
  package static func joined(_ parts: [HTML], by separator: HTML = "") -> HTML {
    HTML(markup: parts.map(\.text).joined(separator: separator.text))
  }

  /// A text with nothing in it that is markup, moves other text or is invisible.
  package static func escaped(_ text: String) -> HTML {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case _ where Escaped.isDangerous(scalar): result.unicodeScalars.append("\u{fffd}")
      default: result.unicodeScalars.append(scalar)
      }
    }
    return HTML(markup: result)
  }

  /// What a literal with interpolations is put together from.
  package struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity)
    }

    package mutating func appendLiteral(_ markup: String) { text += markup }

    package mutating func appendInterpolation(_ text: String) {
      self.text += HTML.escaped(text).text
    }

    package mutating func appendInterpolation(_ number: some BinaryInteger) {
      text += String(number)
    }

    package mutating func appendInterpolation(_ markup: HTML) { text += markup.text }
  }
}
