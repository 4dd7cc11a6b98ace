// Must compile with what core may see: the control for forbidden.cc.
#include "berth/cluster/snapshot.h"
#include "berth/core/decide.h"
