extension ClientText {
  /// A `.list` file; its keys are in files of their own.
  var listFile: String {
    var text = heading("#")
    for source in sources {
      let file = path(of: source.keys)
      text +=
        "# \(file) must have these keys; below \(source.prefix) they lie as "
        + "keys/\(source.owner.rawValue)*.asc:\n"
      text += ClientText.about(source.keys, source.owner).map { "#   \($0)\n" }.joined()
      text += ClientText.about(source.validity).map { "# \($0)\n" }.joined()
      var options: [String] = []
      if !source.architectures.isEmpty {
        options.append("arch=" + source.architectures.joined(separator: ","))
      }
      let choices = [source.targets.option("target"), source.languages.option("lang")]
        .compactMap { $0 }
      if !choices.isEmpty { text += ClientText.aboutChoices.map { "# \($0)\n" }.joined() }
      options += choices
      options.append("signed-by=" + file)
      if let more = source.validity.more { options.append("valid-until-min=\(more.seconds)") }
      if source.forcesByHash {
        text += ClientText.aboutByHash.map { "# \($0)\n" }.joined()
        options.append("by-hash=force")
      }
      for type in source.types {
        for suite in source.suites {
          let words = [type, "[\(options.joined(separator: " "))]", source.address, suite]
          text += (words + source.components).joined(separator: " ") + "\n"
        }
      }
    }
    return text
  }

  /// A build stage whose apt knows nothing but this publication.
  var dockerfile: String {
    var steps = ["set -eu", "rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*"]
    steps.append("mkdir -p /etc/apt/keyrings")
    for file in keyFiles + [sourcesFileWithKeyFiles] { steps.append(ClientText.write(file)) }
    // By itself apt-get says that all is well when a server cannot be reached.
    steps.append("apt-get -o APT::Update::Error-Mode=any update")
    return heading("#") + """
      # Another base: docker build --build-arg BASE=\(image) .
      ARG BASE=\(image)
      FROM ${BASE} AS aptferry
      RUN \(steps.joined(separator: "; \\\n    "))

      """
  }

  /// A shell command that writes a file; each line stands in quotes.
  private static func write(_ file: File) -> String {
    let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    let quoted = lines.map { "'" + $0.replacingQuotes + "'" }
    return "printf '%s\\n' \\\n      " + quoted.joined(separator: " \\\n      ")
      + " \\\n      > \(file.path)"
  }

  /// A cloud-config document.
  var cloudInit: String {
    """
    #cloud-config
    \(heading("#"))write_files:
      - path: \(sourcesFile.path)
        owner: root:root
        permissions: '0644'
        content: |
    \(ClientText.indented(sourcesFile.text, by: 6))package_update: true

    """
  }

  /// A list of tasks.
  var ansible: String {
    let register = String(name.map { $0.isLetter || $0.isNumber ? $0 : "_" })
    return """
      ---
      \(heading("#"))- name: Write the apt source \(name)
        become: true
        ansible.builtin.copy:
          dest: \(sourcesFile.path)
          owner: root
          group: root
          mode: '0644'
          content: |
      \(ClientText.indented(sourcesFile.text, by: 6))  register: \(register)

      - name: Read the lists of \(name)
        become: true
        ansible.builtin.apt:
          update_cache: true
        when: \(register) is changed

      """
  }

  /// The lines of a block scalar.
  private static func indented(_ text: String, by count: Int) -> String {
    let blanks = String(repeating: " ", count: count)
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map { $0.isEmpty ? "\n" : "\(blanks)\($0)\n" }.joined()
  }
}

extension Substring {
  /// For a text in single quotes of a shell.
  fileprivate var replacingQuotes: String {
    map { $0 == "'" ? "'\\''" : String($0) }.joined()
  }
}
