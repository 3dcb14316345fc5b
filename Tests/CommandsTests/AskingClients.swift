import TestSupport

/// Machines whose apt asks for more than packages: what the packages of Debian 12 put into
/// `apt.conf.d`, and what a person sets.
enum AskingClient: String, CaseIterable {
  case german, aptFile, commandNotFound, appStream, withIcons

  private var configuration: String {
    switch self {
    case .german: "#clear Acquire::Languages;\nAcquire::Languages { \"de\"; \"en\"; };\n"
    case .aptFile: AskingClient.aptFileTargets
    case .commandNotFound:
      AskingClient.target("CNF", "$(COMPONENT)/cnf/Commands-$(NATIVE_ARCHITECTURE)")
    case .appStream:
      AskingClient.target("DEP-11", "$(COMPONENT)/dep11/Components-$(NATIVE_ARCHITECTURE).yml")
    case .withIcons: AskingClient.target("DEP-11-icons", "$(COMPONENT)/dep11/icons-64x64.tar")
    }
  }

  /// A path in the suite that this client asks for.
  var asked: String {
    switch self {
    case .german: "main/i18n/Translation-de"
    case .aptFile: "main/Contents-amd64"
    case .commandNotFound: "main/cnf/Commands-amd64"
    case .appStream: "main/dep11/Components-amd64.yml"
    case .withIcons: "main/dep11/icons-64x64.tar"
    }
  }

  /// What apt calls it among its lists.
  var listName: String { asked.replacing("/", with: "_") }

  static func target(_ name: String, _ key: String, flat: String = "") -> String {
    """
    Acquire::IndexTargets { deb::\(name) {
      MetaKey "\(key)";
      ShortDescription "\(name)";
      Description "$(RELEASE)/$(COMPONENT) \(name)";
      flatMetaKey "\(flat)";
      flatDescription "$(RELEASE) \(name)";
      KeepCompressed "true";
    }; };

    """
  }

  private static let aptFileTargets =
    target(
      "Contents-deb",
      "$(COMPONENT)/Contents-$(ARCHITECTURE)",
      flat: "Contents-$(ARCHITECTURE)"
    )
      + """
      Acquire::IndexTargets { deb::Contents-deb-legacy {
        MetaKey "Contents-$(ARCHITECTURE)";
        ShortDescription "Contents-$(ARCHITECTURE)";
        Description "$(RELEASE) $(ARCHITECTURE) Contents (deb)";
        KeepCompressed "true";
        Fallback-Of "Contents-deb";
        Identifier "Contents-deb";
      }; };

      """

  /// Sets a machine up so.
  func configure(_ client: AptClient) throws {
    try Disk.write(configuration, to: client.root + "/etc/apt/apt.conf.d/90asking.conf")
  }

  /// The files beside packages that such clients ask for, as a vendor has them.
  static let files = [
    "main/i18n/Translation-de":
      "Package: pier\nDescription-md5: 00000000000000000000000000000000\nDescription-de: x\n y\n\n",
    "main/cnf/Commands-amd64": "suite: stable\n", "main/dep11/Components-amd64.yml": "---\n",
    "main/dep11/icons-64x64.tar": "no tar\n", "main/Contents-amd64": "usr/bin/x misc/pier\n",
  ]

  /// A small suite that can have them.
  static func suite() -> ForgedSuite {
    var suite = ForgedSuite.small()
    suite.keepsPlainIndexes = true
    suite.hasByHash = false
    return suite
  }
}
