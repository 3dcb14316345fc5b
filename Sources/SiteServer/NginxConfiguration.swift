internal import SafeIO

/// The configuration of an nginx in front of the program, as text to start from.
///
/// What is published it sends itself, straight from the published tree; the API and the pages it
/// passes on. Where users have different rights it passes everything on: it knows of no rights.
package struct NginxConfiguration {
  private let publicDirectory: String
  private let settings: ServerSettings

  /// For a server with these settings, whose published tree is in that directory.
  package init(publicDirectory: String, _ settings: ServerSettings) {
    (self.publicDirectory, self.settings) = (publicDirectory, settings)
  }

  /// The text of a file for /etc/nginx/conf.d.
  package var text: String {
    """
    # nginx in front of aptferry, as “aptferry serve --print-nginx” writes it.
    # Put your host's name in, check it with “nginx -t”, and let aptferry listen at
    # \(address.description) with the same users.
    upstream aptferry {
        server \(upstream);
        keepalive 16;
    }
    server {
    \(listening)
        server_name apt.example;
        server_tokens off;
        absolute_redirect off;
    \(settings.rights == nil ? straight : "")\(passedOn)}

    """
  }

  private var address: ListenAddress { settings.addresses.first ?? .standard }

  private var upstream: String {
    switch address {
    case .network, .inherited: address.description
    case .unix(let path): "unix:\(path)"
    }
  }

  private var listening: String {
    guard let tls = settings.tls else { return "    listen 80;\n    listen [::]:80;" }
    return """
          listen 443 ssl;
          listen [::]:443 ssl;
          ssl_certificate \(NginxConfiguration.word(tls.certificate));
          ssl_certificate_key \(NginxConfiguration.word(tls.key));
          ssl_protocols TLSv1.2 TLSv1.3;
      """
        + (tls.clientAuthority.map { authority in
          """

              ssl_client_certificate \(NginxConfiguration.word(authority));
              ssl_verify_client \(tls.takesOthers ? "optional" : "on");
          """
        } ?? "")
  }

  /// Files by nginx itself.
  private var straight: String {
    let users = settings.users.map { path in
      """

              auth_basic "aptferry";
              auth_basic_user_file \(NginxConfiguration.word(path));
      """
    }
    return """

          root \(NginxConfiguration.word(publicDirectory));
          # A publication is made of relative links that stay below the root.
          disable_symlinks off;
          # A cache of open files would go on with the generation of before.
          open_file_cache off;
          etag on;
          if_modified_since exact;
          location ~ (^|/)\\. {
              return 404;
          }
          location ~ /by-hash/ {\(users ?? "")
              add_header Cache-Control "public, max-age=31536000, immutable";
              add_header X-Content-Type-Options nosniff;
          }
          location / {\(users ?? "")
              autoindex on;
              # Each publish may change them, which costs a question each time.
              add_header Cache-Control "no-cache";
              add_header X-Content-Type-Options nosniff;
          }

      """
  }

  /// The API, the pages, and with rights everything, by the program, which checks who asks.
  private var passedOn: String {
    let places =
      settings.rights == nil
      ? SitePlaces.reserved.map { "~ ^/\($0)(/|$)" } + ["= /metrics"] : ["/"]
    return places.map { place in
      """
          location \(place) {
              proxy_pass http://aptferry;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_set_header Host $host;
              proxy_set_header X-Forwarded-For $remote_addr;
              proxy_set_header X-Forwarded-Proto $scheme;
              proxy_request_buffering off;
              proxy_buffering off;
              client_max_body_size 0;
              proxy_read_timeout 1h;
          }

      """
    }.joined()
  }

  /// A word as nginx reads it.
  private static func word(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        || [0x2d, 0x2e, 0x2f, 0x5f, 0x2b].contains(byte)
    }
    if isPlain { return text }
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}

/// First parts of paths that belong to the server itself, and not to a publication.
enum SitePlaces {
  static let reserved = ["api", "-"]
}
