// How a person names an adaptive limit: adaptive,limit=gradient2,maxConcurrency=100

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "client/registry.hpp"
#include "core/units.hpp"

namespace tripcurve::client {
namespace {

constexpr std::array<std::string_view, 4> limit_words{"aimd", "gradient2", "vegas", "envoy"};

// Which limits have a key: a bit for each word.
constexpr unsigned of_aimd = 1;
constexpr unsigned of_gradient2 = 2;
constexpr unsigned of_vegas = 4;
constexpr unsigned of_envoy = 8;
constexpr unsigned of_netflix = of_aimd | of_gradient2 | of_vegas;
constexpr unsigned of_all = of_netflix | of_envoy;

struct LimitKey {
  breaker::Key key;
  unsigned limits;
};

constexpr double least_window_ms = 100;  // that WindowedLimit takes
constexpr double least_window_samples = 10;

constexpr std::array limit_keys{
    LimitKey{{"limit", "", "vegas",
              "the algorithm: AIMD, Gradient2 or Vegas of Netflix concurrency-limits, or the "
              "gradient controller of Envoy's adaptive concurrency filter",
              breaker::one_of(limit_words)},
             of_all},
    LimitKey{{"initialLimit", "", "20", "of the first three: the limit to begin with",
              breaker::whole(1)},
             of_netflix},
    LimitKey{{"minLimit", "", "20", "of aimd and gradient2: the smallest limit", breaker::whole(1)},
             of_aimd | of_gradient2},
    LimitKey{{"maxLimit", "", "200", "of aimd: the largest limit", breaker::whole(1)}, of_aimd},
    LimitKey{{"maxConcurrency", "", "",
              "of gradient2 and vegas: the largest limit (gradient2: 200, vegas: 1000)",
              breaker::whole(1)},
             of_gradient2 | of_vegas},
    LimitKey{
        {"backoffRatio", "", "0.9",
         "of aimd: what the limit is multiplied by after a call that was dropped or timed out; "
         "at least 0.5, less than 1",
         breaker::ratio(0.5)},
        of_aimd},
    LimitKey{{"timeout", "", "5s", "of aimd: a call that took longer counts as dropped",
              breaker::duration(0.000001)},
             of_aimd},
    LimitKey{{"smoothing", "", "",
              "of gradient2 and vegas: the share of a new estimate that is taken (gradient2: 0.2, "
              "vegas: 1)",
              breaker::ratio()},
             of_gradient2 | of_vegas},
    LimitKey{{"queueSize", "", "4", "of gradient2: how much the limit may grow at once",
              breaker::whole(0)},
             of_gradient2},
    LimitKey{{"longWindow", "", "600", "of gradient2: the number of samples in the long average",
              breaker::whole(1)},
             of_gradient2},
    LimitKey{
        {"rttTolerance", "", "1.5", "of gradient2: calls may take this many times the long average",
         breaker::number(1, 1e6)},
        of_gradient2},
    LimitKey{{"alpha", "", "",
              "of vegas: the limit grows while fewer calls queue (3 times log10 of the limit)",
              breaker::whole(0)},
             of_vegas},
    LimitKey{{"beta", "", "",
              "of vegas: the limit shrinks while more calls queue (6 times log10 of the limit)",
              breaker::whole(0)},
             of_vegas},
    LimitKey{
        {"probeMultiplier", "", "30",
         "of vegas: it measures anew what a call takes without a queue, after at most this many "
         "times the limit",
         breaker::whole(1)},
        of_vegas},
    LimitKey{{"windowed", "", "false",
              "of the first three: the limit gets one sample per window, as with WindowedLimit",
              breaker::flag()},
             of_netflix},
    LimitKey{{"minWindowTime", "", "1s", "the shortest window; sets windowed",
              breaker::duration(least_window_ms)},
             of_netflix},
    LimitKey{{"maxWindowTime", "", "1s", "the longest window; sets windowed",
              breaker::duration(least_window_ms)},
             of_netflix},
    LimitKey{{"windowSize", "", "10", "the fewest calls that make a sample; sets windowed",
              breaker::whole(least_window_samples)},
             of_netflix},
    LimitKey{{"minRttThreshold", "", "100us", "a shorter call is left out; sets windowed",
              breaker::duration()},
             of_netflix},
    LimitKey{{"sample_aggregate_percentile", "", "50",
              "of envoy: the percentile of the calls' times that stands for all of them",
              breaker::percent(0)},
             of_envoy},
    LimitKey{{"concurrency_limit_params.max_concurrency_limit", "max_concurrency_limit", "1000",
              "of envoy: the largest limit", breaker::whole(1)},
             of_envoy},
    LimitKey{{"concurrency_limit_params.concurrency_update_interval", "concurrency_update_interval",
              "100ms", "of envoy: the time from one limit to the next", breaker::duration(1)},
             of_envoy},
    LimitKey{
        {"min_rtt_calc_params.interval", "interval", "60s",
         "of envoy: the time from one measurement of minRTT to the next", breaker::duration(1)},
        of_envoy},
    LimitKey{{"min_rtt_calc_params.jitter", "jitter", "15",
              "of envoy: up to this percentage of the interval is added to it, at random",
              breaker::percent(0)},
             of_envoy},
    LimitKey{{"min_rtt_calc_params.request_count", "request_count", "50",
              "of envoy: the number of calls in a measurement", breaker::whole(1)},
             of_envoy},
    LimitKey{
        {"min_rtt_calc_params.min_concurrency", "min_concurrency", "3",
         "of envoy: the limit during a measurement, and the smallest limit", breaker::whole(1)},
        of_envoy},
    LimitKey{{"min_rtt_calc_params.buffer", "buffer", "25",
              "of envoy: calls may take this percentage longer than minRTT", breaker::percent(0)},
             of_envoy},
    LimitKey{{"queue", "", "0",
              "of the first three: how many more calls may wait for a place, as with "
              "BlockingLimiter",
              breaker::whole(0)},
             of_netflix},
    LimitKey{{"max_wait", "", "", "the longest that a call may wait for a place",
              breaker::duration(0.001)},
             of_netflix},
    LimitKey{{"counts", "", "",
              "what a result is to the limit, written as for --counts, but with / between: success "
              "is a sample, failure a dropped one, ignored is none",
              breaker::list()},
             of_all},
};

constexpr auto adaptive_keys = [] {
  std::array<breaker::Key, limit_keys.size()> keys{};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    keys[i] = limit_keys[i].key;
  }
  return keys;
}();

std::string words_of(unsigned limits) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < limit_words.size(); ++i) {
    if ((limits >> i & 1U) != 0) {
      words.push_back("limit=" + std::string(limit_words[i]));
    }
  }
  return fmt::format("{}", fmt::join(words, " or "));
}

