#if Network
internal import ArgumentParser
internal import Documents
internal import Operations
internal import Publishing
internal import SafeIO

extension TargetGroup {
  /// `aptferry target create`.
  struct Create: ParsableCommand, Promising {
    static let afterRefusal = "there is no new target"

    static let configuration = CommandConfiguration(
      commandName: "create",
      abstract: "Name a place in an object store, and try out what the store does.",
      discussion: """
        Examples:
          aptferry target create ceph s3://packages --endpoint https://s3.example \\
              --credentials /etc/aptferry/s3-credentials
          aptferry target create cloud s3://packages/site-7 --region eu-central-1 \\
              --endpoint https://s3.eu-central-1.amazonaws.com --virtual-host
          aptferry publish bookworm-1 --at debian --target ceph

        The bucket must be there. Clients read it as a web server: have its policy let
        everybody get objects, and list the bucket, so that what is missing is “404”.

        The credentials are those of the file (as ~/.aws/credentials, mode 0600), of
        systemd (LoadCredential=aptferry-NAME:FILE), or of AWS_ACCESS_KEY_ID,
        AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. They are kept nowhere.

        What is tried: whether the store creates only what is not there, and replaces
        only what is as it was. Where it does not, only one depot may publish there.

        Exit statuses: 2 a name or an address cannot be; 3 the store refuses who asks,
        or has no such bucket; 16 it does not answer; 18 the name is taken.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "What it is called.")
    var name: String

    @Argument(
      help: ArgumentHelp("The bucket, and what keys begin with.", valueName: "s3://bucket/prefix")
    )
    var address: String

    @Option(help: ArgumentHelp("The store, as https://s3.example.", valueName: "url"))
    var endpoint: String

    @Option(help: ArgumentHelp("The region that the store wants signed.", valueName: "name"))
    var region = "us-east-1"

    @Option(
      help: ArgumentHelp(
        "A file with the authorities of the store's certificate (PEM).",
        valueName: "file"
      ),
      completion: .file()
    )
    var ca: String?

    @Option(
      help: ArgumentHelp(
        "A file with the access key and the secret key, of mode 0600.",
        valueName: "file"
      ),
      completion: .file()
    )
    var credentials: String?

    @Flag(help: "Put the bucket in the host's name instead of the path.")
    var virtualHost = false

    @Option(
      help: ArgumentHelp(
        "Where clients reach the address, when not at the store itself.",
        valueName: "url"
      )
    )
    var url: String?

    func run() throws {
      guard !region.isEmpty, region.utf8.count <= 100,
        region.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x2f && $0 != 0x2c })
      else {
        throw Failure(.usage, "arguments", "--region is a word as eu-central-1", subject: region)
      }
      var order = TargetOrder(name, address: address, endpoint: endpoint)
      order.region = region
      order.isVirtualHosted = virtualHost
      order.authorities = ca.map(absolutePath)
      order.credentials = credentials.map(absolutePath)
      order.url = try url.map { (text) throws(Failure) in try ClientAddress(text).text }
      let target = try location.session(output).createTarget(order, .here)
      output.show(TargetText.json(target), TargetText.lines(target))
    }
  }
}
#endif
