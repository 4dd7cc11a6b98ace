#include "berth/observe/decision_log.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <iterator>
#include <utility>
#include <variant>

#include "json_text.h"

namespace berth::observe {
namespace {

// No half of a UTF-8 sequence is left at the end.
std::string_view Cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) {
    return text;
  }
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) {
    --most;
  }
  return text.substr(0, most);
}

}  // namespace

DecisionLog::DecisionLog(DecisionLogOptions options, std::uint64_t seed, const Clock& clock,
                         Sink sink)
    : options_(options), seed_(seed), clock_(clock), sink_(std::move(sink)) {}

std::string DecisionLog::NewId() {
  return fmt::format("{:016x}-{}", seed_, ids_.fetch_add(1, std::memory_order_relaxed) + 1);
}

// The n-th call is taken where n times the ratio reaches another whole number.
bool DecisionLog::Takes(std::atomic<std::uint64_t>& seen, double ratio) {
  if (ratio <= 0 || ratio >= 1) {
    return ratio > 0;
  }
  const auto before = static_cast<double>(seen.fetch_add(1, std::memory_order_relaxed));
  return static_cast<std::uint64_t>((before + 1) * ratio) !=
         static_cast<std::uint64_t>(before * ratio);
}

void DecisionLog::Put(LogFields fields) {
  std::string line;
  line.reserve(512);
  line += R"({"ts":)";
  AppendJsonString(line, FormatRfc3339(clock_.WallNow()));
  for (const LogField& field : fields) {
    const auto* const text = std::get_if<std::string_view>(&field.value);
    const auto* const decimal = std::get_if<double>(&field.value);
    if (decimal != nullptr && !std::isfinite(*decimal)) {
      continue;  // JSON has no word for it
    }
    if (text != nullptr && text->empty()) {
      continue;
    }
    line += ',';
    AppendJsonString(line, field.key);
    line += ':';
    if (text != nullptr) {
      AppendJsonString(line, Cut(*text, options_.max_text_bytes));
    } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
      fmt::format_to(std::back_inserter(line), "{}", *number);
    } else if (decimal != nullptr) {
      fmt::format_to(std::back_inserter(line), "{:.3f}", *decimal);
    } else {
      line += std::get<bool>(field.value) ? "true" : "false";
    }
  }
  line += "}\n";
  const MutexLock lock(mu_);
  if (queue_.size() + line.size() > options_.max_queued_bytes) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  queue_ += line;
  ++queued_lines_;
  queued_or_stopped_.NotifyOne();
}

void DecisionLog::Flush() {
  std::string lines;
  std::uint64_t count = 0;
  {
    const MutexLock lock(mu_);
    lines.swap(queue_);
    count = std::exchange(queued_lines_, 0);
  }
  if (count > 0) {
    (sink_(lines) ? written_ : dropped_).fetch_add(count, std::memory_order_relaxed);
  }
}

void DecisionLog::Run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] {
    const MutexLock lock(mu_);
    stopping_ = true;
    queued_or_stopped_.NotifyAll();
  });
  for (bool stopping = false; !stopping;) {
    {
      const MutexLock lock(mu_);
      while (queue_.empty() && !stopping_) {
        queued_or_stopped_.WaitFor(mu_, std::chrono::seconds(1));
      }
      stopping = stopping_;
    }
    Flush();
  }
}

DecisionLogReading DecisionLog::reading() const {
  return {.written = written_.load(), .dropped = dropped_.load()};
}

}  // namespace berth::observe
