/// What somebody may do with a site as forms without scripts, beside its publications.
package enum SiteForms {
  /// Fetches what is new of a mirror.
  static func update(_ mirror: String, token: String) -> HTML {
    """
    <form method="post" action="/-/mirrors">
    <input type="hidden" name="token" value="\(token)">
    <input type="hidden" name="action" value="update">
    <input type="hidden" name="mirror" value="\(mirror)">
    <button>Update \(mirror)</button>
    </form>

    """
  }

  /// Takes in what is on a medium; `media` are those that are mounted.
  package static func imports(_ media: [String], prefixes: [String], token: String) -> HTML {
    let choices = HTML.joined(media.map { "<option value=\"\($0)\"></option>\n" })
    let found: HTML =
      media.isEmpty
      ? "<p>No mounted medium has a bundle now.</p>\n"
      : "<p>Mounted: \(HTML.joined(media.map { "<code>\($0)</code>" }, by: ", ")).</p>\n"
    let places = HTML.joined(prefixes.map { "<option>\($0)</option>\n" })
    let publish: HTML =
      prefixes.isEmpty
      ? ""
      : """
      <label for="import-prefix">Publish what comes in at</label>
      <select id="import-prefix" name="prefix">
      <option value="">nowhere yet</option>
      \(places)</select>

      """
    return """
      <h2>Take in a medium</h2>
      \(found)<form method="post" action="/-/bundles">
      <input type="hidden" name="token" value="\(token)">
      <input type="hidden" name="action" value="import">
      <label for="import-medium">Directory of the medium</label>
      <input id="import-medium" name="medium" required maxlength="1000" list="import-media" \
      value="\(media.first ?? "")">
      <datalist id="import-media">
      \(choices)</datalist>
      \(publish)<p><label class="check"><input type="checkbox" name="older" value="yes"> \
      Though it may be older than what is here</label></p>
      <label for="import-why">Why older content may come in, for the audit log</label>
      <input id="import-why" name="reason" maxlength="500">
      <p><button>Take in</button></p>
      </form>

      """
  }
}
