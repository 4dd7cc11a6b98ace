// Where the tests' files lie. One object file knows the absolute path; in every test's command line
// it would make the compiler's cache useless to the next checkout.
#pragma once

namespace berth::tests {

extern const char* const kTestsDirectory;

}  // namespace berth::tests
