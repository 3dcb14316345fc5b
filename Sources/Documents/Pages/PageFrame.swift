package import SafeIO

/// What all pages of a site have around their content.
package struct PageFrame: Sendable {
  /// The parts of a site, in the order of the navigation.
  package enum Section: String, CaseIterable, Sendable {
    case overview, publications, packages, bundles, mirrors, snapshots, jobs, trust, audit

    /// Where it lies.
    package var path: String { self == .overview ? "/-/" : "/-/\(rawValue)" }

    /// What people read.
    package var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
  }

  /// The name of the site.
  package let site: String
  /// What the caller may see.
  package let sections: [Section]
  /// Who has logged in; nil for nobody.
  package let user: String?
  /// When the page was made.
  package let now: UTCTime

  /// What the form to log out carries; nil where there is nothing to log out of.
  private let logOut: String?
  /// Whether a login could show more.
  private let mayLogIn: Bool

  package init(
    site: String,
    sections: [Section],
    user: String?,
    now: UTCTime,
    logOut: String? = nil,
    mayLogIn: Bool = false
  ) {
    (self.site, self.sections, self.user, self.now) = (site, sections, user, now)
    (self.logOut, self.mayLogIn) = (logOut, mayLogIn)
  }

  /// A whole page; `refresh` has the browser ask again after so many seconds.
  package func page(
    _ title: String,
    in section: Section,
    refresh: Int? = nil,
    _ content: HTML
  ) -> String {
    let again: HTML = refresh.map { "<meta http-equiv=\"refresh\" content=\"\($0)\">" } ?? ""
    let items = sections.map { other -> HTML in
      let here: HTML = other == section ? " aria-current=\"page\"" : ""
      return "<li><a href=\"\(other.path)\"\(here)>\(other.title)</a></li>\n"
    }
    let who: HTML = user.map { "Logged in as \($0). " } ?? ""
    let navigation: HTML =
      items.isEmpty
      ? "" : "<nav aria-label=\"Site\"><ul>\n\(HTML.joined(items))</ul></nav>\n"
    return
      ("""
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    \(again)<title>\(title) – \(site)</title>
    <link rel="stylesheet" href="/-/style.css">
    </head>
    <body>
    <a class="skip" href="#content">Skip to the content</a>
    <header>
    <p class="site"><a href="/-/">\(site)</a></p>
    \(navigation)</header>
    <main id="content">
    <h1>\(title)</h1>
    \(content)</main>
    <footer>\(login)<p>\(who)As of <time datetime="\(now.rfc3339)">\(now.rfc3339)</time>, this machine's clock.</p></footer>
    </body>
    </html>

    """ as HTML).text
  }

  /// How to log in or out.
  private var login: HTML {
    if let logOut {
      return """
        <form method="post" action="/-/logout"><input type="hidden" name="token" value="\(logOut)">\
        <button>Log out</button></form>
        """
    }
    return mayLogIn ? "<p><a href=\"/-/login\">Log in</a></p>" : ""
  }

  /// The style sheet of all pages.
  package static let style = """
    :root { --ink: #1b1b1b; --paper: #fff; --faint: #595959; --line: #b9b9b9; --link: #0b4f8a;
      --good: #1d6b2f; --bad: #a4161a; --warn: #7a4b00; --band: #f3f4f6; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #ececec; --paper: #16181b; --faint: #b4b4b4; --line: #555a60; --link: #8cc4ff;
        --good: #86d997; --bad: #ff9a96; --warn: #f3c073; --band: #20242a; }
    }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 72rem; padding: 0 1rem; color: var(--ink);
      background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
    a { color: var(--link); }
    a:focus-visible, button:focus-visible, input:focus-visible, [tabindex]:focus-visible {
      outline: 3px solid var(--link); outline-offset: 2px; }
    .skip { position: absolute; left: -100rem; }
    .skip:focus { position: static; }
    header { border-bottom: 1px solid var(--line); }
    .site { font-weight: bold; margin: .8rem 0 .2rem; }
    nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: 0;
      padding: 0 0 .6rem; }
    nav a[aria-current] { font-weight: bold; text-decoration: none; color: var(--ink); }
    h1 { font-size: 1.6rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.2rem; margin-top: 2rem; overflow-wrap: anywhere; }
    p, li, figcaption { overflow-wrap: anywhere; }
    h3 { font-size: 1rem; overflow-wrap: anywhere; }
    figure { margin: 1rem 0; } svg { max-width: 100%; height: auto; }
    select { width: 100%; max-width: 30rem; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; min-width: 20rem; }
    caption { text-align: left; color: var(--faint); }
    th, td { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0;
      border-bottom: 1px solid var(--line); }
    th { white-space: nowrap; } td code { display: inline-block; min-width: 18rem; }
    td.number { text-align: right; white-space: nowrap; }
    code, pre { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
    pre { background: var(--band); padding: .7rem; overflow-x: auto; }
    .good { color: var(--good); } .bad { color: var(--bad); font-weight: bold; }
    .warn { color: var(--warn); font-weight: bold; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
    dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
    form { margin: 1rem 0; } label { display: block; margin: .6rem 0 .2rem; }
    label.check { margin: 0; } label.check input { width: auto; }
    input:not([type=checkbox]) { width: 100%; max-width: 30rem; }
    input, select, button { font: inherit; padding: .35rem .6rem; }
    select, form button { margin-bottom: .5rem; }
    footer { border-top: 1px solid var(--line); margin-top: 3rem; color: var(--faint); }
    svg text { fill: var(--faint); font-size: 12px; } svg .bar { fill: var(--link); }
    svg.picture { width: 100%; max-width: 32rem; } svg .axis { stroke: var(--line); fill: none; }
    svg .line { stroke: var(--link); stroke-width: 2; fill: none; }
    @media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
    @media print {
      @page { size: A4; margin: 15mm; }
      nav, form, .skip { display: none; } body { max-width: none; color: #000; background: #fff; }
      .scroll { overflow: visible; }
    }

    """
}

