#include "CRE2.h"

#include <new>
#include <re2/re2.h>

struct cre2_expression {
  re2::RE2 expression;
  cre2_expression(const re2::StringPiece &pattern, const re2::RE2::Options &options)
      : expression(pattern, options) {}
};

cre2_expression *cre2_new(const char *pattern, size_t length) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  // Of what it learns while it searches: with more it would be quicker, with less it is as right.
  options.set_max_mem(1 << 18);
  auto *made = new (std::nothrow) cre2_expression(re2::StringPiece(pattern, length), options);
  if (made != nullptr && !made->expression.ok()) {
    delete made;
    return nullptr;
  }
  return made;
}

void cre2_delete(cre2_expression *expression) { delete expression; }

bool cre2_matches(const cre2_expression *expression, const void *text, size_t length, bool whole) {
  re2::StringPiece piece(static_cast<const char *>(text), length);
  return expression->expression.Match(piece, 0, length, whole ? re2::RE2::ANCHOR_BOTH : re2::RE2::UNANCHORED,
                                      nullptr, 0);
}
