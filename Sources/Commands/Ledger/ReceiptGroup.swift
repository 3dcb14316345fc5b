internal import ArgumentParser
internal import BundleFormat
internal import Documents
internal import Operations
internal import SafeIO
internal import Transfer

/// `aptferry receipt`.
struct ReceiptGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receipt",
    abstract: "Say outside what arrived inside.",
    discussion: """
      Inside:
        aptferry receipt create --to /media/out/island.receipt
        aptferry receipt request /media/stick --to /media/out/request.txt
      Outside:
        aptferry receipt add /media/out/island.receipt
        aptferry receipt add island mainland 38 KQF7M-2XC9R-MQ
      """,
    subcommands: [Create.self, Add.self, Request.self]
  )

  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "create",
      abstract: "Make a receipt of everything that this site holds.",
      discussion: """
        Examples:
          aptferry receipt create                  one line for each stream, to type
          aptferry receipt create --qr             and as QR codes, to scan
          aptferry receipt create --to island.receipt

        The file is signed with this depot's key: streams and how far they came,
        snapshots, and a compact list of all objects, at most 3 bytes for each. The
        lines are not signed: they are for a person to carry out where no file may.
        The format is described in docs/formats/receipt-format.md.

        Exit statuses: 14 a link or device lies under the file's name, or it leads
        into the depot; 16 the file cannot be written; 17 another command holds the
        depot.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Option(
      name: .customLong("to"),
      help: ArgumentHelp(
        "Write the signed receipt to this file; “-” is standard output.",
        valueName: "file"
      ),
      completion: .file()
    )
    var destination: String?

    @Flag(help: "Show each line as a QR code as well.")
    var qr = false

    func run() throws {
      try output.check(file: destination)
      let session = location.session(output)
      let made = try destination.map { (path) throws(Failure) in
        try session.createReceipt(to: receiptDestination(path), .here)
      }
      let place = made?.place ?? destination
      let typed = try session.typedReceipts()
      var lines = typed.isEmpty ? ["nothing was imported here yet"] : []
      for line in typed.map(\.line) {
        lines.append(line)
        if qr { lines += try QRText.lines(line) }
      }
      if let place, let made {
        if Output.isStandard(destination) { Output.text(made.text) }
        lines.append(
          "receipt:   \(Escaped.line(place)): number \(made.receipt.number), "
            + "\(Counted.text(made.receipt.snapshots.count, "snapshot")), \(Counted.text(made.receipt.inventory.count, "object")), "
            + ByteSize.text(UInt64(made.text.count))
        )
      }
      output.show(
        .object([
          ("typed", .array(typed.map { .string($0.line) })),
          ("file", made == nil ? .null : place.map { .string($0) } ?? .null),
          ("number", made.map { .count($0.receipt.number) } ?? .null),
          ("objects", made.map { .number(Int64($0.receipt.inventory.count)) } ?? .null),
          ("bytes", made.map { .number(Int64($0.text.count)) } ?? .null),
        ]),
        lines,
        file: destination
      )
    }
  }

  struct Add: ParsableCommand, Promising {
    static let afterRefusal = "the ledger is as it was"

    static let configuration = CommandConfiguration(
      commandName: "add",
      abstract: "Take a site's receipt, or a line that was typed, into the ledger.",
      discussion: """
        Examples:
          aptferry receipt add island.receipt
          aptferry receipt add island mainland 38 KQF7M-2XC9R-MQ

        A file must be signed by the key that is pinned for that site:
          aptferry trust add island.asc --role site --name island --fingerprint FPR
        A line is signed by nobody: its check letters find typing errors, and it must
        fit a bundle that was made here; that it is true is what you say. Later
        exports for the site (export --site) leave out what it holds.

        Exit statuses: 2 a typing error; 10 the key is not pinned for that site, or
        the file is not signed; 11 what is signed is no receipt; 13 the site took in
        another bundle of that number than the one made here; 18 no such bundle was
        made here.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The file; or site, stream, sequence and code of a line.", completion: .file())
    var receipt: [String]

    func run() throws {
      let outcome = try location.session(output).addReceipt(
        order,
        from: receipt.count == 1 ? [absolutePath(receipt[0])] : receipt
      )
      output.show(
        .object([
          ("site", .string(outcome.site)), ("number", outcome.number.map { .count($0) } ?? .null),
          ("changed", .bool(outcome.isNews)),
          ("acknowledged", .array(outcome.acknowledged.map { .string($0) })),
          ("notes", JSONDocument.json(outcome.notes)),
        ]),
        [
          outcome.isNews
            ? "\(Escaped.line(outcome.site)): "
              + (outcome.acknowledged.isEmpty
                ? "nothing new is acknowledged"
                : "acknowledged " + outcome.acknowledged.joined(separator: ", "))
            : "\(Escaped.line(outcome.site)): nothing new; the ledger is as it was"
        ]
      )
    }

    /// A file may have blanks in its name, and so may a line in quotes.
    private var order: ReceiptOrder {
      let words = receipt.flatMap { $0.split(separator: " ").map(String.init) }
      guard receipt.count == 1, words.count < 4 || NamedFile.exists(receipt[0]) else {
        return .typed(words.joined(separator: " "))
      }
      return .file(.path(receipt[0]))
    }
  }

  struct Request: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "request",
      abstract: "Say what is missing of a bundle, for the exporter to write again.",
      discussion: """
        Examples:
          aptferry receipt request /media/stick
          aptferry receipt request /media/stick --to /media/out/request.txt
          aptferry receipt request /media/stick --qr

        Outside: aptferry export --resend request.txt --to DIR. What that writes is
        carried in and imported like any medium of the bundle. The media are only
        read; chunks that have not arrived are checked in full. Of a bundle that was
        imported before, the objects of this depot are read: what is damaged is asked
        for, unless it is whole on these media. Either repairs the depot:
        aptferry depot check --repair-from DIR.

        Exit statuses: 0, even if nothing is missing; 10 a signature is bad; 14 a
        link or device lies under the file's name, or it leads into the depot.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The media of one bundle.", completion: .directory)
    var media: [String]

    @Option(
      name: .customLong("to"),
      help: ArgumentHelp(
        "Write the request to this file; “-” is standard output, as without.",
        valueName: "file"
      ),
      completion: .file()
    )
    var destination: String?

    @Flag(help: "Show the request as a QR code as well.")
    var qr = false

    func run() throws {
      let destination = Output.isStandard(destination) ? nil : destination
      let line = output.progress
      defer { line.end() }
      let session = location.session(output, line)
      // Not after hours of reading.
      if let destination { try session.checkDestination(destination) }
      let answer = try session.askForResend(of: media.map(mediumPath), around: .here)
      line.end()
      if let destination, let request = answer.request {
        try session.write(request, to: destination)
      }
      let text = answer.request.map { String(decoding: $0, as: UTF8.self) }
      var lines = ["\(answer.bundle): nothing is missing"]
      if answer.repairable > 0 {
        let step = answer.request == nil ? "next" : "first"
        let chunks = Counted.text(answer.repairable, "chunk")
        lines = [
          "\(answer.bundle): objects of \(chunks) are damaged here, and whole on these media"
        ]
        output.note("\(step): aptferry depot check --repair-from \(media[0])")
      }
      if answer.isTaken, answer.request != nil {
        output.note("what comes repairs the depot: aptferry depot check --repair-from DIR")
      }
      if let text {
        output.note(
          "\(answer.bundle) lacks \(Counted.text(answer.chunks, "chunk")) and "
            + "\(Counted.text(answer.files, "file")) it relies on"
        )
        lines = destination.map { ["request: \(Escaped.line($0))"] } ?? [String(text.dropLast())]
        if qr { lines += try QRText.lines(text) }
      }
      output.show(
        .object([
          ("bundle", .string(answer.bundle)), ("chunks", .number(Int64(answer.chunks))),
          ("files", .number(Int64(answer.files))),
          ("repairable", .number(Int64(answer.repairable))),
          ("request", text.map { .string($0) } ?? .null),
        ]),
        lines
      )
    }
  }
}
