#include "curve.h"

#ifdef HAVE_FAST
#define CURVE 1
#define FAST
#include "curve-body.h"

const struct curve sm2_fast = CURVE_VALUE;
#endif
