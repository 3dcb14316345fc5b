import Foundation
import TestSupport

/// The part of JSON Schema that docs/reference/schemas uses, for real documents of the program.
///
/// It knows `$ref` into `common.json`, `const`, `enum`, `anyOf`, `type`, `properties`, `required`,
/// `additionalProperties`, `items` and `pattern`; another keyword is a fault of the schema.
struct JSONSchema {
  static let directory = DocumentFiles.root + "/docs/reference/schemas"

  private let root: [String: Any]
  private let common: [String: Any]

  /// The schema of a command, as `snapshot-list`, or of an `error`.
  init(_ name: String) throws {
    root = try JSONSchema.object(name)
    common = try JSONSchema.object("common")
  }

  private static func object(_ name: String) throws -> [String: Any] {
    let text = try Disk.text("\(directory)/\(name).json")
    guard let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    else { throw TestSupportError("\(name).json is no object") }
    return object
  }

  /// What in a document does not fit; nothing when it is good.
  func faults(in document: String) throws -> [String] {
    let value = try JSONSerialization.jsonObject(
      with: Data(document.utf8),
      options: .fragmentsAllowed
    )
    return faults(value, root, "")
  }

  private func faults(_ value: Any, _ schema: [String: Any], _ path: String) -> [String] {
    var faults: [String] = []
    for (keyword, rule) in schema {
      switch (keyword, rule) {
      case ("$schema", _), ("title", _), ("description", _), ("required", _), ("properties", _):
        break
      case ("$ref", let name as String): faults += self.faults(value, definition(name), path)
      case ("const", let wanted as NSObject):
        if !wanted.isEqual(value) { faults.append("\(path): is not \(wanted)") }
      case ("enum", let words as [String]):
        if !words.contains(value as? String ?? "") { faults.append("\(path): \(value) is new") }
      case ("anyOf", let shapes as [[String: Any]]):
        let all = shapes.map { self.faults(value, $0, path) }
        if !all.contains([]) { faults += all.first ?? [] }
      case ("type", _):
        let names = rule as? [String] ?? [rule as? String ?? ""]
        if !names.contains(where: { JSONSchema.has(value, $0) }) {
          faults.append("\(path): \(value) is no \(names)")
        }
      case ("pattern", let pattern as String):
        let text = value as? String ?? ""
        if text.range(of: pattern, options: .regularExpression) == nil {
          faults.append("\(path): \(text) does not fit")
        }
      case ("items", let item as [String: Any]):
        for (index, one) in (value as? [Any] ?? []).enumerated() {
          faults += self.faults(one, item, "\(path)[\(index)]")
        }
      case ("additionalProperties", _): faults += members(value, schema, path)
      default: faults.append("\(path): the schema has \(keyword), which nobody checks")
      }
    }
    return faults
  }

  /// An object has every key that it must have, and no other.
  private func members(_ value: Any, _ schema: [String: Any], _ path: String) -> [String] {
    guard let object = value as? [String: Any] else { return [] }
    let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
    var faults = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }
      .map { "\(path): lacks \($0)" }
    for (name, member) in object {
      if let shape = properties[name] ?? schema["additionalProperties"] as? [String: Any] {
        faults += self.faults(member, shape, "\(path).\(name)")
      } else {
        faults.append("\(path): \(name) is in no schema")
      }
    }
    return faults
  }

  private func definition(_ reference: String) -> [String: Any] {
    let name = reference.split(separator: "/").last.map { String($0) } ?? ""
    let definitions = common["$defs"] as? [String: [String: Any]] ?? [:]
    return definitions[name] ?? ["unknown reference \(reference)": true]
  }

  private static func has(_ value: Any, _ type: String) -> Bool {
    let number = value as? NSNumber
    let isBool = number.map { unsafe String(cString: $0.objCType) == "c" } ?? false
    switch type {
    case "null": return value is NSNull
    case "boolean": return isBool
    case "integer": return number != nil && !isBool
    case "string": return value is String
    case "array": return value is [Any]
    case "object": return value is [String: Any]
    default: return false
    }
  }
}