/// Parts that several pages have.
enum PagePart {
  /// A table with a caption, which scrolls by itself where it is too wide.
  static func table(_ caption: String, _ head: [String], _ rows: [[HTML]]) -> HTML {
    let cells = HTML.joined(head.map { "<th scope=\"col\">\($0)</th>" })
    let body = HTML.joined(
      rows.map { row in
        "<tr>\(HTML.joined(row.map { "<td>\($0)</td>" }))</tr>\n"
      }
    )
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(caption)">
      <table><caption>\(caption)</caption>
      <thead><tr>\(cells)</tr></thead>
      <tbody>
      \(body)</tbody></table></div>

      """
  }

  /// A list of names and values.
  static func facts(_ facts: [(String, HTML)]) -> HTML {
    "<dl>\(HTML.joined(facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>\n" }))</dl>\n"
  }

  /// A moment, with how long ago it was.
  static func moment(_ time: UTCTime, _ now: UTCTime) -> HTML {
    "<time datetime=\"\(time.rfc3339)\">\(time.rfc3339)</time> (\(age(time, now)))"
  }

  /// How long ago or ahead a moment is, in the largest unit.
  static func age(_ time: UTCTime, _ now: UTCTime) -> String {
    let seconds = now.seconds - time.seconds
    let length = MirrorText.age(of: UTCTime(seconds: now.seconds - abs(seconds)), now)
    if seconds >= 0 { return length }
    return length.hasSuffix(" ago") ? "in " + length.dropLast(4) : "in " + length
  }

  /// A part of an address, encoded so that nothing in it ends the part.
  static func encoded(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF")
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e:
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default: result += "%" + String(hex[Int(byte >> 4)]) + String(hex[Int(byte & 15)])
      }
    }
    return result
  }
}
