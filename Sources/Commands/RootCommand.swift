internal import ArgumentParser

/// The root command.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aptferry",
    abstract: "Carries Debian package repositories across an air gap.",
    discussion: """
      Outside: mirror a repository, freeze it as a snapshot, export it to media.
      Inside: verify the media, import them, publish the snapshot to apt.

        aptferry init --site outside
        aptferry mirror create debian http://deb.example/debian bookworm \\
            --component main --keyring debian-archive-keyring.gpg
        aptferry mirror update debian
        aptferry snapshot create bookworm-1 --mirror debian
        aptferry export bookworm-1 --to /media/stick
        aptferry verify /media/stick --keyring exporter.asc
        aptferry import /media/stick
        aptferry publish bookworm-1 --at debian

      Exit statuses:
        0 done, 1 internal, 2 usage, 3 configuration, 10 trust, 11 integrity,
        12 incomplete, 13 freshness (replay, rollback, expiry, clock),
        14 unsafe content, 15 resources, 16 input/output, 17 busy, 18 state,
        19 policy, 130 and 143 signals
      Every refusal has a stable code; “aptferry codes” explains them all.

      Completion for bash, zsh or fish:
        aptferry --generate-completion-script bash > aptferry.bash
      """,
    version: Version.text,
    subcommands: most + serving + [ConfigGroup.self, Codes.self]
  )

  private static var most: [any ParsableCommand.Type] {
    [
      Init.self, KeyGroup.self, TrustGroup.self, MirrorGroup.self, SnapshotGroup.self,
      PackageGroup.self, RepoGroup.self, MetapackageGroup.self, MachineGroup.self, Export.self,
      Inspect.self,
      Verify.self, Slip.self, Repair.self, Import.self, Publish.self, PublicationGroup.self,
      ClientConfig.self, ReceiptGroup.self, LedgerGroup.self, AuditGroup.self, DepotGroup.self,
    ]
  }

  /// What needs the network is not in the program for the isolated side.
  private static var serving: [any ParsableCommand.Type] {
    #if Network
    [TargetGroup.self, HubGroup.self, Serve.self, TokenGroup.self]
    #else
    []
    #endif
  }
}
