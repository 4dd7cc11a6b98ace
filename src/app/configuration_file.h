// The configuration's file, read again whenever its text changes.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/result.h"
#include "berth/config/configuration.h"
#include "berth/observe/log.h"
#include "berth/observe/readings.h"
#include "settling.h"

namespace berth::app {

observe::LogLevel LevelOf(config::LogLevel level);

// A text counts once it has settled: of an accepted one the settings that may change while Berth
// runs, while the others wait for a restart; a refused one changes nothing. Poll and Watch are one
// thread's; the rest is thread-safe.
class ConfigurationFile {
 public:
  using ConfigurationPtr = std::shared_ptr<const config::Configuration>;
  // Puts in what the command line says instead of the file. The Error: that must not be.
  using Override = std::function<Status(config::Configuration&)>;
  using Publish = std::function<void(const config::Configuration&)>;

  // Reads the file, the defaults where `path` is empty, standard input for "-". The Error holds
  // everything that is wrong; what is doubtful but not wrong is appended to `doubts`.
  static Result<std::unique_ptr<ConfigurationFile>> Open(std::string path, Override override_by,
                                                         WallTime now, std::string& doubts);

  const config::Configuration& at_start() const { return *at_start_; }
  ConfigurationPtr in_use() const BERTH_EXCLUDES(mutex_);
  observe::ConfigurationReading reading() const BERTH_EXCLUDES(mutex_);

  // Who gets every later one, and what is said of it. Once, before Poll; `clock` and `log` outlive
  // the object.
  void Start(const Clock& clock, observe::Logger& log, Publish publish);

  // Looks at the file; returns when to look again.
  Duration Poll(WallTime now);
  // Polls until it is to stop; returns at once where there is no file that could change.
  void Watch(const std::stop_token& stop);

 private:
  ConfigurationFile(std::string path, Override override_by);

  // The file's configuration with what the command line says.
  Result<config::Configuration> Parse(const FileText& text, std::string& doubts) const;
  Status Load(WallTime now) BERTH_EXCLUDES(mutex_);

  const std::string path_;
  const Override override_;
  const Clock* clock_ = nullptr;    // since Start
  observe::Logger* log_ = nullptr;  // since Start
  Publish publish_;
  Settling<FileText> text_;
  ConfigurationPtr at_start_;  // since Open

  mutable Mutex mutex_;
  ConfigurationPtr in_use_ BERTH_GUARDED_BY(mutex_);
  observe::ConfigurationReading reading_ BERTH_GUARDED_BY(mutex_);
};

// For a command that looks once: nothing is overridden, doubts are left unsaid.
Result<std::unique_ptr<ConfigurationFile>> OpenConfiguration(std::string path);

}  // namespace berth::app
