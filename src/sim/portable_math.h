// Natural logarithm and exponential to within a few units of the last place, by operations that
// IEEE 754 fixes to the last bit: C libraries differ there.
#pragma once

namespace berth::sim {

double Log(double x);  // x > 0
double Exp(double x);

}  // namespace berth::sim
