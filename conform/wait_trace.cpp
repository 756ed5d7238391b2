#include "conform/wait_trace.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "client/client.hpp"
#include "conform/json_line.hpp"
#include "conform/steps_text.hpp"
#include "core/ensure.hpp"
#include "document/read.hpp"
#include "importer/formats/dotnet_options.hpp"

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

// The waits of the client's retry, and one more than recorded at most.
std::vector<double> waits_ms(const WaitTrace& trace) {
  std::size_t drawn = 0;
  const auto draw = [&](std::uint32_t, std::uint32_t) {
    return drawn < trace.draws.size() ? trace.draws[drawn++] : 0;
  };
  const auto nobody = [](const client::BreakerConfig&) -> client::Breakers& { ENSURE(false); };
  Failing upstream;
  client::Client client(client::make_policies({trace.retry}, nobody, draw), upstream);
  std::vector<double> waits;
  TimePoint now{};
  for (client.begin(0, now); waits.size() <= trace.waits_ms.size();) {
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

Result<std::vector<double>> read_numbers(const json& line, const char* key) {
  std::vector<double> numbers;
  if (!line.contains(key) || !line[key].is_array()) {
    return Error{fmt::format("a trace of waits needs a list {}", key), std::string(see_format)};
  }
  for (const auto& number : line[key]) {
    if (!number.is_number()) {
      return Error{fmt::format("{} has {}", key, number.dump()), "it is a list of numbers"};
    }
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

Result<WaitTrace> parse_wait_trace(const json& line) {
  if (!line.contains("id") || !line["id"].is_string() || !line.contains("retry")) {
    return Error{"a trace of waits needs a text id and the options retry", std::string(see_format)};
  }
  WaitTrace trace{.id = line["id"]};
  const auto documents = document::read_json("retry", line["retry"].dump());
  if (!documents) {
    return documents.error().in(trace.id);
  }
  const auto retry =
      importer::read_dotnet_retry(documents->empty() ? document::Node{} : documents->front());
  const auto draws = read_numbers(line, "draws");
  const auto waits = read_numbers(line, "delays_ms");
  for (const auto* mistake : {retry ? nullptr : &retry.error(), draws ? nullptr : &draws.error(),
                              waits ? nullptr : &waits.error()}) {
    if (mistake != nullptr) {
      return mistake->in(trace.id);
    }
  }
  trace.retry = *retry;
  trace.draws = *draws;
  trace.waits_ms = *waits;
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
      return explain_difference(
          trace.id, {}, steps, i,
          i < got.size() ? fmt::format("waits {}ms", got[i]) : "the answer, without another wait");
    }
  }
  return std::nullopt;
}

}  // namespace tripcurve::conform
