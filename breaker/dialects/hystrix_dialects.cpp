// The three Hystrix dialects as a person meets them: keys, facts, warnings and portraits.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "breaker/dialects/hystrix.hpp"
#include "breaker/parts/advice.hpp"
#include "core/units.hpp"

namespace tripcurve::breaker {
namespace {

enum class Version : std::uint8_t { v1_5_12, v1_5_13, v1_5_18 };

// In the order of HystrixConfig::Isolation.
constexpr std::array<std::string_view, 2> hystrix_strategies{"THREAD", "SEMAPHORE"};
constexpr std::array<std::string_view, 1> no_queue{"-1"};

constexpr std::string_view own_timeout = "execution.isolation.thread.timeoutInMilliseconds";
constexpr std::string_view semaphore_size = "execution.isolation.semaphore.maxConcurrentRequests";

// Without the prefixes hystrix.command.<key>. and hystrix.threadpool.<key>.
constexpr std::array hystrix_keys{
    Key{"circuitBreaker.enabled", "", "true", "false turns the breaker off; only the pool is left",
        flag()},
    Key{"circuitBreaker.requestVolumeThreshold", "requestVolumeThreshold", "20",
        "the window must have this many calls before the breaker can open", whole(0, max_int32)},
    Key{"circuitBreaker.errorThresholdPercentage", "errorThresholdPercentage", "50",
        "this percentage of errors, truncated to a whole number, opens the breaker",
        whole(0, max_int32)},
    Key{"circuitBreaker.sleepWindowInMilliseconds", "sleepWindowInMilliseconds", "5000",
        "while open, all calls are rejected for this long before a trial",
        milliseconds(0, max_int32)},
    Key{"circuitBreaker.forceOpen", "forceOpen", "false", "rejects every call", flag()},
    Key{"circuitBreaker.forceClosed", "forceClosed", "false",
        "lets every call through, unless forceOpen is set", flag()},
    Key{"metrics.rollingStats.timeInMilliseconds", "", "10000", "length of the window",
        milliseconds(1, max_int32)},
    Key{"metrics.healthSnapshot.intervalInMilliseconds", "", "500",
        "the length of a bucket of the window; the breaker sees a bucket's results at its end",
        milliseconds(1, max_int32)},
    Key{"execution.isolation.strategy", "strategy", "SEMAPHORE",
        "what limits concurrent calls: SEMAPHORE, the default of HystrixObservableCommand, or "
        "THREAD, that of HystrixCommand",
        one_of(hystrix_strategies)},
    Key{semaphore_size, "maxConcurrentRequests", "10",
        "SEMAPHORE: the number of concurrent calls; further ones are rejected and count as errors",
        whole(0, max_int32)},
    Key{"coreSize", "", "10",
        "THREAD: the number of threads; when all are busy, a call is rejected and counts as an "
        "error",
        whole(1, max_int32)},
    Key{"maximumSize", "", "10",
        "THREAD: the maximum number of threads, if it may differ from coreSize",
        whole(1, max_int32)},
    Key{"allowMaximumSizeToDivergeFromCoreSize", "", "false", "THREAD: whether maximumSize is used",
        flag()},
    Key{"maxQueueSize", "", "-1", "THREAD: how many calls may wait for a thread; -1 means no queue",
        or_word(whole(0, max_int32), no_queue)},
    Key{"queueSizeRejectionThreshold", "", "5",
        "THREAD: when this many calls wait, the next is rejected, if there is a queue",
        whole(0, max_int32)},
    Key{own_timeout, "timeoutInMilliseconds", "1000",
        "the timeout of a call; in tripcurve the load's own timeout ends calls instead",
        milliseconds(1, max_int32)},
    Key{"execution.timeout.enabled", "", "true", "calls have a timeout", flag()},
};

// Accepted because configurations have them; the breaker does not look at them.
constexpr std::string_view no_effect = "no effect on the breaker";
constexpr std::array keys_without_effect{
    Key{"execution.isolation.thread.interruptOnTimeout", "", "true", no_effect, flag()},
    Key{"execution.isolation.thread.interruptOnFutureCancel", "", "false", no_effect, flag()},
    Key{"fallback.enabled", "", "true", no_effect, flag()},
    Key{"fallback.isolation.semaphore.maxConcurrentRequests", "", "10", no_effect,
        whole(0, max_int32)},
    Key{"keepAliveTimeMinutes", "", "1", no_effect, whole(0, max_int32)},
    Key{"metrics.rollingStats.numBuckets", "numBuckets", "10", no_effect, whole(1, max_int32)},
    Key{"metrics.rollingPercentile.enabled", "", "true", no_effect, flag()},
    Key{"metrics.rollingPercentile.timeInMilliseconds", "", "60000", no_effect,
        whole(1, max_int32)},
    Key{"metrics.rollingPercentile.numBuckets", "", "6", no_effect, whole(1, max_int32)},
    Key{"metrics.rollingPercentile.bucketSize", "", "100", no_effect, whole(1, max_int32)},
    Key{"requestCache.enabled", "", "true", no_effect, flag()},
    Key{"requestLog.enabled", "", "true", no_effect, flag()},
};

constexpr auto all_keys = [] {
  std::array<Key, hystrix_keys.size() + keys_without_effect.size()> all{};
  std::ranges::copy(keys_without_effect, std::ranges::copy(hystrix_keys, all.begin()).out);
  return all;
}();

ExecutionPool::Size read_pool(SettingsReader& read, HystrixConfig::Isolation isolation) {
  const ExecutionPool::Size semaphore{.threads = read.whole(semaphore_size)};
  ExecutionPool::Size pool{.threads = read.whole("coreSize"),
                           .most_threads = read.whole("maximumSize"),
                           .queue = read.is_word("maxQueueSize") ? 0 : read.whole("maxQueueSize"),
                           .queue_limit = read.whole("queueSizeRejectionThreshold")};
  if (!read.flag("allowMaximumSizeToDivergeFromCoreSize")) {
    pool.most_threads = pool.threads;
  }
  switch (isolation) {
    case HystrixConfig::Isolation::thread:
      return pool;
    case HystrixConfig::Isolation::semaphore:
      return semaphore;
  }
  return {};
}

Result<HystrixConfig> read_hystrix(const Settings& settings) {
  SettingsReader read(all_keys, settings);
  for (const auto& key : keys_without_effect) {
    if (key.values.type == ValueType::flag) {
      std::ignore = read.flag(key.name);
    } else {
      std::ignore = read.whole(key.name);
    }
  }
  std::ignore = read.flag("execution.timeout.enabled");
  std::ignore = read.whole_milliseconds(own_timeout);
  const auto window = read.whole_milliseconds("metrics.rollingStats.timeInMilliseconds");
  const auto interval = read.whole_milliseconds("metrics.healthSnapshot.intervalInMilliseconds");
  const auto isolation = read.word<HystrixConfig::Isolation>("execution.isolation.strategy");
  HystrixConfig config{
      .enabled = read.flag("circuitBreaker.enabled"),
      .force_open = read.flag("circuitBreaker.forceOpen"),
      .force_closed = read.flag("circuitBreaker.forceClosed"),
      .volume_threshold = read.whole("circuitBreaker.requestVolumeThreshold"),
      .error_percentage = read.whole("circuitBreaker.errorThresholdPercentage"),
      .sleep_window = read.whole_milliseconds("circuitBreaker.sleepWindowInMilliseconds"),
      .health_buckets = 0,
      .health_interval = interval,
      .isolation = isolation,
      .pool = read_pool(read, isolation)};
  if (read.error()) {
    return *read.error();
  }
  config.health_buckets = static_cast<std::size_t>(window / interval);
  constexpr std::size_t most_buckets = 1'000'000;
  if (config.health_buckets == 0) {
    read.refuse("metrics.healthSnapshot.intervalInMilliseconds",
                fmt::format("{} is longer than the window of {}", format_duration(interval),
                            format_duration(window)),
                "make it at most metrics.rollingStats.timeInMilliseconds");
  } else if (config.health_buckets > most_buckets) {
    read.refuse("metrics.healthSnapshot.intervalInMilliseconds",
                "it divides the window into more than a million buckets", "make it longer");
  }
  return read.result(config);
}

template <Version version>
std::unique_ptr<Breaker> build(const HystrixConfig& config) {
  if (!config.enabled) {
    return std::make_unique<HystrixFixed>(config, State::disabled, "circuitBreaker.enabled=false");
  }
  if (config.force_open) {
    return std::make_unique<HystrixFixed>(config, State::forced_open,
                                          "circuitBreaker.forceOpen=true");
  }
  if (config.force_closed) {
    return std::make_unique<HystrixFixed>(config, State::disabled,
                                          "circuitBreaker.forceClosed=true");
  }
  using NotExecuted = HystrixStatus::NotExecuted;
  switch (version) {
    case Version::v1_5_12:
      return std::make_unique<HystrixStatus>(config, NotExecuted::changes_nothing);
    case Version::v1_5_13:
      return std::make_unique<HystrixStatus>(config, NotExecuted::reopens);
    case Version::v1_5_18:
      return std::make_unique<HystrixFlag>(config);
  }
  return nullptr;
}

template <Version version>
Result<std::unique_ptr<Breaker>> make_hystrix(const Settings& settings, Random /*random*/) {
  const auto config = read_hystrix(settings);
  if (!config) {
    return config.error();
  }
  return build<version>(*config);
}

Facts hystrix_facts(const Settings& settings) {
  const auto config = *read_hystrix(settings);
  Facts facts{.open_for = config.sleep_window,
              .trials_admitted = 1,
              .minimum_calls_key = "circuitBreaker.requestVolumeThreshold"};
  if (config.enabled && !config.force_open && !config.force_closed) {
    facts.trips.push_back(
        {.kind = TripRule::Kind::share,
         .share = static_cast<double>(config.error_percentage) / 100,
         .minimum_calls = config.volume_threshold,
         .window = static_cast<Duration::rep>(config.health_buckets) * config.health_interval});
  }
  return facts;
}

// Keys that were given and that another key makes meaningless.
void warn_of_overruled(std::vector<Warning>& found, const HystrixConfig& config,
                       const SettingsReader& read) {
  struct Overruled {
    std::string_view key;
    bool is;
    std::string_view reason;
    std::string_view remedy;
  };
  const bool semaphore = config.isolation == HystrixConfig::Isolation::semaphore;
  constexpr std::string_view only_threads =
      "has no effect with execution.isolation.strategy=SEMAPHORE";
  constexpr std::string_view use_threads = "set execution.isolation.strategy=THREAD";
  const bool diverges = config.pool.most_threads != config.pool.threads;
  for (const auto& [key, is, reason, remedy] : {
           Overruled{semaphore_size, !semaphore,
                     "has no effect with execution.isolation.strategy=THREAD", "set coreSize"},
           Overruled{"coreSize", semaphore, only_threads, use_threads},
           Overruled{"maximumSize", semaphore, only_threads, use_threads},
           Overruled{"maxQueueSize", semaphore, only_threads, use_threads},
           Overruled{"queueSizeRejectionThreshold", semaphore, only_threads, use_threads},
           Overruled{"maximumSize", !semaphore && !diverges,
                     "has no effect unless it may differ from coreSize",
                     "set allowMaximumSizeToDivergeFromCoreSize=true and a value above coreSize"},
           Overruled{"queueSizeRejectionThreshold", !semaphore && config.pool.queue == 0,
                     "has no effect without a queue", "set maxQueueSize"},
           Overruled{"circuitBreaker.forceOpen", config.force_open && !config.enabled,
                     "has no effect with circuitBreaker.enabled=false", "leave out one of them"},
           Overruled{"circuitBreaker.forceClosed", config.force_closed && config.force_open,
                     "has no effect with circuitBreaker.forceOpen=true", "leave out one of them"},
       }) {
    if (is && read.is_given(key)) {
      found.push_back({std::string(key), std::string(reason), std::string(remedy)});
    }
  }
  for (const auto& key : keys_without_effect) {
    if (read.is_given(key.name)) {
      found.push_back({std::string(key.name), "has no effect on the breaker", "leave it out"});
    }
  }
}

template <Version version>
std::vector<Warning> hystrix_warnings(const Settings& settings, const Traffic& traffic) {
  const auto config = *read_hystrix(settings);
  SettingsReader read(all_keys, settings);
  std::vector<Warning> found;
  warn_of_overruled(found, config, read);
  const auto window = read.duration("metrics.rollingStats.timeInMilliseconds");
  if (const auto rest = window % config.health_interval; rest != Duration::zero()) {
    found.push_back(
        {"metrics.rollingStats.timeInMilliseconds",
         fmt::format("the window consists of {} buckets of {}, which makes {} and not {}",
                     config.health_buckets, format_duration(config.health_interval),
                     format_duration(window - rest), format_duration(window)),
         "make it a multiple of metrics.healthSnapshot.intervalInMilliseconds"});
  }
  if (read.flag("execution.timeout.enabled")) {
    warn_of_own_timeout(found, own_timeout, read.duration(own_timeout), read.is_given(own_timeout),
                        traffic);
  }
  warn_of_full_pool(
      found, config.isolation == HystrixConfig::Isolation::semaphore ? semaphore_size : "coreSize",
      std::max(config.pool.threads, config.pool.most_threads), traffic);
  const double during_trial = traffic.calls_per_second * to_seconds(traffic.normal_latency);
  if (version == Version::v1_5_13 && during_trial >= 1) {
    found.push_back(
        {"",
         fmt::format("a call that is rejected during a trial opens the breaker again, and {:.3g} "
                     "arrive in the {} that a trial takes, so it can hardly ever close",
                     during_trial, format_duration(traffic.normal_latency)),
         "use Hystrix 1.5.18, or 1.5.12"});
  }
  return found;
}

constexpr std::string_view threshold_answer =
    ">=, the percentage truncated to a whole number after double arithmetic";
constexpr std::string_view counted_answer =
    "completed calls, and calls that the pool refused, as errors";
constexpr std::string_view full_pool_surprise =
    "Calls that the semaphore or the thread pool refuses count as errors, so a slow upstream opens "
    "the breaker even if no call failed.";
constexpr std::string_view snapshot_surprise =
    "Results become visible only at the end of their health snapshot interval, so a fast test "
    "never sees the breaker open.";
constexpr std::string_view truncation_surprise =
    "29 errors out of 100 do not reach errorThresholdPercentage=29, because 29 / 100.0 * 100 is "
    "28.999999999999996 and is truncated.";

constexpr std::array<std::string_view, 6> flag_surprises{
    snapshot_surprise,
    full_pool_surprise,
    truncation_surprise,
    "A trial that hangs does not prevent the next one, which starts a sleep window after the first "
    "one started.",
    "The late success of a call from before the outage closes the breaker and clears the "
    "statistics.",
    "This is the same breaker as in 1.5.11: the half-open state exists only in 1.5.12 and 1.5.13.",
};

constexpr std::array<std::string_view, 6> status_12_surprises{
    snapshot_surprise,
    full_pool_surprise,
    truncation_surprise,
    "While half-open, the late result of any call decides, not only that of the trial.",
    "A HystrixBadRequestException is not counted, but while half-open it opens the breaker.",
    "A trial that the semaphore refuses, or that its caller cancels, leaves the breaker half-open "
    "until an older call happens to end.",
};

constexpr std::array<std::string_view, 6> status_13_surprises{
    snapshot_surprise,
    full_pool_surprise,
    truncation_surprise,
    "While half-open, a call that is merely rejected opens the breaker again, so under load a "
    "trial can hardly ever close it (Netflix/Hystrix#1853).",
    "While half-open, the late result of any call decides, not only that of the trial.",
    "A HystrixBadRequestException and a cancelled command are not counted, but while half-open "
    "they open the breaker.",
};

constexpr std::string_view counting =
    "Your code decides: an exception that run() throws is a failure, and "
    "HystrixBadRequestException is not counted (AbstractCommand.java, 1.5.18), except that while "
    "half-open it opens 1.5.12 and 1.5.13 again. With a client that does not throw for a status, "
    "no status is a failure. tripcurve counts 5xx and every call without an answer.";

constexpr std::string_view cancelling_18 =
    "A command that is unsubscribed, or whose Future is cancelled, is CANCELLED and in no health "
    "count (executed; AbstractCommand.java, HystrixCommand.java, 1.5.18). The breaker does not "
    "hear of it. If it was the trial, the next one goes out a sleep window after its start. A "
    "caller of execute() that is interrupted gives nothing up if run() has a thread of its own: "
    "the command continues, and its result counts.";

constexpr std::string_view cancelling_13 =
    "A command that is unsubscribed, or whose Future is cancelled, is CANCELLED and in no health "
    "count (AbstractCommand.java, 1.5.13; not run). While half-open it opens the breaker again, "
    "even if it is not the trial. A caller of execute() that is interrupted gives nothing up if "
    "run() has a thread of its own: the command continues, and its result counts.";

constexpr std::string_view cancelling_12 =
    "A command that is unsubscribed, or whose Future is cancelled, is CANCELLED and in no health "
    "count (executed; AbstractCommand.java, 1.5.12). The breaker does not hear of it. If it was "
    "the trial, the breaker stays half-open and rejects every call, until an older call happens "
    "to end. A caller of execute() that is interrupted gives nothing up if run() has a thread of "
    "its own: the command continues, and its result counts.";

constexpr Portrait status_portrait(std::string_view library, std::string_view trial,
                                   std::span<const std::string_view> surprises,
                                   std::string_view cancelling) {
  return {.library = library,
          .evidence = Evidence::executed,
          .answers = {"> : still open at opened + sleepWindow, in milliseconds", threshold_answer,
                      "on a timer: at each health snapshot", counted_answer, trial,
                      "it counts in the state in which it arrives: while half-open a success "
                      "closes and any other end opens",
                      "on close"},
          .surprises = surprises,
          .counting = counting,
          .cancelling = cancelling};
}

constexpr Portrait portrait_12 = status_portrait("Netflix Hystrix 1.5.12 (Java)", "one probe",
                                                 status_12_surprises, cancelling_12);
constexpr Portrait portrait_13 = status_portrait(
    "Netflix Hystrix 1.5.13 (Java)", "one probe; rejecting another call during it ends half-open",
    status_13_surprises, cancelling_13);
constexpr Portrait portrait_18{
    .library = "Netflix Hystrix 1.5.18 (Java), the same as 1.5.11",
    .evidence = Evidence::executed,
    .answers = {"> : still open at opened + sleepWindow, and so after each trial's start, in "
                "milliseconds",
                threshold_answer,
                "at admission, and at each read of isOpen(), on the last health snapshot",
                counted_answer, "there is no half-open state: one trial in each sleep window",
                "a success closes; a failure changes nothing", "on close"},
    .surprises = flag_surprises,
    .counting = counting,
    .cancelling = cancelling_18,
};

template <Version version>
constexpr Dialect dialect(std::string_view name, std::string_view alias, std::string_view summary,
                          const Portrait& portrait) {
  return {.name = name,
          .alias = alias,
          .summary = summary,
          .keys = all_keys,
          .portrait = &portrait,
          .make = make_hystrix<version>,
          .facts = hystrix_facts,
          .warnings = hystrix_warnings<version>,
          .holds_callers = true,
          .on_cancel = version == Version::v1_5_12 ? OnCancel::nothing : OnCancel::ignored};
}

}  // namespace

const Dialect& hystrix_1_5_18_dialect() {
  static constexpr Dialect the = dialect<Version::v1_5_18>(
      "hystrix-1.5.18", "hystrix",
      "share of errors in health snapshots, tested at admission; one trial per sleep window",
      portrait_18);
  return the;
}

const Dialect& hystrix_1_5_13_dialect() {
  static constexpr Dialect the = dialect<Version::v1_5_13>(
      "hystrix-1.5.13", "",
      "share of errors at each health snapshot; a rejected call ends half-open", portrait_13);
  return the;
}

const Dialect& hystrix_1_5_12_dialect() {
  static constexpr Dialect the = dialect<Version::v1_5_12>(
      "hystrix-1.5.12", "", "share of errors at each health snapshot; one trial half-open",
      portrait_12);
  return the;
}

}  // namespace tripcurve::breaker
