#include <iostream>
#include <string>
#include <vector>

#include "berth/app/run.h"

int main(int argc, char** argv) {
  return berth::app::Run(std::vector<std::string>(argv + 1, argv + argc), std::cout, std::cerr);
}
