internal import ArgumentParser
internal import Depot
internal import SafeIO
internal import Trust

/// What a key is pinned for, beside its role and name.
struct TrustScopeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A Suite or Codename that the vendor may sign.", valueName: "pattern")
  )
  var suite: [String] = []

  @Option(help: ArgumentHelp("An Origin that its suites may have.", valueName: "pattern"))
  var origin: [String] = []

  @Option(help: ArgumentHelp("A Label that its suites may have.", valueName: "pattern"))
  var label: [String] = []

  @Option(help: ArgumentHelp("A stream that the exporter may fill.", valueName: "pattern"))
  var stream: [String] = []

  @Option(
    help: ArgumentHelp(
      "Unsigned suites that the exporter may vouch for, as SNAPSHOT/SUITE.",
      valueName: "pattern"
    )
  )
  var mayVouch: [String] = []

  /// The scope as a value.
  var value: KeyScope {
    var scope = KeyScope()
    (scope.suites, scope.origins, scope.labels) = (suite, origin, label)
    (scope.streams, scope.mayVouch) = (stream, mayVouch)
    return scope
  }

  /// What the audit log says of it.
  var auditFields: [AuditField] {
    [
      ("suite", suite), ("origin", origin), ("label", label), ("stream", stream),
      ("may-vouch", mayVouch),
    ].filter { !$0.1.isEmpty }.map { AuditField($0.0, $0.1) }
  }
}
