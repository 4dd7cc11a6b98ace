// The model catalog's file, read again whenever its text changes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/result.h"
#include "berth/cluster/catalog.h"
#include "berth/observe/log.h"
#include "berth/observe/readings.h"
#include "settling.h"

namespace berth::app {

// A text counts once it has settled; a refused one leaves the catalog in use as it is. Poll and
// Watch are one thread's; the rest is thread-safe.
class CatalogFile {
 public:
  using CatalogPtr = std::shared_ptr<const cluster::Catalog>;
  using Publish = std::function<void(CatalogPtr)>;

  // Reads the file. The Error holds everything that is wrong with it. `clock` and `log` outlive the
  // object.
  static Result<std::unique_ptr<CatalogFile>> Open(std::string path, Duration interval,
                                                   const Clock& clock, observe::Logger& log);

  // Hands over the catalog in use, then every later one. Once, before Poll; nothing is handed over
  // when `publish` is empty.
  void Start(Publish publish);

  // Looks at the file; returns when to look again.
  Duration Poll(WallTime now);
  // Polls until it is to stop.
  void Watch(const std::stop_token& stop);

  CatalogPtr catalog() const BERTH_EXCLUDES(mutex_);
  observe::CatalogReading reading() const BERTH_EXCLUDES(mutex_);

 private:
  // What a look at the path found.
  struct Content {
    std::string text;
    std::optional<Error> error;  // instead of the text

    friend bool operator==(const Content&, const Content&) = default;
  };

  CatalogFile(std::string path, Duration interval, const Clock& clock, observe::Logger& log);

  Content Read() const;
  // Takes the content into use, or says why not.
  Status Load(const Content& content, WallTime now) BERTH_EXCLUDES(mutex_);

  const std::string path_;
  const Duration interval_;
  const Clock& clock_;
  observe::Logger& log_;
  Publish publish_;
  Settling<Content> file_;

  mutable Mutex mutex_;
  CatalogPtr catalog_ BERTH_GUARDED_BY(mutex_);
  observe::CatalogReading reading_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::app
