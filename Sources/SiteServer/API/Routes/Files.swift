#if Network
internal import Composing
internal import Depot
internal import Operations
internal import SafeIO

/// Uploaded files, and what repositories take of them.
extension APIRoutes {
  private var place: UploadPlace { UploadPlace(depot: site.depot) }

  func files(_ rest: [String]) throws -> APIOutcome {
    if let directory = rest.first { try UploadPlace.check(directory) }
    switch (call.method, rest.count) {
    case ("GET", 0): return .reply(APIReply(.strings(try place.directories())))
    case ("GET", 1):
      guard let names = try place.files(rest[0]) else {
        throw APIRefusal(404, "there is no directory \(rest[0])")
      }
      return .reply(APIReply(.strings(names)))
    case ("DELETE", 1):
      try place.remove(rest[0])
      return .reply(.done)
    case ("DELETE", 2):
      try UploadPlace.check(file: rest[1])
      try place.remove(rest[0], file: rest[1])
      return .reply(.done)
    default: throw APIRefusal.noRoute
    }
  }

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

  func addFiles(_ rest: [String]) throws -> APIOutcome {
    let name = rest[0]
    _ = try repo(name)
    try UploadPlace.check(rest[2])
    if rest.count > 3 { try UploadPlace.check(file: rest[3]) }
    let (keeps, replaces) = (call.flag("noRemove"), call.flag("forceReplace"))
    return .work(
      APIWork("Add packages from dir \(rest[2]) to repository \(name)") { log in
        let all = try place.tree(rest[2]) ?? []
        let wanted = rest.count > 3 ? [rest[3]] : all
        var report = Report()
        var done: [String] = []
        if all.isEmpty && rest.count == 3 {
          report.failed = [place.path(rest[2])]
          report.warnings = ["Unable to process \(place.path(rest[2])): no such directory"]
        }
        let session = session(log)
        for file in wanted {
          let path = place.path(rest[2]) + "/" + file
          guard all.contains(file) else {
            report.failed.append(path)
            report.warnings.append("Unable to process \(path): no such file")
            continue
          }
          guard APIRoutes.endings.contains(where: file.hasSuffix) else {
            if file.hasSuffix(".buildinfo") {
              done.append(file)
            } else if rest.count > 3 {
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
            done += [file] + APIRoutes.parts(of: file, in: all)
          } catch {
            report.failed.append(path)
            let what =
              error.name == "package-exists" ? "Unable to add package" : "Unable to read file"
            report.warnings.append("\(what): \(error.reason): \(error.subject ?? path)")
          }
        }
        if !keeps { try place.remove(rest[2], files: done) }
        report.removed.sort()
        return APIReply(report.json)
      }
    )
  }

  /// The files beside a `.dsc` that belong to it, by their names: it was added with them.
  private static func parts(of file: String, in all: [String]) -> [String] {
    guard file.hasSuffix(".dsc") else { return [] }
    let stem = file.dropLast(4)
    let source = stem.prefix { $0 != "_" }
    return all.filter { other in
      other != file && other.hasPrefix(source + "_")
        && [".tar.", ".diff.", ".asc"].contains { other.contains($0) }
    }
  }

  func include(_ rest: [String]) throws -> APIOutcome {
    try UploadPlace.check(rest[2])
    if rest.count > 3 { try UploadPlace.check(file: rest[3]) }
    let name = rest[0]
    let isTemplate = name.contains("{{")
    if isTemplate {
      guard let range = name.firstRange(of: "{{.Distribution}}") else {
        throw APIRefusal(400, "error parsing repository template: \(name)")
      }
      _ = range
    } else {
      _ = try repo(name)
    }
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
      APIWork("Include packages from changes files from dir \(rest[2])") { log in
        let all = try place.tree(rest[2]) ?? []
        let wanted = (rest.count > 3 ? [rest[3]] : all).filter { $0.hasSuffix(".changes") }
        var report = Report()
        if all.isEmpty { report.failed.append(place.path(rest[2])) }
        for file in wanted {
          let path = place.path(rest[2]) + "/" + file
          do {
            guard all.contains(file) else { throw APIRefusal(400, "no such file: \(path)") }
            let target = try isTemplate ? repoName(name, from: path) : name
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
              try place.remove(rest[2], files: [file] + listed(path).filter(all.contains))
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
  private func listed(_ path: String) throws -> [String] { try changes(path).files }

  private func repoName(_ template: String, from path: String) throws -> String {
    let distribution = try changes(path).distribution
    guard let range = template.firstRange(of: "{{.Distribution}}") else { return template }
    return template.replacingCharacters(range, distribution)
  }

  private func changes(_ path: String) throws -> (distribution: String, files: [String]) {
    let (above, name) =
      path.lastIndex(of: "/").map {
        (String(path[..<$0]), String(path[path.index(after: $0)...]))
      } ?? ("", path)
    let bytes = try Directory(opening: above).contents(of: name, limit: 1 << 20)
    var (distribution, files, isInFiles) = ("", [String](), false)
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      if line.hasPrefix("Distribution:") {
        distribution = String(line.dropFirst("Distribution:".count).drop { $0 == " " })
      }
      if line.hasPrefix(" ") {
        if isInFiles, let file = line.split(separator: " ").last { files.append(String(file)) }
      } else {
        isInFiles = line.hasPrefix("Files:")
      }
    }
    return (distribution, files)
  }
}

extension String {
  fileprivate func replacingCharacters(_ range: Range<String.Index>, _ text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}
#endif