void refuse_keys_of_others(breaker::SettingsReader& read, std::size_t limit) {
  for (const auto& [key, limits] : limit_keys) {
    if (read.is_given(key.name) && (limits >> limit & 1U) == 0) {
      read.refuse(key.name, "limit=" + std::string(limit_words.at(limit)) + " does not have it",
                  "it is a setting of " + words_of(limits));
    }
  }
}

std::uint32_t size(breaker::SettingsReader& read, std::string_view key) {
  return static_cast<std::uint32_t>(read.whole(key));
}
std::uint32_t size(breaker::SettingsReader& read, std::string_view key, std::uint32_t otherwise) {
  return read.has(key) ? size(read, key) : otherwise;
}

LimitConfig read_aimd(breaker::SettingsReader& read) {
  const AimdConfig config{.initial = size(read, "initialLimit"),
                          .least = size(read, "minLimit"),
                          .most = size(read, "maxLimit"),
                          .backoff_ratio = read.number("backoffRatio"),
                          .timeout = read.duration("timeout")};
  if (config.backoff_ratio >= 1) {
    read.refuse("backoffRatio", "1 is out of range", "it is at least 0.5 and less than 1");
  }
  return config;
}

LimitConfig read_gradient2(breaker::SettingsReader& read) {
  Gradient2Config config{.initial = size(read, "initialLimit"),
                         .least = size(read, "minLimit"),
                         .queue = size(read, "queueSize"),
                         .long_window = size(read, "longWindow"),
                         .tolerance = read.number("rttTolerance")};
  config.most = size(read, "maxConcurrency", config.most);
  config.smoothing = read.has("smoothing") ? read.number("smoothing") : config.smoothing;
  return config;
}

LimitConfig read_vegas(breaker::SettingsReader& read) {
  VegasConfig config{.initial = size(read, "initialLimit"),
                     .probe_multiplier = size(read, "probeMultiplier")};
  config.most = size(read, "maxConcurrency", config.most);
  config.smoothing = read.has("smoothing") ? read.number("smoothing") : config.smoothing;
  if (read.has("alpha")) {
    config.alpha = size(read, "alpha");
  }
  if (read.has("beta")) {
    config.beta = size(read, "beta");
  }
  return config;
}

LimitConfig read_envoy(breaker::SettingsReader& read) {
  return EnvoyGradientConfig{
      .percentile = read.number("sample_aggregate_percentile"),
      .most = size(read, "concurrency_limit_params.max_concurrency_limit"),
      .update_interval =
          read.whole_milliseconds("concurrency_limit_params.concurrency_update_interval"),
      .min_rtt_interval = read.whole_milliseconds("min_rtt_calc_params.interval"),
      .jitter = read.number("min_rtt_calc_params.jitter"),
      .request_count = size(read, "min_rtt_calc_params.request_count"),
      .least = size(read, "min_rtt_calc_params.min_concurrency"),
      .buffer = read.number("min_rtt_calc_params.buffer")};
}

