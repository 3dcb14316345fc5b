/// The text of a `.dsc` or a `.changes`, and who signed it.
package struct UploadMessage: Sendable {
  /// The text; of a clearsigned message only what is signed.
  package let text: [UInt8]
  /// The fingerprints of the pinned keys that signed it; empty where no signature was asked for.
  package let signers: [String]

  package init(text: [UInt8], signers: [String] = []) {
    (self.text, self.signers) = (text, signers)
  }
}
