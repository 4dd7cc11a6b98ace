// Natural logarithm and exponential to within a few units of the last place, by operations that
// IEEE 754 fixes to the last bit: C libraries differ there.
#pragma once

namespace berth {

double Log(double x);  // x > 0
double Exp(double x);  // the relative error grows with |x|, to 5e-14 at 700

}  // namespace berth
