#define CURVE 2
#include "curve-body.h"

const struct curve p256_portable = CURVE_VALUE;
