// The model catalog's file, read again whenever its text changes.
#pragma once

#include <functional>
#include <memory>
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

// States, by what Poll sees at the path:
//
//   settled ──other text, or no file──▶ pending ──the same again──▶ loaded or refused, settled
//      ▲                                 │   ▲
//      └───────what it was before────────┘   └── yet another text
//
// A text counts once it was read twice (Settling). A refused one leaves the catalog in use as it
// is. Poll and Watch are one thread's; the rest is thread-safe.
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
  CatalogFile(std::string path, Duration interval, const Clock& clock, observe::Logger& log);

  // Takes the text into use, or says why not.
  Status Load(const FileText& content, WallTime now) BERTH_EXCLUDES(mutex_);

  const std::string path_;
  const Duration interval_;
  const Clock& clock_;
  observe::Logger& log_;
  Publish publish_;
  Settling<FileText> text_;

  mutable Mutex mutex_;
  CatalogPtr catalog_ BERTH_GUARDED_BY(mutex_);
  observe::CatalogReading reading_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::app
