// The commands, one file each.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace berth::app {

int Serve(std::span<const std::string> words, std::ostream& out, std::ostream& err);
int Explain(std::span<const std::string> words, std::ostream& out, std::ostream& err);
int PlanAhead(std::span<const std::string> words, std::ostream& out, std::ostream& err);
int Simulate(std::span<const std::string> words, std::ostream& out, std::ostream& err);
int Validate(std::span<const std::string> words, std::ostream& out, std::ostream& err);
int Version(std::span<const std::string> words, std::ostream& out, std::ostream& err);

}  // namespace berth::app
