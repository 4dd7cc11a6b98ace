#include "record_key_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <utility>

#include "pause.h"

namespace berth::app {
namespace {

constexpr Duration kInterval = std::chrono::seconds(2);

}  // namespace

RecordKeyFile::RecordKeyFile(std::string path, const Clock& clock, observe::Logger& log)
    : path_(std::move(path)), clock_(clock), log_(log) {
  reading_.path = path_;
}

Result<std::unique_ptr<RecordKeyFile>> RecordKeyFile::Open(std::string path, const Clock& clock,
                                                           observe::Logger& log) {
  std::unique_ptr<RecordKeyFile> file(new RecordKeyFile(std::move(path), clock, log));
  file->text_.Begin(LookAt(file->path_, signing::kMaxKeyText));
  if (const Status loaded = file->Load(file->text_.settled(), clock.WallNow()); !loaded.ok()) {
    return Error{loaded.error().code, "records.keyFile: " + loaded.error().message};
  }
  return file;
}

RecordKeyFile::KeysPtr RecordKeyFile::keys() const {
  const MutexLock lock(mutex_);
  return keys_;
}

observe::RecordKeysReading RecordKeyFile::reading() const {
  const MutexLock lock(mutex_);
  return reading_;
}

Status RecordKeyFile::Load(const FileText& text, WallTime now) {
  if (text.error) {
    return *text.error;
  }
  Result<signing::RecordKeys> parsed = signing::RecordKeys::Parse(text.text);
  if (!parsed.ok()) {
    return InvalidArgument(fmt::format("{}: {}", path_, parsed.error().message));
  }
  auto keys = std::make_shared<const signing::RecordKeys>(std::move(parsed).value());
  const std::vector<std::string> ids = keys->ids();
  log_.Info("record keys loaded", {{"file", path_},
                                   {"signs", ids.front()},
                                   {"verify", fmt::format("{}", fmt::join(ids, ","))}});
  const MutexLock lock(mutex_);
  keys_ = std::move(keys);
  reading_.ids = ids;
  reading_.loaded_at = now;
  reading_.error.clear();
  return {};
}

Duration RecordKeyFile::Poll(WallTime now) {
  return text_.Poll(LookAt(path_, signing::kMaxKeyText), kInterval, [&] {
    if (const Status loaded = Load(text_.settled(), now); !loaded.ok()) {
      log_.Error("record keys refused, those before stay in use",
                 {{"file", path_}, {"error", loaded.error().message}});
      const MutexLock lock(mutex_);
      reading_.error = loaded.error().message;
    } else if (changed_) {
      changed_();
    }
  });
}

void RecordKeyFile::Watch(const std::stop_token& stop) {
  Repeat(stop, kInterval, [this] { return Poll(clock_.WallNow()); });
}

}  // namespace berth::app
