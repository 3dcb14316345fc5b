/// Results go to standard output, messages and progress to standard error, or to what stands for
/// these in the surroundings of this command line.
enum Output {
  /// One result line.
  static func line(_ text: String) { Surroundings.current.results.write(text + "\n") }

  /// One message line.
  static func message(_ text: String) { Surroundings.current.messages.write(text + "\n") }

  /// Raw text to the messages, for a question.
  static func raw(_ text: String) { Surroundings.current.messages.write(text) }

  /// Result text as bytes, already in lines.
  static func text(_ bytes: [UInt8]) {
    Surroundings.current.results.write(String(decoding: bytes, as: UTF8.self))
  }

  /// Whether the name of a file stands for standard output.
  static func isStandard(_ path: String?) -> Bool { path == "-" }
}
