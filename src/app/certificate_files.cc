#include "certificate_files.h"

#include <chrono>
#include <cstddef>
#include <utility>

#include "file.h"
#include "pause.h"

namespace berth::app {
namespace {

constexpr Duration kInterval = std::chrono::seconds(2);
constexpr std::size_t kMaxText = std::size_t{1} << 20;

}  // namespace

CertificateFiles::CertificateFiles(CertificatePaths paths, const Clock& clock, observe::Logger& log)
    : paths_(std::move(paths)), clock_(clock), log_(log) {
  reading_.use = paths_.use;
  reading_.path = paths_.cert_file;
}

Result<std::unique_ptr<CertificateFiles>> CertificateFiles::Open(CertificatePaths paths,
                                                                 const Clock& clock,
                                                                 observe::Logger& log) {
  std::unique_ptr<CertificateFiles> files(new CertificateFiles(std::move(paths), clock, log));
  files->content_.Begin(files->Read());
  Result<net::ServerTls> first = files->Check(files->content_.settled(), clock.WallNow());
  if (!first.ok()) {
    return Error{first.error().code,
                 std::string(files->paths_.use) + ".tls: " + first.error().message};
  }
  files->first_ = std::move(first).value();
  return files;
}

observe::CertificateReading CertificateFiles::reading() const {
  const MutexLock lock(mutex_);
  return reading_;
}

CertificateFiles::Content CertificateFiles::Read() const {
  Content content;
  const std::array<const std::string*, 3> paths = {&paths_.cert_file, &paths_.key_file,
                                                   &paths_.client_ca_file};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (paths[i]->empty()) {
      continue;
    }
    Result<std::string> text = ReadRegularFile(*paths[i], kMaxText);
    if (!text.ok()) {
      return {.texts = {}, .error = text.error()};
    }
    content.texts[i] = std::move(text).value();
  }
  return content;
}

Result<net::ServerTls> CertificateFiles::Check(const Content& content, WallTime now) {
  if (content.error) {
    return *content.error;
  }
  if (!paths_.client_ca_file.empty() && content.texts[2].empty()) {
    // Without authorities the port would be open to every client.
    return InvalidArgument(paths_.client_ca_file + ": the file is empty");
  }
  net::ServerTls tls{.certificate_pem = content.texts[0],
                     .key_pem = content.texts[1],
                     .client_ca_pem = content.texts[2],
                     .client_names = paths_.client_names};
  const Result<net::CertificateValidity> validity = net::CheckServerTls(tls);
  if (!validity.ok()) {
    return InvalidArgument(paths_.cert_file + ", " + paths_.key_file +
                           (paths_.client_ca_file.empty() ? "" : ", " + paths_.client_ca_file) +
                           ": " + validity.error().message);
  }
  if (validity->not_after <= now) {
    return InvalidArgument(paths_.cert_file + ": the certificate has expired at " +
                           FormatRfc3339(validity->not_after));
  }
  log_.Info("certificate loaded", {{"use", paths_.use},
                                   {"file", paths_.cert_file},
                                   {"not_after", FormatRfc3339(validity->not_after)}});
  const MutexLock lock(mutex_);
  reading_.not_after = validity->not_after;
  reading_.loaded_at = now;
  reading_.error.clear();
  return tls;
}

Status CertificateFiles::Load(const Content& content, WallTime now) {
  BERTH_ASSIGN_OR_RETURN(const net::ServerTls tls, Check(content, now));
  return publish_ ? publish_(tls) : Status();
}

Duration CertificateFiles::Poll(WallTime now) {
  return content_.Poll(Read(), kInterval, [&] {
    if (const Status loaded = Load(content_.settled(), now); !loaded.ok()) {
      log_.Error("certificate refused, the one before stays in use",
                 {{"use", paths_.use}, {"error", loaded.error().message}});
      const MutexLock lock(mutex_);
      reading_.error = loaded.error().message;
    }
  });
}

void CertificateFiles::Watch(const std::stop_token& stop) {
  Repeat(stop, kInterval, [this] { return Poll(clock_.WallNow()); });
}

}  // namespace berth::app
