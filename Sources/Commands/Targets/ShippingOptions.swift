internal import ArgumentParser
internal import Documents
internal import Operations
internal import Publishing
internal import SafeIO

#if Network
internal import PublicationTargets
#endif

/// What a publication gets elsewhere, too: for all commands that give clients something new.
///
/// The program without the network has no targets.
struct ShippingOptions: ParsableArguments {
  #if Network
  @Option(
    name: .customLong("take-over"),
    help: ArgumentHelp(
      "Take the place of another depot, or of a run that ended, at a target: why.",
      valueName: "reason"
    ),
    transform: Reason.read
  )
  var takeOver: String?

  /// Puts what clients see now to the targets where it lives, and to those that are named.
  func ship(
    _ prefixes: [String],
    to targets: [String],
    isDryRun: Bool = false,
    _ location: DepotOptions,
    _ output: OutputOptions
  ) throws(Failure) -> [TargetResult] {
    var order = ShippingOrder()
    order.isDryRun = isDryRun
    (order.prefixes, order.targets, order.takeOver) = (prefixes, targets, takeOver)
    order.around = .here
    let line = output.progress
    defer { line.end() }
    return try location.session(output, line).ship(order)
  }
  #endif

  /// Shows what was done to a publication, and what of it came to the targets where it lives.
  func show(
    _ result: PublicationResult,
    to targets: [String],
    isDryRun: Bool,
    _ location: DepotOptions,
    _ output: OutputOptions
  ) throws(Failure) {
    #if Network
    let shipped: [TargetResult]
    do throws(Failure) {
      shipped = try ship(
        [result.prefix],
        to: targets,
        isDryRun: isDryRun,
        location,
        output
      )
    } catch {
      // This depot's own clients have it, whatever became of the targets.
      output.show(result)
      throw error
    }
    if !shipped.isEmpty, case .object(let members) = PublicationText.json(result) {
      for text in result.notes { output.tell(text) }
      return output.show(
        .object(members + [("targets", .array(shipped.map { TargetText.json($0) }))]),
        PublicationText.lines(result) + shipped.map { TargetText.line($0) }
      )
    }
    #endif
    output.show(result)
  }

  /// Puts what clients see now to the targets where it lives, and notes it.
  func follow(
    _ prefix: String,
    _ location: DepotOptions,
    _ output: OutputOptions
  ) throws(Failure) {
    #if Network
    for target in try ship([prefix], to: [], location, output) {
      output.note(TargetText.line(target))
    }
    #endif
  }
}
