#include "catalog_file.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "berth/config/catalog.h"
#include "file.h"
#include "pause.h"

namespace berth::app {
namespace {

std::string WithoutLastNewline(std::string text) {
  if (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

}  // namespace

CatalogFile::CatalogFile(std::string path, Duration interval, const Clock& clock,
                         observe::Logger& log)
    : path_(std::move(path)), interval_(interval), clock_(clock), log_(log), file_(Read()) {
  reading_.path = path_;
}

Result<std::unique_ptr<CatalogFile>> CatalogFile::Open(std::string path, Duration interval,
                                                       const Clock& clock, observe::Logger& log) {
  std::unique_ptr<CatalogFile> file(new CatalogFile(std::move(path), interval, clock, log));
  BERTH_RETURN_IF_ERROR(file->Load(file->file_.settled(), clock.WallNow()));
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
  switch (file_.See(Read())) {
    case Settling<Content>::Look::kSame:
      return interval_;
    case Settling<Content>::Look::kUnsettled:
      return std::min(interval_, Settling<Content>::kSoon);
    case Settling<Content>::Look::kNew:
      break;
  }
  if (const Status loaded = Load(file_.settled(), now); !loaded.ok()) {
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
