#include "curve.h"

#ifdef HAVE_FAST
#define CURVE 2
#define FAST
#include "curve-body.h"

const struct curve p256_fast = CURVE_VALUE;
#endif
