#include "configuration_file.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "berth/config/reload.h"
#include "berth/config/revision.h"
#include "file.h"
#include "pause.h"

namespace berth::app {
namespace {

constexpr Duration kInterval = std::chrono::seconds(2);
constexpr std::size_t kMaxText = std::size_t{1} << 20;

std::string HashOf(const config::Configuration& configuration) {
  return config::RevisionOf(config::ToYaml(configuration));
}

}  // namespace

observe::LogLevel LevelOf(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::kDebug:
      return observe::LogLevel::kDebug;
    case config::LogLevel::kInfo:
      return observe::LogLevel::kInfo;
    case config::LogLevel::kWarn:
      return observe::LogLevel::kWarn;
    case config::LogLevel::kError:
      break;
  }
  return observe::LogLevel::kError;
}

ConfigurationFile::ConfigurationFile(std::string path, Override override_by)
    : path_(std::move(path)), override_(std::move(override_by)) {}

Result<std::unique_ptr<ConfigurationFile>> ConfigurationFile::Open(std::string path,
                                                                   Override override_by,
                                                                   WallTime now,
                                                                   std::string& doubts) {
  FileText text;
  if (!path.empty()) {
    BERTH_ASSIGN_OR_RETURN(text.text, ReadFile(path));
  }
  std::unique_ptr<ConfigurationFile> file(
      new ConfigurationFile(std::move(path), std::move(override_by)));
  file->text_.Begin(std::move(text));
  BERTH_ASSIGN_OR_RETURN(config::Configuration configuration,
                         file->Parse(file->text_.settled(), doubts));
  const MutexLock lock(file->mutex_);
  file->at_start_ = std::make_shared<const config::Configuration>(std::move(configuration));
  file->in_use_ = file->at_start_;
  file->reading_.hash = HashOf(*file->at_start_);
  file->reading_.loaded_at = now;
  // Not a pipe, which was read once and for all.
  std::error_code ignored;
  if (std::filesystem::is_regular_file(file->path_, ignored)) {
    file->reading_.path = file->path_;
  }
  return file;
}

Result<config::Configuration> ConfigurationFile::Parse(const FileText& text,
                                                       std::string& doubts) const {
  if (text.error) {
    return *text.error;
  }
  config::Parsed parsed = config::ParseConfiguration(text.text);
  if (!parsed.ok()) {
    return config::Refused(parsed.complaints, path_);
  }
  doubts += config::Format(parsed.complaints, path_);
  if (override_) {
    BERTH_RETURN_IF_ERROR(override_(parsed.configuration));
  }
  return std::move(parsed.configuration);
}

ConfigurationFile::ConfigurationPtr ConfigurationFile::in_use() const {
  const MutexLock lock(mutex_);
  return in_use_;
}

observe::ConfigurationReading ConfigurationFile::reading() const {
  const MutexLock lock(mutex_);
  return reading_;
}

void ConfigurationFile::Start(const Clock& clock, observe::Logger& log, Publish publish) {
  clock_ = &clock;
  log_ = &log;
  publish_ = std::move(publish);
}

Duration ConfigurationFile::Poll(WallTime now) {
  return text_.Poll(LookAt(path_, kMaxText), kInterval, [&] {
    if (const Status loaded = Load(now); !loaded.ok()) {
      std::string error = loaded.error().message;
      if (error.ends_with('\n')) {
        error.pop_back();
      }
      log_->Warn("configuration refused, the one before stays in use",
                 {{"file", path_}, {"error", error}});
      const MutexLock lock(mutex_);
      reading_.error = std::move(error);
    }
  });
}

Status ConfigurationFile::Load(WallTime now) {
  std::string doubts;
  BERTH_ASSIGN_OR_RETURN(const config::Configuration wanted, Parse(text_.settled(), doubts));
  config::Reload reload = config::PlanReload(*in_use(), wanted);
  const auto next = std::make_shared<const config::Configuration>(std::move(reload.configuration));
  const std::string hash = HashOf(*next);
  const std::string waiting = fmt::format("{}", fmt::join(reload.waiting, ", "));
  {
    const MutexLock lock(mutex_);
    in_use_ = next;
    reading_.hash = hash;
    reading_.loaded_at = now;
    reading_.waiting = std::move(reload.waiting);
    reading_.error.clear();
  }
  log_->Info("configuration loaded", {{"file", path_}, {"config_hash", hash}});
  if (!waiting.empty()) {
    log_->Warn("settings wait for a restart", {{"file", path_}, {"settings", waiting}});
  }
  if (!doubts.empty()) {
    doubts.pop_back();
    log_->Warn("configuration is doubtful", {{"file", path_}, {"error", doubts}});
  }
  if (publish_) {
    publish_(*next);
  }
  return {};
}

void ConfigurationFile::Watch(const std::stop_token& stop) {
  if (reading().path.empty()) {
    return;
  }
  Repeat(stop, kInterval, [this] { return Poll(clock_->WallNow()); });
}

Result<std::unique_ptr<ConfigurationFile>> OpenConfiguration(std::string path) {
  std::string doubts;
  return ConfigurationFile::Open(
      std::move(path), [](config::Configuration&) { return Status(); }, SystemClock().WallNow(),
      doubts);
}

}  // namespace berth::app
