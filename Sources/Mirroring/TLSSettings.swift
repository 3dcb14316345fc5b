internal import DebianRepository
internal import SafeIO

/// Whose certificates a host may have, and which one this machine shows it: what `apt` is configured with.
struct TLSSettings: Hashable, Sendable {
  /// A file with the certificates of authorities, which count in place of the machine's; nil for those.
  let authorities: String?
  /// A file with this machine's certificate for the host; nil to show none.
  let certificate: String?
  /// The file with its secret key.
  let key: String?

  /// As `apt`: what is set for the host, else for all of `https`, else the same of `http`; a key may stand beside its certificate
  /// in one file.
  init(for address: UpstreamAddress, _ configuration: AptConfiguration) {
    func value(_ name: String) -> String? {
      let places = ["https", "http"].flatMap { method in
        ["Acquire::\(method)::\(address.host)::\(name)", "Acquire::\(method)::\(name)"]
      }
      return places.lazy.compactMap { configuration.value($0) }.first { !$0.isEmpty }
    }
    guard address.scheme == .https else {
      (authorities, certificate, key) = (nil, nil, nil)
      return
    }
    authorities = value("CaInfo")
    certificate = value("SslCert")
    key = certificate == nil ? nil : value("SslKey") ?? certificate
  }

  /// Whether there is anything but what every host gets.
  var isStandard: Bool { authorities == nil && certificate == nil }
}
