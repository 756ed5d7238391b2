// What a real limiter let in, and the limit after each call that ended, step by step.

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "client/registry.hpp"
#include "test_data.hpp"
#include "tests/client/rig.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

namespace {

using Json = nlohmann::json;

client::AdaptiveConfig config_of(const Json& keys) {
  breaker::Given given;
  for (const auto& [key, value] : keys.items()) {
    given.emplace_back(key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  const auto choice = client::make_policy_choice("adaptive", given);
  INFO((choice ? "" : choice.error().message));
  REQUIRE(choice.ok());
  return std::get<client::AdaptiveConfig>(choice->kind().read(choice->settings(), {}).value());
}

// A limiter that lives through the events of a trace; says where it does not do as recorded.
class Replay final : public client::Wire {
 public:
  explicit Replay(const Json& trace)
      : trace_(trace), client_(policies(trace, [this] { return draw(); }), *this) {}

  std::string first_difference() {
    for (const auto& event : trace_.at("events")) {
      const auto now = TimePoint(std::chrono::microseconds(event.at(0).get<std::int64_t>()));
      const auto call = event.at(2).get<std::uint32_t>();
      if (event.at(1) == "start") {
        client_.begin(call, now);
        if (under_way_.contains(call) != event.at(3).get<bool>()) {
          return event.dump() + ": the other way round";
        }
      } else {
        const auto status = event.at(3) == "success" ? 200 : event.at(3) == "dropped" ? 503 : 500;
        client_.ended(under_way_.extract(call).mapped(),
                      {.end = {CallEnd::Kind::answer, static_cast<std::uint16_t>(status)}}, now);
        if (limit_ != event.at(4).get<std::uint32_t>()) {
          return fmt::format("{}: limit {}", event.dump(), limit_);
        }
      }
    }
    return trace_.contains("draws") && drawn_ != trace_.at("draws").size()
               ? "another number of draws"
               : "";
  }

  void send(const client::Attempt& attempt, TimePoint /*now*/) override {
    under_way_.emplace(attempt.call, attempt.id);
  }
  CallEnd cancel(const client::Attempt& /*attempt*/, TimePoint /*now*/) override { return {}; }
  void answered(std::uint32_t /*call*/, const client::Ending& /*ending*/,
                TimePoint /*now*/) override {}
  void limited(std::uint32_t limit, TimePoint /*now*/) override { limit_ = limit; }

 private:
  static std::vector<std::unique_ptr<client::Policy>> policies(const Json& trace,
                                                               const client::Limit::Draw& draw) {
    std::vector<std::unique_ptr<client::Policy>> one;
    one.push_back(std::make_unique<client::Adaptive>(
        config_of(trace.at("config")), client::Instances(), [&](std::uint32_t) { return draw; }));
    return one;
  }
  double draw() { return trace_.at("draws").at(drawn_++).get<double>(); }

  const Json& trace_;
  std::size_t drawn_ = 0;
  std::map<std::uint32_t, client::FrameId> under_way_;
  std::uint32_t limit_ = 0;
  client::Client client_;
};

}  // namespace

TEST_CASE("an adaptive limit lets in what the recorded library did, with the same limits") {
  std::ifstream file(std::filesystem::path(TRIPCURVE_TEST_DATA) / "limits" /
                     "concurrency-limits.ndjson");
  std::size_t traces = 0;
  for (std::string line; std::getline(file, line); ++traces) {
    const auto trace = Json::parse(line);
    INFO(trace.at("id") << " " << trace.at("config"));
    CHECK(Replay(trace).first_difference() == "");
  }
  CHECK(traces == 36);
}
