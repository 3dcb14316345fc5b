private import Foundation

/// Another kernel in a process of its own, which mounts the file systems that this machine's cannot.
///
/// It is that of the package user-mode-linux. It needs no root and no loop device.
package enum UserModeLinux {
  private static let program = "/usr/bin/linux.uml"
  private static let modules = "/usr/lib/uml/modules"

  /// Whether it is here, with its modules.
  package static let isInstalled =
    FileManager.default.isExecutableFile(atPath: program)
    && FileManager.default.fileExists(atPath: modules)

  /// Runs a shell script under that kernel, with this machine's files as its own; an image is the
  /// block device `/dev/ubda`, the next one `/dev/ubdb`.
  ///
  /// - Returns: what the script wrote, and its status; 125 where the kernel did not come so far.
  package static func run(
    _ script: String,
    images: [String],
    in scratch: ScratchDirectory
  ) throws -> RunResult {
    let work = try scratch.directory("kernel-\(UUID().uuidString.prefix(8))")
    try Disk.write(Array(script.utf8), to: work + "/script")
    try Disk.write(Array(beginning(work).utf8), to: work + "/init")
    try TestSupport.run(["chmod", "700", work + "/init"]).succeeded()
    let devices = zip("abcdefgh", images).map { "ubd\($0)r=\($1)" }
    let console = try TestSupport.run(
      [
        program, "mem=256M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw",
        "init=\(work)/init", "con=null", "con0=null,fd:2", "con1=null",
      ] + devices
    )
    guard let status = Int32(text(work + "/status").trimmingCharacters(in: .whitespacesAndNewlines))
    else { return RunResult(status: 125, output: console.output, errors: console.errors) }
    return RunResult(status: status, output: Array(text(work + "/output").utf8), errors: "")
  }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  private static func beginning(_ work: String) -> String {
    """
    #!/bin/sh
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TMPDIR=/run LC_ALL=C.UTF-8
    mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs none /run
    mount -t devtmpfs dev /dev 2> /run/devtmpfs
    python3 - << 'PY'
    import ctypes, glob, os
    libc = ctypes.CDLL(None, use_errno=True)
    names = "nls_base nls_cp437 nls_ascii nls_iso8859-1 nls_utf8 fat vfat cdrom isofs crc-itu-t udf loop"
    for name in names.split():
        for path in glob.glob("\(modules)/*/kernel/**/" + name + ".ko", recursive=True):
            file = os.open(path, os.O_RDONLY)
            libc.syscall(313, file, b"", 0)
            os.close(file)
    PY
    mkdir -p /run/m; cd /run
    sh "\(work)/script" > "\(work)/output" 2>&1
    echo $? > "\(work)/status"
    sync
    exec python3 -c "import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)"

    """
  }
}
