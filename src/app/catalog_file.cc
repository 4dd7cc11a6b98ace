#include "catalog_file.h"

#include <algorithm>
#include <utility>

#include "berth/config/catalog.h"
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
    : path_(std::move(path)), interval_(interval), clock_(clock), log_(log) {
  reading_.path = path_;
}

Result<std::unique_ptr<CatalogFile>> CatalogFile::Open(std::string path, Duration interval,
                                                       const Clock& clock, observe::Logger& log) {
  std::unique_ptr<CatalogFile> file(new CatalogFile(std::move(path), interval, clock, log));
  file->text_.Begin(LookAt(file->path_, config::kMaxCatalogText));
  BERTH_RETURN_IF_ERROR(file->Load(file->text_.settled(), clock.WallNow()));
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

Duration CatalogFile::Poll(WallTime now) {
  return text_.Poll(LookAt(path_, config::kMaxCatalogText), interval_, [&] {
    if (const Status loaded = Load(text_.settled(), now); !loaded.ok()) {
      const std::string error = WithoutLastNewline(loaded.error().message);
      log_.Warn("model catalog refused, the one before stays in use",
                {{"file", path_}, {"error", error}});
      const MutexLock lock(mutex_);
      reading_.error = error;
    }
  });
}

Status CatalogFile::Load(const FileText& content, WallTime now) {
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
  Repeat(stop, interval_, [this] { return Poll(clock_.WallNow()); });
}

}  // namespace berth::app
