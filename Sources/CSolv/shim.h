#ifndef CSOLV_SHIM_H
#define CSOLV_SHIM_H
#include <solv/evr.h>
#include <solv/pool.h>
#include <solv/queue.h>
#include <solv/repo.h>
#include <solv/solver.h>

/* What libsolv has as macros or as fields of structs that move in memory: packages are addressed by
   their ids. */

static inline int csolv_is_relation(Id dependency) { return ISRELDEP(dependency) != 0; }

static inline Reldep csolv_relation(const Pool *pool, Id dependency) {
  return *GETRELDEP(pool, dependency);
}

/* The zero-terminated list of what provides a dependency; it moves with the next new one. */
static inline const Id *csolv_providers(Pool *pool, Id dependency) {
  /* The call may move the data: it comes first. */
  Id offset = pool_whatprovides(pool, dependency);
  return pool->whatprovidesdata + offset;
}

static inline void csolv_name(Pool *pool, Id package, Id name, Id architecture, Id version) {
  Solvable *one = pool->solvables + package;
  one->name = name;
  one->arch = architecture;
  one->evr = version;
}

static inline void csolv_add_provides(Pool *pool, Id package, Id dependency) {
  Solvable *one = pool->solvables + package;
  one->provides = repo_addid_dep(one->repo, one->provides, dependency, 0);
}

static inline void csolv_add_requires(Pool *pool, Id package, Id dependency) {
  Solvable *one = pool->solvables + package;
  one->requires = repo_addid_dep(one->repo, one->requires, dependency, 0);
}

static inline void csolv_add_conflicts(Pool *pool, Id package, Id dependency) {
  Solvable *one = pool->solvables + package;
  one->conflicts = repo_addid_dep(one->repo, one->conflicts, dependency, 0);
}

static const Id csolv_nothing[1] = {0};

/* The zero-terminated list of what a package conflicts with. */
static inline const Id *csolv_conflicts(const Pool *pool, Id package) {
  const Solvable *one = pool->solvables + package;
  return one->conflicts ? one->repo->idarraydata + one->conflicts : csolv_nothing;
}

static inline Id csolv_name_of(const Pool *pool, Id package) {
  return pool->solvables[package].name;
}
#endif
