// The file of the keys that sign records, read again whenever its text changes.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/result.h"
#include "berth/observe/log.h"
#include "berth/observe/readings.h"
#include "berth/signing/record_keys.h"
#include "settling.h"

namespace berth::app {

// As CatalogFile: a text counts once it was read twice, and one that is wrong leaves the keys in
// use as they are. Poll and Watch are one thread's; the rest is thread-safe.
class RecordKeyFile {
 public:
  using KeysPtr = std::shared_ptr<const signing::RecordKeys>;

  // Reads the file. The Error names it and what is wrong, never a key. `clock` and `log` outlive
  // the object.
  static Result<std::unique_ptr<RecordKeyFile>> Open(std::string path, const Clock& clock,
                                                     observe::Logger& log);

  // Called after keys were replaced. Before Poll.
  void Start(std::function<void()> changed) { changed_ = std::move(changed); }

  // Looks at the file; returns when to look again.
  Duration Poll(WallTime now);
  // Polls until it is to stop.
  void Watch(const std::stop_token& stop);

  KeysPtr keys() const BERTH_EXCLUDES(mutex_);
  observe::RecordKeysReading reading() const BERTH_EXCLUDES(mutex_);

 private:
  RecordKeyFile(std::string path, const Clock& clock, observe::Logger& log);

  // Takes the text into use, or says why not.
  Status Load(const FileText& text, WallTime now) BERTH_EXCLUDES(mutex_);

  const std::string path_;
  const Clock& clock_;
  observe::Logger& log_;
  std::function<void()> changed_;
  Settling<FileText> text_;

  mutable Mutex mutex_;
  KeysPtr keys_ BERTH_GUARDED_BY(mutex_);
  observe::RecordKeysReading reading_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::app
