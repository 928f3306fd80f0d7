#define CURVE 1
#include "curve-body.h"

const struct curve sm2_portable = CURVE_VALUE;
