// Recorded traffic in every format: the input's first line names the format, as --format does, and
// the rest is the trace.
#include <memory>
#include <span>
#include <vector>

#include "core/text.hpp"
#include "replay/incidents.hpp"
#include "replay/trace.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {
namespace {

class Input final : public replay::Source {
 public:
  explicit Input(std::string_view text) : text_(text) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    constexpr std::size_t at_once = 100;
    const auto count = std::min({buffer.size(), text_.size(), at_once});
    std::copy_n(text_.begin(), count, buffer.begin());
    text_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view text_;
};

void require_words(const Error& error) {
  require(!error.message.empty(), "an error says something");
}

}  // namespace

void try_input(std::string_view input) {
  const auto spec = take_until(input, "\n");
  const auto incident = replay::parse_incident(spec, std::nullopt);
  require(!incident.ok() || incident->begin < incident->end, "an incident takes time", spec);
  const auto format = replay::parse_format(spec);
  if (!format) {
    require_words(format.error());
  }
  replay::TraceOptions options{.name = "trace"};
  options.format = format ? *format : replay::FormatChoice{};
  options.zone = *replay::Zone::named("Europe/Berlin");
  options.most_bad = 1;
  options.scope = load::BreakerScope::endpoint;
  replay::Trace trace(std::make_unique<Input>(input), options);
  if (const auto error = trace.open()) {
    require_words(*error);
    return;
  }
  std::vector<sim::RecordedCall> calls;
  TimePoint latest{};
  for (;;) {
    const auto more = trace.next(calls);
    if (!more) {
      require_words(more.error());
      return;
    }
    if (!*more) {
      break;
    }
    for (const auto& call : calls) {
      require(call.due >= latest, "calls come in order");
      require(call.latency >= Duration{}, "no call ends before it begins");
      latest = call.due;
    }
  }
  const auto facts = trace.facts();
  require(facts.calls + facts.bad.count + facts.empty + facts.rejected.count <= facts.lines,
          "each line is one thing");
}

}  // namespace tripcurve::fuzz
