private import CSolv
internal import SafeIO

/// libsolv's pool: names, versions and relations as numbers, and the packages that have them.
///
/// One owner frees it. A number is only good for the pool that it came from.
@safe struct SolverPool: ~Copyable {
  /// A name, a version, a relation or a package; relations are negative.
  typealias ID = Int32

  /// How a version must stand to another; the numbers are libsolv's.
  struct Comparison: OptionSet {
    let rawValue: Int32
    static let later = Comparison(rawValue: 1)
    static let same = Comparison(rawValue: 2)
    static let earlier = Comparison(rawValue: 4)
  }

  private let pool: UnsafeMutablePointer<Pool>

  init() throws(Failure) {
    guard let made = unsafe pool_create() else {
      throw Failure(.resource, "memory", "there is no memory for solving dependencies")
    }
    guard unsafe pool_setdisttype(made, DISTTYPE_DEB) >= 0 else {
      unsafe pool_free(made)
      throw Failure(
        .configuration,
        "solver",
        "the library libsolv was built without Debian's rules",
        hint: "use the one that Debian has: apt-get install libsolv1"
      )
    }
    // Which architectures there are is in our names: libsolv has no say in it.
    unsafe pool_setarch(made, nil)
    unsafe pool_setdebugmask(made, 0)
    unsafe pool = made
  }

  deinit { unsafe pool_free(pool) }

  // MARK: Names and relations

  /// The number of a text; a new one when it is seen for the first time.
  func id(_ text: Span<UInt8>) -> ID {
    unsafe text.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return 1 }
      return unsafe start.withMemoryRebound(to: CChar.self, capacity: bytes.count) { start in
        unsafe pool_strn2id(pool, start, UInt32(bytes.count), 1)
      }
    }
  }

  /// The number of a text; 0 when it has none yet.
  func known(_ text: String) -> ID {
    unsafe text.withCString { unsafe pool_str2id(pool, $0, 0) }
  }

  /// The text of a name or version.
  func text(_ id: ID) -> String {
    guard let text = unsafe pool_id2str(pool, id) else { return "" }
    return unsafe String(cString: text)
  }

  /// How the texts of two numbers stand to each other, byte for byte: below, at or above 0.
  func order(_ left: ID, _ right: ID) -> Int32 {
    guard let left = unsafe pool_id2str(pool, left), let right = unsafe pool_id2str(pool, right)
    else { return 0 }
    return unsafe SolverPool.compare(left, right)
  }

  private static func compare(
    _ left: UnsafePointer<CChar>,
    _ right: UnsafePointer<CChar>
  ) -> Int32 {
    var index = 0
    while true {
      let (one, other) = unsafe (UInt8(bitPattern: left[index]), UInt8(bitPattern: right[index]))
      if one != other || one == 0 { return Int32(one) - Int32(other) }
      index &+= 1
    }
  }

  /// How two versions stand to each other: below, at or above 0.
  func versionOrder(_ left: ID, _ right: ID) -> Int32 {
    unsafe pool_evrcmp(pool, left, right, Int32(EVRCMP_COMPARE))
  }

  /// A name with a version.
  func relation(_ name: ID, _ comparison: Comparison, _ version: ID) -> ID {
    unsafe pool_rel2id(pool, name, version, comparison.rawValue, 1)
  }

  /// One or else the other.
  func either(_ first: ID, _ rest: ID) -> ID { unsafe pool_rel2id(pool, first, rest, REL_OR, 1) }

  /// What provides the one and not the other.
  func without(_ one: ID, _ other: ID) -> ID {
    unsafe pool_rel2id(pool, one, other, REL_WITHOUT, 1)
  }

  /// What a dependency is made of.
  enum Parts {
    case name(ID)
    case version(ID, Comparison, ID)
    case either(ID, ID)
    case without(ID, ID)
  }

  /// Takes a dependency apart.
  func parts(of dependency: ID) -> Parts {
    guard csolv_is_relation(dependency) != 0 else { return .name(dependency) }
    let relation = unsafe csolv_relation(pool, dependency)
    switch relation.flags {
    case REL_OR: return .either(relation.name, relation.evr)
    case REL_WITHOUT: return .without(relation.name, relation.evr)
    default:
      return .version(relation.name, Comparison(rawValue: relation.flags), relation.evr)
    }
  }

  // MARK: Packages

  /// Makes place for packages one behind the other, and answers the first one's number.
  func addPackages(_ count: Int, areInstalled: Bool) -> ID {
    guard let source = unsafe repo_create(pool, areInstalled ? "base" : "offered") else { return 0 }
    if areInstalled { unsafe pool_set_installed(pool, source) }
    return unsafe repo_add_solvable_block(source, Int32(count))
  }

  func name(_ package: ID, _ name: ID, architecture: ID, version: ID) {
    unsafe csolv_name(pool, package, name, architecture, version)
  }

  func add(provided dependency: ID, to package: ID) {
    unsafe csolv_add_provides(pool, package, dependency)
  }

  func add(required dependency: ID, to package: ID) {
    unsafe csolv_add_requires(pool, package, dependency)
  }

  func add(conflict dependency: ID, to package: ID) {
    unsafe csolv_add_conflicts(pool, package, dependency)
  }

  /// Ends the adding of packages.
  func seal() { unsafe pool_createwhatprovides(pool) }

  /// The name that a package has here.
  func nameID(of package: ID) -> ID { unsafe csolv_name_of(pool, package) }

  /// Adds the packages that satisfy a dependency to a list, in the order of their numbers.
  func appendProviders(of dependency: ID, to list: inout [ID]) {
    unsafe SolverPool.append(csolv_providers(pool, dependency), to: &list)
  }

  /// Adds the dependencies with which a package conflicts to a list.
  func appendConflicts(of package: ID, to list: inout [ID]) {
    unsafe SolverPool.append(csolv_conflicts(pool, package), to: &list)
  }

  private static func append(_ ids: UnsafePointer<Id>?, to list: inout [ID]) {
    guard var next = unsafe ids else { return }
    while unsafe next.pointee != 0 {
      list.append(unsafe next.pointee)
      unsafe next += 1
    }
  }

  /// Whether a package that is wanted satisfies a dependency.
  func isProvided(_ dependency: ID, by isWanted: (ID) -> Bool) -> Bool {
    guard var next = unsafe csolv_providers(pool, dependency) else { return false }
    while unsafe next.pointee != 0 {
      if isWanted(unsafe next.pointee) { return true }
      unsafe next += 1
    }
    return false
  }
}

