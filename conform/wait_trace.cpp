#include "conform/wait_trace.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "client/client.hpp"
#include "conform/json_line.hpp"
#include "conform/steps_text.hpp"
#include "core/ensure.hpp"
#include "core/plural.hpp"
#include "core/text.hpp"
#include "document/read.hpp"
#include "importer/formats/dotnet_options.hpp"
#include "importer/formats/resilience4j_options.hpp"

namespace tripcurve::conform {
namespace {

using nlohmann::json;

// An upstream at which every attempt fails, and at once.
class Failing final : public client::Wire {
 public:
  void send(const client::Attempt& attempt, TimePoint /*now*/) override { sent_ = attempt.id; }
  CallEnd cancel(const client::Attempt& /*attempt*/, TimePoint /*now*/) override { return {}; }
  void answered(std::uint32_t /*call*/, const client::Ending& /*ending*/,
                TimePoint /*now*/) override {
    over_ = true;
  }

  [[nodiscard]] client::FrameId sent() const { return sent_; }
  [[nodiscard]] bool over() const { return over_; }

 private:
  client::FrameId sent_ = client::no_frame;
  bool over_ = false;
};

// The waits of the client's retry, and one more than recorded at most, which is as if 0 were drawn
// when all draws have been taken. It ends when no trace could go on.
std::vector<double> waits_ms(const WaitTrace& trace) {
  std::size_t drawn = 0;
  const auto draw = [&](std::uint32_t, std::uint32_t) {
    return drawn < trace.draws.size() ? trace.draws[drawn++] : 0;
  };
  const auto nobody = [](const client::BreakerConfig&) -> client::Breakers& { ENSURE(false); };
  Failing upstream;
  client::Client client(client::make_policies({trace.retry}, nobody, {.draw = draw}, Random(0)),
                        upstream);
  std::vector<double> waits;
  TimePoint now{};
  client.begin(0, now);
  while (waits.size() <= trace.waits_ms.size() && now <= at(longest_trace)) {
    client.ended(upstream.sent(), {.end = {CallEnd::Kind::answer, 503}}, now);
    if (upstream.over()) {
      break;
    }
    const auto due = std::max(now, client.next_due() == never ? now : client.next_due());
    waits.push_back(to_milliseconds(due - now));
    now = due;
    client.tick(now);
  }
  return waits;
}

Result<std::vector<double>> read_numbers(const json& line, const char* key, const char* what,
                                         bool (*is)(double number)) {
  std::vector<double> numbers;
  if (!line.contains(key) || !line[key].is_array()) {
    return Error{fmt::format("a trace of waits needs a list {}", key), std::string(see_format)};
  }
  for (const auto& number : line[key]) {
    if (!number.is_number() || !is(number)) {
      return Error{fmt::format("{} has {}", key, visible(number.dump())),
                   fmt::format("it is a list of {}", what)};
    }
    numbers.push_back(number);
  }
  return numbers;
}

// Of numbers that are none each for itself.
std::optional<Error> cannot_be(const WaitTrace& trace) {
  const double sum = std::accumulate(trace.waits_ms.begin(), trace.waits_ms.end(), 0.0);
  if (sum > to_milliseconds(longest_trace)) {
    return Error{fmt::format("delays_ms add up to {}", sum), "a trace ends after 10000h"};
  }
  const auto& backoff = trace.retry.backoff;
  const bool drawn =
      backoff.jitter != client::Backoff::Jitter::none && backoff.delay > Duration::zero();
  if (drawn && trace.draws.size() < trace.waits_ms.size()) {
    return Error{fmt::format("draws has {} for {}", count_of(trace.draws.size(), "number"),
                             count_of(trace.waits_ms.size(), "wait")),
                 "with jitter, each wait draws one"};
  }
  return std::nullopt;
}

// The retry of a list of policies, which has nothing else.
Result<client::RetryConfig> only_retry(const document::Node& list) {
  const auto policies = importer::read_resilience4j_policies(list, importer::Returns::value);
  if (!policies) {
    return policies.error();
  }
  if (policies->size() != 1 || !std::holds_alternative<client::RetryConfig>(policies->front())) {
    return Error{"a trace of waits has one policy, a retry", std::string(see_format)};
  }
  return std::get<client::RetryConfig>(policies->front());
}

Result<client::RetryConfig> read_retry(const json& line) {
  const std::string key = line.contains("resilience4j") ? "resilience4j" : "retry";
  const auto documents = document::read_json(key, line[key].dump());
  if (!documents) {
    return documents.error();
  }
  const auto& options = documents->empty() ? document::Node{} : documents->front();
  return key == "retry" ? importer::read_dotnet_retry(options) : only_retry(options);
}

}  // namespace

Result<WaitTrace> parse_wait_trace(const json& line) {
  if (!line.contains("id") || !line["id"].is_string() ||
      line.contains("retry") == line.contains("resilience4j")) {
    return Error{"a trace of waits needs a text id and the options retry", std::string(see_format)};
  }
  WaitTrace trace{.id = line["id"]};
  const auto retry = read_retry(line);
  const auto draws = read_numbers(line, "draws", "numbers from 0 to less than 1",
                                  [](double draw) { return draw >= 0 && draw < 1; });
  const auto waits = read_numbers(line, "delays_ms", "milliseconds, none of them negative",
                                  [](double wait) { return wait >= 0; });
  for (const auto* mistake : {retry ? nullptr : &retry.error(), draws ? nullptr : &draws.error(),
                              waits ? nullptr : &waits.error()}) {
    if (mistake != nullptr) {
      return mistake->in(trace.id);
    }
  }
  trace.retry = *retry;
  trace.draws = *draws;
  trace.waits_ms = *waits;
  if (const auto mistake = cannot_be(trace)) {
    return mistake->in(trace.id);
  }
  return trace;
}

std::optional<std::string> compare(const WaitTrace& trace) {
  const auto got = waits_ms(trace);
  std::vector<std::string> steps;
  for (const auto wait : trace.waits_ms) {
    steps.push_back(fmt::format("waits {}ms", wait));
  }
  constexpr double microsecond = 0.001;
  for (std::size_t i = 0; i < std::max(got.size(), steps.size()); ++i) {
    if (i >= got.size() || i >= steps.size() ||
        std::abs(got[i] - trace.waits_ms[i]) > microsecond) {
      return explain_difference(trace.id, {}, steps, i,
                                i >= got.size()     ? "the answer, without another wait"
                                : i >= steps.size() ? "another wait"
                                                    : fmt::format("waits {}ms", got[i]));
    }
  }
  return std::nullopt;
}

}  // namespace tripcurve::conform
