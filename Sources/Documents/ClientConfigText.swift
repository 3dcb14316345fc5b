package import Publishing

/// How a client's configuration is shown.
package enum ClientConfigText {
  package static func json(
    _ text: ClientText,
    _ format: ClientText.Format,
    _ result: String
  ) -> JSONText {
    func strings(_ words: [String]) -> JSONText { .array(words.map { .string($0) }) }
    /// Null where the client's own configuration counts.
    func words(_ words: ClientChoices.Words) -> JSONText {
      switch words {
      case .own: .null
      case .only(let words): .object([("only", strings(words))])
      case .without(let words): .object([("without", strings(words))])
      }
    }
    return .object([
      ("prefix", text.prefixes.count == 1 ? .string(text.prefixes[0]) : .null),
      ("prefixes", strings(text.prefixes)),
      ("format", .string(format.rawValue)),
      ("text", .string(result)),
      (
        "files",
        .array(
          text.files(format).map { file in
            .object([("path", .string(file.path)), ("text", .string(file.text))])
          }
        )
      ),
      (
        "sources",
        .array(
          text.sources.map { source in
            .object([
              ("prefix", .string(source.prefix)),
              ("types", strings(source.types)),
              ("uri", .string(source.address)),
              ("suites", strings(source.suites)),
              ("components", strings(source.components)),
              ("architectures", strings(source.architectures)),
              ("targets", words(source.targets)),
              ("languages", words(source.languages)),
              ("mode", .string(source.owner == .vendor ? "verbatim" : "resigned")),
              ("keys", strings(source.keys.keys.map(\.fingerprint))),
              ("validUntilMin", source.validity.more.map { .number($0.seconds) } ?? .null),
              ("byHash", source.forcesByHash ? .string("force") : .null),
            ])
          }
        )
      ),
    ])
  }
}
