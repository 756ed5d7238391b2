// Traces made of texts, and what is read out of them.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/ensure.hpp"
#include "replay/trace.hpp"

namespace tripcurve::testing {

// A text as a source, some bytes at a time.
class TextSource final : public replay::Source {
 public:
  explicit TextSource(std::string text, std::size_t at_once = 1000)
      : text_(std::move(text)), at_once_(at_once) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    const auto count = std::min({buffer.size(), at_once_, text_.size() - at_});
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(at_), count, buffer.begin());
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t at_once_;
  std::size_t at_ = 0;
};

struct ReadTrace {
  std::vector<sim::RecordedCall> calls;
  replay::TraceFacts facts;
  std::vector<std::string> breakers;
  std::optional<Error> error{};
};

inline replay::TraceOptions named(std::string_view format, const char* zone = nullptr) {
  replay::TraceOptions options{.name = "trace"};
  const auto choice = replay::parse_format(format);
  ENSURE(choice.ok());
  options.format = *choice;
  if (zone != nullptr) {
    options.zone = *replay::Zone::named(zone);
  }
  return options;
}

inline ReadTrace read_trace(std::unique_ptr<replay::Source> source, replay::TraceOptions options) {
  if (options.name.empty()) {
    options.name = "trace";
  }
  replay::Trace trace(std::move(source), std::move(options));
  ReadTrace read;
  if (auto error = trace.open()) {
    read.error = std::move(error);
    return read;
  }
  std::vector<sim::RecordedCall> calls;
  for (;;) {
    const auto more = trace.next(calls);
    if (!more) {
      read.error = more.error();
      break;
    }
    if (!*more) {
      break;
    }
    read.calls.insert(read.calls.end(), calls.begin(), calls.end());
  }
  read.facts = trace.facts();
  read.breakers = trace.keys().names();
  return read;
}

inline ReadTrace read_text(const std::string& text,
                           replay::TraceOptions options = {.name = "trace"}) {
  return read_trace(std::make_unique<TextSource>(text), std::move(options));
}

}  // namespace tripcurve::testing
