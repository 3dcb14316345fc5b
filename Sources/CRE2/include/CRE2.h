#ifndef CRE2_H
#define CRE2_H
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A regular expression of RE2, which is a class of C++. */
typedef struct cre2_expression cre2_expression;

/* Reads an expression; NULL when it cannot be read or would take too much memory. */
cre2_expression *cre2_new(const char *pattern, size_t length);
void cre2_delete(cre2_expression *expression);

/* Whether it is found anywhere in a text, or is the whole of it. Takes time in proportion to the text. */
bool cre2_matches(const cre2_expression *expression, const void *text, size_t length, bool whole);

#ifdef __cplusplus
}
#endif
#endif
