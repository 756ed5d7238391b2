#include "client/policies/fallback.hpp"

#include <array>

#include "client/client.hpp"
#include "client/registry.hpp"

namespace tripcurve::client {

void Fallback::enter(Client& client, FrameId frame, TimePoint now) { client.let_in(frame, now); }

void Fallback::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                     TimePoint now) {
  client.end(frame,
             config_.rules.fails(ending) ? Ending{.kind = Ending::Kind::fallback,
                                                  .end = {CallEnd::Kind::answer, config_.status}}
                                         : ending,
             now);
}

namespace {

constexpr std::array<std::string_view, 2> fallback_whens{"open", "failure"};

constexpr std::array fallback_keys{
    breaker::Key{"when", "", "failure",
                 "open: answers only calls that the breaker rejected; failure: answers every "
                 "failed or rejected call",
                 breaker::one_of(fallback_whens)},
    breaker::Key{"status", "", "200", "the status of its answer",
                 breaker::whole(least_status, most_status)},
    counts_key,
};

Result<PolicyConfig> read_fallback(const breaker::Settings& settings,
                                   const Surroundings& surroundings) {
  breaker::SettingsReader read(fallback_keys, settings);
  const bool only_open = read.text("when") == "open";
  const auto nothing = OutcomeRules().with(*parse_outcome_changes(
      "1xx=ignored,2xx=ignored,3xx=ignored,4xx=ignored,5xx=ignored,timeout=ignored,reset=ignored,"
      "closed=ignored,connect_failed=ignored,bad_answer=ignored"));
  const auto rules =
      only_open ? EndingRules(nothing).with_open_failing()
                : read_counts(read, surroundings.caller).with_open_failing().with_full_failing();
  return read.result(PolicyConfig(
      FallbackConfig{.status = static_cast<std::uint16_t>(read.whole("status")), .rules = rules}));
}

breaker::Given fallback_given(const PolicyConfig& policy, const Surroundings& surroundings) {
  const auto& config = std::get<FallbackConfig>(policy);
  breaker::Given given{{"status", std::to_string(config.status)}};
  give_counts(given, config.rules, surroundings.caller);
  return given;
}

}  // namespace

const PolicyKind& fallback_kind() {
  static constexpr PolicyKind kind{.name = "fallback",
                                   .summary = "answers instead of a failed call",
                                   .keys = fallback_keys,
                                   .read = read_fallback,
                                   .given = fallback_given};
  return kind;
}

}  // namespace tripcurve::client
