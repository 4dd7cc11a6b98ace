#include "tests_directory.h"

namespace berth::tests {

const char* const kTestsDirectory = BERTH_TESTS_DIR;

}  // namespace berth::tests
