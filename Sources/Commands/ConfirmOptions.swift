internal import ArgumentParser
internal import SafeIO

/// What commands share that take something away: a person is asked, a script says `--yes`.
struct ConfirmOptions: ParsableArguments {
  @Flag(help: "Do not ask; needed where there is no terminal.")
  var yes = false

  /// Asks whether to go on; what happens then is said first.
  func ask(_ consequence: String, about subject: String) throws(Failure) {
    if yes { return }
    guard Surroundings.current.canAsk else {
      throw Failure(
        .usage,
        "not-confirmed",
        "not confirmed, and there is no terminal to ask on: \(consequence)",
        subject: subject,
        hint: "run it on a terminal, or say --yes"
      )
    }
    Output.message(Escaped.line("\(subject): \(consequence)."))
    Output.raw("Go on? [yes/no] ")
    guard try Terminal.isYes() else {
      throw Failure(.policy, "not-confirmed", "this was not confirmed", subject: subject)
    }
  }
}
