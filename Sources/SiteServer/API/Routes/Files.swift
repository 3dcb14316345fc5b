#if Network
internal import Composing
internal import Depot
internal import Operations
internal import SafeIO

/// Uploaded files, and what repositories take of them.
extension APIRoutes {
  private var place: UploadPlace { UploadPlace(depot: site.depot) }

  static let fileRoutes: [APIRoute] = [
    .reply("GET", "files", .readEverywhere) { routes, _ in
      APIReply(.strings(try routes.place.directories()))
    },
    .reply("GET", "files/{dir}", .readEverywhere) { routes, names in
      try UploadPlace.check(names[0])
      guard let files = try routes.place.files(names[0]) else {
        throw APIRefusal(404, "there is no directory \(names[0])")
      }
      return APIReply(.strings(files))
    },
    .upload("POST", "files/{dir}"),
    .reply("DELETE", "files/{dir}", .operate) { routes, names in
      try UploadPlace.check(names[0])
      try routes.place.remove(names[0])
      return .done
    },
    .upload("PUT", "files/{dir}/{file}"),
    .reply("DELETE", "files/{dir}/{file}", .operate) { routes, names in
      try UploadPlace.check(names[0])
      try UploadPlace.check(file: names[1])
      try routes.place.remove(names[0], file: names[1])
      return .done
    },
  ]

  /// What an addition of files did, as clients see it.
  private struct Report {
    var failed: [String] = []
    var warnings: [String] = []
    var added: [String] = []
    var removed: [String] = []

    var json: JSONValue {
      .fields([
        "FailedFiles": .strings(failed),
        "Report": .fields([
          "Warnings": .strings(warnings), "Added": .strings(added), "Removed": .strings(removed),
        ]),
      ])
    }

    static func reference(_ label: String) -> String {
      label.split(separator: " ").joined(separator: "_")
    }
  }

  private static let endings = [".deb", ".udeb", ".ddeb", ".dsc"]

  func addFiles(_ name: String, _ directory: String, _ only: String?) throws -> APIOutcome {
    _ = try repo(name)
    try UploadPlace.check(directory)
    if let only { try UploadPlace.check(file: only) }
    let (keeps, replaces) = (call.flag("noRemove"), call.flag("forceReplace"))
    return .work(
      APIWork("Add packages from dir \(directory) to repository \(name)") { log in
        let found = try place.tree(directory)
        let all = found ?? []
        let wanted = only.map { [$0] } ?? all
        var report = Report()
        var done: [String] = []
        // What a source package lists that did not come in stays, also where another one lists it too.
        var kept: Set<String> = []
        if found == nil && only == nil {
          report.failed = [place.path(directory)]
          report.warnings = ["Unable to process \(place.path(directory)): no such directory"]
        }
        let session = session(log)
        for file in wanted {
          let path = place.path(directory) + "/" + file
          guard all.contains(file) else {
            report.failed.append(path)
            report.warnings.append("Unable to process \(path): no such file")
            continue
          }
          guard APIRoutes.endings.contains(where: file.hasSuffix) else {
            if file.hasSuffix(".buildinfo") {
              done.append(file)
            } else if only != nil {
              report.failed.append(path)
              report.warnings.append("Unknown file extension: \(path)")
            }
            continue
          }
          do throws(Failure) {
            if replaces { try session.keepAside(session.keyedPackages(of: .repo(name))) }
            let outcome = try session.addToRepo(name, [path], replacing: replaces)
            for label in outcome.removed {
              report.removed.append(
                Report.reference(label) + " removed due to conflict with package being added"
              )
            }
            for label in outcome.added + outcome.unchanged {
              report.added.append(Report.reference(label) + " added")
            }
            done += try [file] + parts(of: file, in: directory)
          } catch {
            report.failed.append(path)
            kept.formUnion(try parts(of: file, in: directory))
            let what =
              error.name == "package-exists" ? "Unable to add package" : "Unable to read file"
            report.warnings.append("\(what): \(error.reason): \(error.subject ?? path)")
          }
        }
        if !keeps {
          try place.remove(directory, files: done.filter { all.contains($0) && !kept.contains($0) })
        }
        report.removed.sort()
        return APIReply(report.json)
      }
    )
  }

  /// The files that a `.dsc` lists, by their paths in the directory of uploads.
  private func parts(of file: String, in directory: String) throws(Failure) -> [String] {
    guard file.hasSuffix(".dsc") else { return [] }
    let above = file.lastIndex(of: "/").map { file[...$0] } ?? ""
    do throws(Failure) {
      return try listed(place.path(directory) + "/" + file).map { above + $0 }
    } catch {
      // One that cannot be read did not come in, and nobody knows what it lists.
      guard error.kind != .io else { throw error }
      return []
    }
  }

