// Runs a fuzz target over its corpus, for compilers without libFuzzer: every file of the given
// directories, and every beginning of the small ones, since texts that end too soon find the most.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kCutBelow = 4096;

// A copy of its own, so that a sanitizer sees a read past the end.
void RunOne(const std::string& text, std::size_t size) {
  const std::vector<std::uint8_t> input(text.begin(),
                                        text.begin() + static_cast<std::ptrdiff_t>(size));
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

void RunFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  RunOne(text, text.size());
  for (std::size_t size = 0; size < text.size() && text.size() < kCutBelow; ++size) {
    RunOne(text, size);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) {
    RunFile(file);
  }
  std::printf("%zu files\n", files.size());
  return files.empty() ? 1 : 0;
}
