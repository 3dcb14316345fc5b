package import Publishing

/// How a client's configuration is shown.
package enum ClientConfigText {
  package static func json(
    _ text: ClientText,
    _ format: ClientText.Format,
    _ result: String
  ) -> JSONText {
    func strings(_ words: [String]) -> JSONText { .array(words.map { .string($0) }) }
    return .object([
      ("prefix", .string(text.prefix)),
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
              ("types", strings(source.types)),
              ("uri", .string(source.address)),
              ("suites", strings(source.suites)),
              ("components", strings(source.components)),
              ("architectures", strings(source.architectures)),
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
