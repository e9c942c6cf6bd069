// JOBGATE_CHECK: a broken invariant is a bug, never an operating condition; it ends the
// process in every build type, so that no wrong state is committed. The supervisor and the
// store recover what was acknowledged.
#pragma once
#include <cstdio>
#include <cstdlib>

#define JOBGATE_CHECK(condition, why)                                                     \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: invariant broken: %s (%s)\n", __FILE__, __LINE__, why, \
                   #condition);                                                           \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)