// MARK: Solving

extension SolverPool {
  /// What is asked of libsolv.
  enum Job {
    /// This package must be in.
    case install(ID)
    /// It is to be in when that goes.
    case want(ID)
    /// It is preferred; what comes later is stronger.
    case favour(ID)
    /// A package of the base that must stay as it is.
    case hold(ID)
  }

  /// What libsolv answers.
  enum Answer {
    /// All packages that are in at the end, those of the base too.
    case solved([ID])
    /// For each problem the rules that exclude each other.
    case impossible([[Rule]])
  }

  /// A reason for which something cannot be.
  struct Rule {
    enum Kind { case request, nothingProvides, requires, conflicts, sameName, other }
    let kind: Kind
    let source: ID
    let target: ID
    let dependency: ID
  }

  /// Solves; without `explaining` the answer to the impossible has no rules.
  func solve(_ jobs: [Job], explaining: Bool = false) -> Answer {
    var queue = unsafe Queue()
    unsafe queue_init(&queue)
    defer { unsafe queue_free(&queue) }
    for job in jobs {
      let (flags, package) = SolverPool.words(job)
      unsafe queue_push2(&queue, flags | SOLVER_SOLVABLE, package)
    }
    guard let solver = unsafe solver_create(pool) else { return .impossible([]) }
    defer { unsafe solver_free(solver) }
    _ = unsafe solver_set_flag(solver, SOLVER_FLAG_IGNORE_RECOMMENDED, 1)
    guard unsafe solver_solve(solver, &queue) == 0 else {
      return .impossible(explaining ? unsafe SolverPool.problems(solver) : [])
    }
    var decisions = unsafe Queue()
    unsafe queue_init(&decisions)
    defer { unsafe queue_free(&decisions) }
    unsafe solver_get_decisionqueue(solver, &decisions)
    // Number 1 is the system itself.
    return .solved(unsafe SolverPool.ids(decisions).filter { $0 > 1 })
  }

  private static func words(_ job: Job) -> (Int32, ID) {
    switch job {
    case .install(let package): (SOLVER_INSTALL, package)
    case .want(let package): (SOLVER_INSTALL | SOLVER_WEAK, package)
    case .favour(let package): (SOLVER_FAVOR, package)
    case .hold(let package): (SOLVER_LOCK, package)
    }
  }

  private static func ids(_ queue: Queue) -> [ID] {
    unsafe Array(UnsafeBufferPointer(start: queue.elements, count: Int(queue.count)))
  }

  private static func problems(_ solver: UnsafeMutablePointer<Solver>) -> [[Rule]] {
    var problems: [[Rule]] = []
    var queue = unsafe Queue()
    unsafe queue_init(&queue)
    defer { unsafe queue_free(&queue) }
    let count = unsafe solver_problem_count(solver)
    for problem in 0..<count {
      unsafe queue_empty(&queue)
      unsafe solver_findallproblemrules(solver, Int32(problem) + 1, &queue)
      problems.append(unsafe ids(queue).map { rule in unsafe describe(solver, rule) })
    }
    return problems
  }

  private static func describe(_ solver: UnsafeMutablePointer<Solver>, _ rule: Id) -> Rule {
    var (source, target, dependency): (Id, Id, Id) = (0, 0, 0)
    let info = unsafe solver_ruleinfo(solver, rule, &source, &target, &dependency)
    let kind: Rule.Kind =
      switch info {
      case SOLVER_RULE_JOB: .request
      case SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP: .nothingProvides
      case SOLVER_RULE_PKG_REQUIRES: .requires
      case SOLVER_RULE_PKG_CONFLICTS, SOLVER_RULE_PKG_SELF_CONFLICT: .conflicts
      case SOLVER_RULE_PKG_SAME_NAME: .sameName
      default: .other
      }
    return Rule(kind: kind, source: source, target: target, dependency: dependency)
  }
}
