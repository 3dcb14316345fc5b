import Foundation
import Testing

extension Trait where Self == ConditionTrait {
  /// A short form of a trial that is run by hand for hours: minutes, which a change need not wait for.
  static var long: ConditionTrait {
    .enabled(
      if: ProcessInfo.processInfo.environment["APTFERRY_LONG_TESTS"] == "1",
      "scripts/test --long runs it"
    )
  }
}
