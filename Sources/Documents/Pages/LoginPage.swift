package import SafeIO

/// The form to log in; it tells nothing of the site.
package enum LoginPage {
  /// The page; the browser goes to `target` afterwards, `token` shows that the form is of this server,
  /// and `trouble` says what was wrong with the last attempt.
  package static func text(
    target: String,
    token: String,
    trouble: String? = nil,
    now: UTCTime
  ) -> String {
    let warning: HTML = trouble.map { "<p class=\"bad\" role=\"alert\">\($0)</p>\n" } ?? ""
    let frame = PageFrame(site: "aptferry", sections: [], user: nil, now: now)
    return frame.page(
      "Log in",
      in: .overview,
      """
      \(warning)<form method="post" action="/-/login">
      <input type="hidden" name="token" value="\(token)">
      <input type="hidden" name="to" value="\(target)">
      <label for="name">Name</label>
      <input id="name" name="name" autocomplete="username" required maxlength="100">
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required \
      maxlength="500">
      <p><button>Log in</button></p>
      </form>

      """
    )
  }
}
