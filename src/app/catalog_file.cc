#include "catalog_file.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "berth/config/catalog.h"
#include "file.h"
#include "pause.h"

namespace berth::app {
namespace {

// Between the two looks at a new text, where the interval is longer.
constexpr Duration kSettle = std::chrono::milliseconds(250);

std::string WithoutLastNewline(std::string text) {
  if (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

}  // namespace

CatalogFile::CatalogFile(std::string path, Duration interval, const Clock& clock,
                         observe::Logger& log)
    : path_(std::move(path)), interval_(interval), clock_(clock), log_(log) {
  reading_.path = path_;
}

Result<std::unique_ptr<CatalogFile>> CatalogFile::Open(std::string path, Duration interval,
                                                       const Clock& clock, observe::Logger& log) {
  std::unique_ptr<CatalogFile> file(new CatalogFile(std::move(path), interval, clock, log));
  file->settled_ = file->Read();
  BERTH_RETURN_IF_ERROR(file->Load(file->settled_, clock.WallNow()));
  return file;
}

void CatalogFile::Start(Publish publish) {
  publish_ = std::move(publish);
  if (publish_) {
    publish_(catalog());
  }
}

CatalogFile::CatalogPtr CatalogFile::catalog() const {
  const MutexLock lock(mutex_);
  return catalog_;
}

observe::CatalogReading CatalogFile::reading() const {
  const MutexLock lock(mutex_);
  return reading_;
}

CatalogFile::Content CatalogFile::Read() const {
  // One byte more than is allowed tells a text that is too large from one that just fits.
  Result<std::string> text = ReadRegularFile(path_, config::kMaxCatalogText + 1);
  return text.ok() ? Content{.text = std::move(text).value(), .error = {}}
                   : Content{.text = {}, .error = text.error()};
}

Duration CatalogFile::Poll(WallTime now) {
  Content content = Read();
  if (content == settled_) {
    pending_.reset();
    return interval_;
  }
  if (content != pending_) {
    pending_ = std::move(content);
    return std::min(interval_, kSettle);
  }
  settled_ = std::move(content);
  pending_.reset();
  if (const Status loaded = Load(settled_, now); !loaded.ok()) {
    const std::string error = WithoutLastNewline(loaded.error().message);
    log_.Warn("model catalog refused, the one before stays in use",
              {{"file", path_}, {"error", error}});
    const MutexLock lock(mutex_);
    reading_.error = error;
  }
  return interval_;
}

Status CatalogFile::Load(const Content& content, WallTime now) {
  if (content.error) {
    return *content.error;
  }
  config::ParsedCatalog parsed = config::ParseCatalog(content.text);
  const std::string complaints = config::Format(parsed.complaints, path_);
  if (!parsed.ok()) {
    return InvalidArgument(complaints);
  }
  const auto next = std::make_shared<const cluster::Catalog>(std::move(parsed.catalog));
  bool is_new = false;
  {
    const MutexLock lock(mutex_);
    is_new = catalog_ == nullptr || catalog_->revision() != next->revision();
    if (is_new) {
      catalog_ = next;
    }
    reading_.revision = next->revision();
    reading_.models = next->models().size();
    reading_.loaded_at = now;
    reading_.error.clear();
  }
  log_.Info("model catalog loaded", {{"file", path_},
                                     {"catalog_revision", next->revision()},
                                     {"models", next->models().size()},
                                     {"datasets", next->datasets().size()}});
  if (!complaints.empty()) {
    log_.Warn("model catalog is doubtful",
              {{"file", path_}, {"error", WithoutLastNewline(complaints)}});
  }
  if (is_new && publish_) {
    publish_(next);
  }
  return {};
}

void CatalogFile::Watch(const std::stop_token& stop) {
  Duration wait = interval_;
  while (Pause(stop, wait)) {
    wait = Poll(clock_.WallNow());
  }
}

}  // namespace berth::app
