internal import ArgumentParser
internal import BundleFormat
internal import Operations
internal import SafeIO

/// Which media a bundle goes on, when it is more than one directory.
struct MediaOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The media to plan for, as 25GB×3,58.2GB,dvd×2; each is asked for at --to.",
      discussion: "Sizes are what is free on an empty one. Presets: "
        + MediaList.presets.joined(separator: ", ") + ".",
      valueName: "list"
    )
  )
  var media: String?

  @Option(
    help: ArgumentHelp(
      "Write each medium of --media to a directory of its own in this one, and ask for none.",
      valueName: "dir"
    ),
    completion: .directory
  )
  var mediaDir: String?

  @Option(
    help: ArgumentHelp(
      "What lies on the first media, as suite=*-security, snapshot=NAME or path=GLOB; may be given "
        + "several times.",
      valueName: "pattern"
    )
  )
  var first: [String] = []

  @Option(
    help: ArgumentHelp(
      "Make the last so many media parity: that many of the set may be lost, whichever they are.",
      valueName: "number"
    )
  )
  var parityMedia: Int?

  @Option(
    name: .customLong("continue"),
    help: ArgumentHelp(
      "Write the media of this bundle that are missing; no new bundle is made.",
      valueName: "bundle"
    ),
    completion: Completing.made
  )
  var continued: String?

  @Option(
    help: ArgumentHelp(
      "With --continue, write this medium once more: it is lost; may be given several times.",
      valueName: "number"
    )
  )
  var again: [Int] = []

  @Option(
    help: ArgumentHelp(
      "Write images for burning instead of files; the one kind there is: iso.",
      valueName: "kind"
    )
  )
  var image: ImageKind?

  @Flag(help: "Unmount each medium when it is written.")
  var unmount = false

  /// Whether several media are meant.
  func isSet(_ destinations: [String]) -> Bool {
    media != nil || continued != nil || image != nil || destinations.count > 1
      || destinations.contains(where: StoreAddress.isOne)
  }

  /// Refuses what does not go together; only a plan needs no place.
  func check(_ destinations: [String], isPlan: Bool) throws {
    if destinations.contains(where: StoreAddress.isOne) {
      guard destinations.count == 1, media == nil, image == nil, mediaDir == nil, !unmount,
        first.isEmpty, parityMedia == nil
      else {
        throw ValidationError(
          "An object store is one --to for all of the bundle: leave what is about media out."
        )
      }
    }
    guard Set(destinations.map(mediumPath)).count == destinations.count else {
      throw ValidationError("One --to is given twice: each stands for a medium of its own.")
    }
    if image != nil, mediaDir != nil || unmount || destinations.count > 1 {
      throw ValidationError(
        "Images are files in the one directory of --to: leave --media-dir and --unmount out."
      )
    }
    if !again.isEmpty, continued == nil {
      throw ValidationError("--again needs --continue, which says of which bundle.")
    }
    if mediaDir != nil, media == nil, continued == nil {
      throw ValidationError("--media-dir needs --media, which says what the media are.")
    }
    if destinations.isEmpty, mediaDir == nil, !isPlan || media == nil && continued == nil {
      throw ValidationError("Missing expected argument '--to <dir>'")
    }
    if !destinations.isEmpty, mediaDir != nil {
      throw ValidationError("--to and --media-dir exclude each other.")
    }
    if media != nil, destinations.count > 1 {
      throw ValidationError(
        "--media lists media that come one after the other at one --to; several --to are media "
          + "that are here."
      )
    }
    if let parityMedia, parityMedia < 1 {
      throw ValidationError("--parity-media is a number from 1 on.")
    }
    if !isSet(destinations), parityMedia != nil {
      throw ValidationError("--parity-media needs several media: --media, or --to several times.")
    }
    if !isSet(destinations), unmount || !first.isEmpty {
      throw ValidationError("--first and --unmount need several media: --media, or --to twice.")
    }
  }

  /// The media, and where they are; for a plan that names no place, where the command runs.
  func choice(_ destinations: [String]) -> MediaChoice {
    let first = absolutePath(destinations.first ?? ".")
    let place: MediaChoice.Place =
      if let address = destinations.first, StoreAddress.isOne(address) {
        .store(address)
      } else if image != nil { .images(first) } else if let mediaDir {
        .below(absolutePath(mediaDir))
      } else if media != nil {
        .oneByOne(first)
      } else { .here(destinations.map(absolutePath)) }
    var choice = MediaChoice(place, list: media ?? "")
    choice.isUnmounted = unmount
    choice.around = .here
    return choice
  }

  /// Refuses media that somebody would have to be asked for where nobody can be.
  func requireTerminal() throws(Failure) {
    guard media != nil, mediaDir == nil, image == nil, !Surroundings.current.canAsk else { return }
    throw Failure(
      .usage,
      "no-terminal",
      "each medium is asked for, and there is no terminal to ask on",
      hint: "mount all media and name each with --to, or give --media-dir DIR"
    )
  }

  /// Asks the person for a medium.
  func ask(_ call: MediumCall) throws(Failure) -> MediumAnswer {
    if let problem = call.problem {
      Output.message(Escaped.line("medium \(call.number): \(problem.reason)"))
      if let hint = problem.hint { Output.message(Escaped.line(hint)) }
    }
    Output.message(
      Escaped.line(
        "Insert medium \(call.number) of \(call.count), label \(call.label), for "
          + "\(ByteSize.text(call.bytes)), and mount it at \(call.place)."
      )
    )
    Output.raw("Enter when it is there; s: skip it, q: stop here. ")
    switch try Terminal.answer() {
    case "": return .ready
    case "s": return .skip
    default: return .stop
    }
  }
}

/// What an image is.
enum ImageKind: String, ExpressibleByArgument, CaseIterable {
  /// ISO 9660, which every disc drive and system reads.
  case iso
}
