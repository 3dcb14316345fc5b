#if Network
internal import Documents
internal import Hummingbird
internal import SafeIO

/// The answers that pages are sent as.
enum PageAnswer {
  /// What a page may load and do: nothing but this site's style, pictures and forms.
  private static let policy =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    + "frame-ancestors 'none'; base-uri 'none'"

  /// The style sheet.
  static var style: Response {
    Response(
      status: .ok,
      headers: [
        .contentType: "text/css; charset=utf-8", .cacheControl: "max-age=300",
        .xContentTypeOptions: "nosniff",
      ],
      body: ResponseBody(byteBuffer: ByteBuffer(string: PageFrame.style))
    )
  }

  /// A page.
  static func html(_ text: String) -> Response {
    Response(
      status: .ok,
      headers: [
        .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
        .xContentTypeOptions: "nosniff", .contentSecurityPolicy: policy,
      ],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text))
    )
  }

  /// Asks for a name and a password.
  static var login: Response {
    var answer = plain(.unauthorized, "401 Unauthorized\n")
    answer.headers[.wwwAuthenticate] = "Basic realm=\"aptferry\", charset=\"UTF-8\""
    return answer
  }

  /// A line of text.
  static func plain(_ status: HTTPResponse.Status, _ text: String) -> Response {
    Response(
      status: status,
      headers: [
        .contentType: "text/plain; charset=utf-8", .cacheControl: "no-store",
        .xContentTypeOptions: "nosniff",
      ],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text))
    )
  }

  /// Sends the browser to a page of this server.
  static func seeOther(_ path: String) -> Response {
    var answer = plain(.seeOther, "303 See Other\n")
    answer.headers[.location] = path
    return answer
  }

  /// What was refused, in the words of the command line.
  static func refused(_ failure: Failure) -> Response {
    plain(
      failure.kind == .internal || failure.kind == .io ? .internalServerError : .conflict,
      FailureText.lines(failure, nil) + "\n"
    )
  }

  /// What could not be shown, in the words of the command line.
  static func failure(_ failure: Failure, _ site: Site) -> Response {
    if failure.kind == .usage { return plain(.notFound, "404 Not Found\n") }
    site.tell(failure)
    return plain(
      .internalServerError,
      FailureText.lines(failure, nil) + "\n"
    )
  }
}
#endif
