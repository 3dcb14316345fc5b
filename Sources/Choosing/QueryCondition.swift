internal import DebianRepository
internal import SafeIO

/// What a query demands of a text.
package enum QueryCondition {
  /// A comparison as `dpkg` orders versions, of any text.
  case compared(Comparison, [UInt8])
  /// This text and no other.
  case exactly(String)
  /// A pattern of the shell over the whole text.
  case glob(QueryExpression)
  /// A regular expression anywhere in the text.
  case expression(QueryExpression)

  /// How the text must stand to the value.
  package enum Comparison {
    case earlier, notLater, same, notEarlier, later

    /// `<` and `>` are old names, and mean what they meant in old Debian relations.
    init?(_ sign: String) {
      switch sign {
      case "<<": self = .earlier
      case "<=", "<": self = .notLater
      case "=": self = .same
      case ">=", ">": self = .notEarlier
      case ">>": self = .later
      default: return nil
      }
    }

    func holds(_ order: DebianVersion.Order) -> Bool {
      switch self {
      case .earlier: order == .earlier
      case .notLater: order != .later
      case .same: order == .same
      case .notEarlier: order != .earlier
      case .later: order == .later
      }
    }
  }

  /// Nil for an expression that cannot be read.
  init?(_ sign: String, _ value: String) {
    if let comparison = Comparison(sign) {
      self = .compared(comparison, Array(value.utf8))
    } else if sign == "%" {
      guard let glob = QueryExpression(glob: value) else { return nil }
      self = .glob(glob)
    } else {
      guard let expression = QueryExpression(value) else { return nil }
      self = .expression(expression)
    }
  }

  static func isComparison(_ sign: String) -> Bool {
    Comparison(sign) != nil || sign == "%" || sign == "~"
  }

  /// Whether a text is as demanded.
  func holds(_ text: Span<UInt8>) -> Bool {
    switch self {
    case .compared(let comparison, let value):
      return comparison.holds(DebianVersion.orderOfAny(text, value.span))
    case .exactly(let value):
      return Array(copying: text) == Array(value.utf8)
    case .glob(let expression), .expression(let expression):
      return expression.matches(text)
    }
  }

  func holds(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return holds(bytes.span)
  }
}
