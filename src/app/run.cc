#include "berth/app/run.h"

#include <array>
#include <cerrno>
#include <ostream>
#include <span>
#include <string_view>
#include <system_error>

#include "commands.h"

namespace berth::app {
namespace {

struct Command {
  std::string_view name;
  std::string_view help;
  int (*run)(std::span<const std::string>, std::ostream&, std::ostream&);
};

constexpr std::array<Command, 6> kCommands = {{
    {"serve", "answer kube-scheduler: filter, prioritize, preempt, bind", &Serve},
    {"explain", "say why a pod docks where it does, or nowhere", &Explain},
    {"simulate", "compare policies in a simulated cluster", &Simulate},
    {"plan", "work out schedules and capacity beforehand", &PlanAhead},
    {"validate", "check configuration, catalog and cluster files", &Validate},
    {"version", "print the version", &Version},
}};

void PrintHelp(std::ostream& out) {
  out << "Berth tells kube-scheduler where an AI pod should dock.\n\nusage: berth COMMAND "
         "[flags]\n\n";
  for (const Command& command : kCommands) {
    out << "  " << command.name << std::string(10 - command.name.size(), ' ') << command.help
        << "\n";
  }
  out << "\n`berth COMMAND --help` lists the flags of a command.\n";
}

int Dispatch(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err) {
  if (arguments.empty()) {
    PrintHelp(err);
    return kWrongUse;
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    PrintHelp(out);
    return kDone;
  }
  for (const Command& command : kCommands) {
    if (command.name == name) {
      return command.run(std::span(arguments).subspan(1), out, err);
    }
  }
  err << "berth: unknown command " << name << "\n\n";
  PrintHelp(err);
  return kWrongUse;
}

}  // namespace

int Run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err) {
  const int code = Dispatch(arguments, out, err);
  // A result that did not reach its reader, of a full disk for instance, is none.
  if (code != kDone || out.flush()) {
    return code;
  }
  err << "berth: cannot write to standard output: " << std::generic_category().message(errno)
      << "\n";
  return kFailed;
}

}  // namespace berth::app
