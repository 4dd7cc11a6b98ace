// A port's certificate, key and authorities of clients, read again whenever a file changes.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/result.h"
#include "berth/net/server.h"
#include "berth/observe/log.h"
#include "berth/observe/readings.h"
#include "settling.h"

namespace berth::app {

struct CertificatePaths {
  std::string_view use;  // "scheduler", "operations": a constant
  std::string cert_file;
  std::string key_file;
  std::string client_ca_file;  // empty: clients show no certificate
  std::vector<std::string> client_names;
};

// As CatalogFile: texts count once they were read twice, so that a pair that is being replaced file
// by file is not taken for what is meant. What is no pair, or has expired, leaves the one before in
// use. Poll and Watch are one thread's; the rest is thread-safe.
class CertificateFiles {
 public:
  using Publish = std::function<Status(const net::ServerTls&)>;

  // Reads the files. The Error names the file that is wrong. `clock` and `log` outlive the object.
  static Result<std::unique_ptr<CertificateFiles>> Open(CertificatePaths paths, const Clock& clock,
                                                        observe::Logger& log);

  // What Open has read; once, for the server that is made.
  net::ServerTls TakeFirst() { return std::move(first_); }
  // Who gets every later one. Before Poll.
  void Start(Publish publish) { publish_ = std::move(publish); }

  // Looks at the files; returns when to look again.
  Duration Poll(WallTime now);
  // Polls until it is to stop.
  void Watch(const std::stop_token& stop);

  observe::CertificateReading reading() const BERTH_EXCLUDES(mutex_);

 private:
  struct Content {
    std::array<std::string, 3> texts;  // certificate, key, authorities
    std::optional<Error> error;        // instead of the texts

    friend bool operator==(const Content&, const Content&) = default;
  };

  CertificateFiles(CertificatePaths paths, const Clock& clock, observe::Logger& log);

  Content Read() const;
  // What the server would be given; the Error says why it must not be.
  Result<net::ServerTls> Check(const Content& content, WallTime now) BERTH_EXCLUDES(mutex_);
  Status Load(const Content& content, WallTime now);

  const CertificatePaths paths_;
  const Clock& clock_;
  observe::Logger& log_;
  net::ServerTls first_;
  Publish publish_;
  Settling<Content> content_;

  mutable Mutex mutex_;
  observe::CertificateReading reading_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::app