  func include(_ name: String, _ directory: String, _ only: String?) throws -> APIOutcome {
    try UploadPlace.check(directory)
    if let only { try UploadPlace.check(file: only) }
    let template = try NameTemplate(name)
    if template == nil { _ = try repo(name) }
    for flag in ["acceptUnsigned", "ignoreSignature"] where call.flag(flag) {
      try refuseLowering(
        .unsignedUploads,
        flag,
        "sign uploads with debsign, and pin the uploaders' keys"
      )
    }
    let isLenient =
      try (call.flag("acceptUnsigned") || call.flag("ignoreSignature"))
      && allows(.unsignedUploads)
    let (keeps, replaces) = (call.flag("noRemoveFiles"), call.flag("forceReplace"))
    return .work(
      APIWork("Include packages from changes files from dir \(directory)") { log in
        let all = try place.tree(directory) ?? []
        let wanted = (only.map { [$0] } ?? all).filter { $0.hasSuffix(".changes") }
        var report = Report()
        if all.isEmpty { report.failed.append(place.path(directory)) }
        for file in wanted {
          let path = place.path(directory) + "/" + file
          do {
            guard all.contains(file) else { throw APIRefusal(400, "no such file: \(path)") }
            let target = try template.map { $0.name(try changes(path).fields) } ?? name
            let repo = try session().repos().first { $0.name == target }
            guard let repo else {
              throw APIRefusal(400, "local repo with name \(target) not found")
            }
            // A repository without uploaders' keys has nothing to check a signature with.
            if !repo.requiresSignature, !isLenient {
              throw APIRefusal(
                400,
                "no uploader's key is pinned for the repository \(target): aptferry repo edit "
                  + "\(target) --keyring FILE"
              )
            }
            let outcome = try session(log).addToRepo(target, [path], replacing: replaces)
            for label in outcome.added + outcome.unchanged {
              report.added.append(Report.reference(label) + " added")
            }
            if !keeps {
              try place.remove(directory, files: [file] + listed(path).filter(all.contains))
            }
          } catch {
            report.failed.append(path)
            report.warnings.append("\(path): \(APIRefusal(any: error).text)")
          }
        }
        return APIReply(report.json)
      }
    )
  }

  /// The files that a `.changes` lists, as far as its text can be read.
  private func listed(_ path: String) throws(Failure) -> [String] { try changes(path).files }

  private func changes(
    _ path: String
  ) throws(Failure) -> (fields: [String: String], files: [String]) {
    let (above, name) =
      path.lastIndex(of: "/").map {
        (String(path[..<$0]), String(path[path.index(after: $0)...]))
      } ?? ("", path)
    let bytes = try Directory(opening: above).contents(of: name, limit: 1 << 20)
    var (fields, files, isInFiles) = ([String: String](), [String](), false)
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      if line.hasPrefix(" ") {
        if isInFiles, let file = line.split(separator: " ").last { files.append(String(file)) }
      } else if let colon = line.firstIndex(of: ":") {
        let field = String(line[..<colon])
        fields[field] = String(line[line.index(after: colon)...].drop { $0 == " " })
        isInFiles = field == "Files"
      }
    }
    return (fields, files)
  }
}

/// The name of a repository with fields of a `.changes` file in it: `inc-{{.Distribution}}`.
private struct NameTemplate {
  private var pieces: [(text: String, isField: Bool)] = []

  /// Nil for a plain name.
  init?(_ text: String) throws(APIRefusal) {
    guard text.contains("{{") else { return nil }
    var rest = text[...]
    while let start = rest.firstRange(of: "{{") {
      guard let end = rest[start.upperBound...].firstRange(of: "}}") else {
        throw APIRefusal(400, "error parsing repository template: \(text)")
      }
      let inner = rest[start.upperBound..<end.lowerBound].filter { $0 != " " }
      guard inner.hasPrefix("."), inner.count > 1,
        inner.dropFirst().allSatisfy({ $0.isASCII && ($0.isLetter || $0 == "-") })
      else { throw APIRefusal(400, "error parsing repository template: \(text)") }
      pieces += [(String(rest[..<start.lowerBound]), false), (String(inner.dropFirst()), true)]
      rest = rest[end.upperBound...]
    }
    pieces.append((String(rest), false))
  }

  func name(_ fields: [String: String]) -> String {
    pieces.map { $0.isField ? fields[$0.text] ?? "" : $0.text }.joined()
  }
}
#endif