constexpr std::array limit_readers{read_aimd, read_gradient2, read_vegas, read_envoy};
static_assert(limit_readers.size() == std::variant_size_v<LimitConfig>);

constexpr std::array<std::string_view, 4> window_keys{"minWindowTime", "maxWindowTime",
                                                      "windowSize", "minRttThreshold"};

std::optional<WindowConfig> read_window(breaker::SettingsReader& read) {
  const bool is_given =
      std::ranges::any_of(window_keys, [&](std::string_view key) { return read.is_given(key); });
  if (is_given && read.is_given("windowed") && !read.flag("windowed")) {
    read.refuse("windowed", "it is false, but a window is described",
                "leave it out, or the settings of the window");
  }
  if (!is_given && !read.flag("windowed")) {
    return std::nullopt;
  }
  return WindowConfig{.least = read.duration("minWindowTime"),
                      .most = read.duration("maxWindowTime"),
                      .samples = size(read, "windowSize"),
                      .least_rtt = read.duration("minRttThreshold")};
}

Result<PolicyConfig> read_adaptive(const breaker::Settings& settings,
                                   const Surroundings& /*surroundings*/) {
  breaker::SettingsReader read(adaptive_keys, settings);
  const auto limit = read.word<std::size_t>("limit");
  refuse_keys_of_others(read, limit);
  AdaptiveConfig config{.limit = limit_readers.at(limit)(read),
                        .window = read_window(read),
                        .queue = {.most = read.whole("queue")}};
  if (read.has("max_wait")) {
    config.queue.max_wait = read.duration("max_wait");
  }
  const auto usual = usual_samples(config.limit);
  config.samples = usual.with_wire(read_counts(read, usual.wire()).wire());
  return read.result(PolicyConfig(std::move(config)));
}

// What is to be given, for each kind of limit.
struct LimitGiven {
  breaker::Given given;

  void add(std::string_view key, std::uint32_t value) {
    given.emplace_back(key, std::to_string(value));
  }
  void add(std::string_view key, double value) {
    given.emplace_back(key, fmt::format("{}", value));
  }
  void add(std::string_view key, Duration value) {
    given.emplace_back(key, format_duration(value));
  }

  void operator()(const AimdConfig& config) {
    add("initialLimit", config.initial);
    add("minLimit", config.least);
    add("maxLimit", config.most);
    add("backoffRatio", config.backoff_ratio);
    add("timeout", config.timeout);
  }
  void operator()(const Gradient2Config& config) {
    add("initialLimit", config.initial);
    add("minLimit", config.least);
    add("maxConcurrency", config.most);
    add("smoothing", config.smoothing);
    add("queueSize", config.queue);
    add("longWindow", config.long_window);
    add("rttTolerance", config.tolerance);
  }
  void operator()(const VegasConfig& config) {
    add("initialLimit", config.initial);
    add("maxConcurrency", config.most);
    add("smoothing", config.smoothing);
    if (config.alpha) {
      add("alpha", *config.alpha);
    }
    if (config.beta) {
      add("beta", *config.beta);
    }
    add("probeMultiplier", config.probe_multiplier);
  }
  void operator()(const EnvoyGradientConfig& config) {
    add("sample_aggregate_percentile", config.percentile);
    add("max_concurrency_limit", config.most);
    add("concurrency_update_interval", config.update_interval);
    add("interval", config.min_rtt_interval);
    add("jitter", config.jitter);
    add("request_count", config.request_count);
    add("min_concurrency", config.least);
    add("buffer", config.buffer);
  }
  void operator()(const WindowConfig& config) {
    add("minWindowTime", config.least);
    add("maxWindowTime", config.most);
    add("windowSize", config.samples);
    add("minRttThreshold", config.least_rtt);
  }
};

breaker::Given adaptive_given(const PolicyConfig& policy, const Surroundings& /*surroundings*/) {
  const auto& config = std::get<AdaptiveConfig>(policy);
  LimitGiven all{.given = {{"limit", std::string(limit_words.at(config.limit.index()))}}};
  std::visit([&](const auto& limit) { all(limit); }, config.limit);
  if (config.window) {
    all(*config.window);
  }
  if (config.queue.most > 0) {
    all.given.emplace_back("queue", std::to_string(config.queue.most));
  }
  if (config.queue.max_wait) {
    all.add("max_wait", *config.queue.max_wait);
  }
  give_counts(all.given, config.samples, usual_samples(config.limit).wire());
  return std::move(all.given);
}

}  // namespace

const PolicyKind& adaptive_kind() {
  static constexpr PolicyKind kind{
      .name = "adaptive",
      .summary = "limits how many calls run at once, and finds the limit by itself",
      .keys = adaptive_keys,
      .read = read_adaptive,
      .given = adaptive_given};
  return kind;
}

}  // namespace tripcurve::client
