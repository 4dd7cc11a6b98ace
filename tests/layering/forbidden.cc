// Must not compile with what core may see: state is on a higher floor.
#include "berth/state/store.h"
