#include "probe/space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/ensure.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::probe {
namespace {

struct Usual {
  std::string_view text;
  double prior = 1;
  Luck luck = Luck::none;
};

// What people set. Settings that are not named here are at their library's default.
constexpr std::array usual_forms{
    Usual{"classic,FailureThreshold={n},Timeout={T},SuccessThreshold={h}"},
    Usual{"resilience4j,slidingWindowSize={N},minimumNumberOfCalls={m},failureRateThreshold={p},"
          "waitDurationInOpenState={T},permittedNumberOfCallsInHalfOpenState={h}"},
    Usual{"resilience4j,slidingWindowType=TIME_BASED,slidingWindowSize={S},"
          "minimumNumberOfCalls={m},failureRateThreshold={p},waitDurationInOpenState={T},"
          "permittedNumberOfCallsInHalfOpenState={h}",
          0.7, Luck::timing},
    Usual{"resilience4j,slidingWindowSize={N},minimumNumberOfCalls={m},failureRateThreshold={p},"
          "waitDurationInOpenState={T},permittedNumberOfCallsInHalfOpenState={h},"
          "enableExponentialBackoff=true",
          0.2},
    Usual{"resilience4j-lockfree,slidingWindowSize={N},minimumNumberOfCalls={m},"
          "failureRateThreshold={p},waitDurationInOpenState={T},"
          "permittedNumberOfCallsInHalfOpenState={h}",
          0.7},
    Usual{"resilience4j-lockfree,slidingWindowType=TIME_BASED,slidingWindowSize={S},"
          "minimumNumberOfCalls={m},failureRateThreshold={p},waitDurationInOpenState={T},"
          "permittedNumberOfCallsInHalfOpenState={h}",
          0.5, Luck::timing},
    Usual{"gobreaker,ReadyToTrip=ConsecutiveFailures >= {n},Timeout={T},MaxRequests={h}"},
    Usual{"gobreaker,ReadyToTrip=ConsecutiveFailures >= {n},Timeout={T},MaxRequests={h},"
          "Interval={W}",
          0.5, Luck::timing},
    Usual{"gobreaker,ReadyToTrip=TotalFailures >= {n},Timeout={T},MaxRequests={h},Interval={W}",
          0.5, Luck::timing},
    Usual{"gobreaker,ReadyToTrip=Requests >= {m} && TotalFailures/Requests >= {r},Timeout={T},"
          "MaxRequests={h}",
          0.7},
    Usual{"gobreaker,ReadyToTrip=Requests >= {m} && TotalFailures/Requests >= {r},Timeout={T},"
          "MaxRequests={h},Interval={W}",
          0.7, Luck::timing},
    Usual{"polly,FailureRatio={r},MinimumThroughput={m},SamplingDuration={W},BreakDuration={T}"},
    Usual{"polly7,exceptionsAllowedBeforeBreaking={n},durationOfBreak={T}"},
    Usual{"polly7,policy=AdvancedCircuitBreaker,failureThreshold={r},samplingDuration={W},"
          "minimumThroughput={m},durationOfBreak={T}"},
    Usual{"hystrix,requestVolumeThreshold={m},errorThresholdPercentage={p},"
          "sleepWindowInMilliseconds={T},metrics.rollingStats.timeInMilliseconds={W}",
          1, Luck::timing},
    Usual{"hystrix-1.5.13,requestVolumeThreshold={m},errorThresholdPercentage={p},"
          "sleepWindowInMilliseconds={T},metrics.rollingStats.timeInMilliseconds={W}",
          0.5, Luck::timing},
    Usual{"hystrix-1.5.12,requestVolumeThreshold={m},errorThresholdPercentage={p},"
          "sleepWindowInMilliseconds={T},metrics.rollingStats.timeInMilliseconds={W}",
          0.5, Luck::timing},
    Usual{"envoy,consecutive_5xx={n},interval={I},base_ejection_time={T},"
          "max_ejection_percent=100,healthy_panic_threshold=0",
          1, Luck::timing},
    Usual{"yarp,AvailableDestinationsPolicy=HealthyAndUnknown,MinimalTotalCountThreshold={m},"
          "DefaultFailureRateLimit={r},DetectionWindowSize={W},ReactivationPeriod={T}",
          1, Luck::timing},
    Usual{"linkerd,max-failures={n},min-penalty={T}", 1, Luck::jitter},
    Usual{"oxy,expression=NetworkErrorRatio() > {r},fallbackDuration={T},recoveryDuration={I}", 1,
          Luck::timing},
    Usual{"oxy,expression=ResponseCodeRatio(500, 600, 0, 600) > {r},fallbackDuration={T},"
          "recoveryDuration={I}",
          1, Luck::timing},
    Usual{"apisix,unhealthy.failures={n},healthy.successes={h},max_breaker_sec={s}", 1,
          Luck::timing},
    Usual{"nginx,max_fails={n},fail_timeout={s}", 1, Luck::timing},
    Usual{"haproxy,error-limit={n},on-error=mark-down,inter={I},rise={h}", 1, Luck::timing},
    Usual{"haproxy,error-limit={n},on-error=fail-check,inter={I},rise={h},fall=1", 0.5,
          Luck::timing},
    Usual{"haproxy-2.6,error-limit={n},on-error=mark-down,inter={I},rise={h}", 0.5, Luck::timing},
    Usual{"sentinel,grade=1,count={r},minRequestAmount={m},statIntervalMs={W},timeWindow={s}", 1,
          Luck::timing},
    Usual{"sentinel,grade=2,count={n},minRequestAmount={m},statIntervalMs={W},timeWindow={s}", 1,
          Luck::timing},
    Usual{"sentinel-golang,strategy=1,threshold={r},minRequestAmount={m},statIntervalMs={W},"
          "retryTimeoutMs={T}",
          1, Luck::timing},
    Usual{"sentinel-golang,strategy=2,threshold={n},minRequestAmount={m},statIntervalMs={W},"
          "retryTimeoutMs={T}",
          1, Luck::timing},
    Usual{"smallrye,requestVolumeThreshold={N},failureRatio={r},delay={T},successThreshold={h}"},
    Usual{"vertx,maxFailures={n},failuresRollingWindow={W},resetTimeout={T}", 1, Luck::timing},
    Usual{"opossum,errorThresholdPercentage={p},volumeThreshold={m},rollingCountTimeout={W},"
          "resetTimeout={T}",
          1, Luck::timing},
    Usual{"opossum,timeout=false,errorThresholdPercentage={p},volumeThreshold={m},"
          "rollingCountTimeout={W},resetTimeout={T}",
          0.5, Luck::timing},
    Usual{"cockatiel,breaker.threshold={n},halfOpenAfter={T}"},
    Usual{"cockatiel,breaker.type=CountBreaker,breaker.threshold={r},breaker.size={N},"
          "breaker.minimumNumberOfCalls={m},halfOpenAfter={T}"},
    Usual{"cockatiel,breaker.type=SamplingBreaker,breaker.threshold={r},breaker.duration={W},"
          "halfOpenAfter={T}",
          0.7, Luck::timing},
    Usual{"cockatiel,breaker.type=SamplingBreaker,breaker.threshold={r},breaker.duration={W},"
          "breaker.minimumRps={m},halfOpenAfter={T}",
          1, Luck::timing},
    Usual{"cockatiel3,breaker.threshold={n},halfOpenAfter={T}", 0.5},
    Usual{"cockatiel3,breaker.type=SamplingBreaker,breaker.threshold={r},breaker.duration={W},"
          "halfOpenAfter={T}",
          0.7, Luck::timing},
    Usual{"cockatiel3,breaker.type=SamplingBreaker,breaker.threshold={r},breaker.duration={W},"
          "breaker.minimumRps={m},halfOpenAfter={T}",
          0.5, Luck::timing},
    Usual{"failsafe,withFailureThreshold={n},withDelay={T},withSuccessThreshold={h}"},
    Usual{"failsafe,withFailureThreshold={n},withDelay={T}"},
    Usual{"failsafe,withFailureThreshold={n}/{N},withDelay={T}", 0.7},
    Usual{"failsafe,withFailureThreshold={n}/{W},withDelay={T}", 0.7, Luck::timing},
    Usual{"failsafe,withFailureRateThreshold={p}/{m}/{W},withDelay={T}", 0.7, Luck::timing},
    Usual{"failsafe,withFailureThreshold={n}/{N},withDelay={T},withSuccessThreshold={h}", 0.7},
    Usual{"failsafe,withFailureThreshold={n}/{W},withDelay={T},withSuccessThreshold={h}", 0.5,
          Luck::timing},
    Usual{"failsafe,withFailureRateThreshold={p}/{m}/{W},withDelay={T},withSuccessThreshold={h}",
          0.5, Luck::timing},
    Usual{"failsafe-go,WithFailureThreshold={n},WithDelay={T},WithSuccessThreshold={h}"},
    Usual{"failsafe-go,WithFailureThreshold={n},WithDelay={T}"},
    Usual{"failsafe-go,WithFailureThresholdRatio={n}/{N},WithDelay={T}", 0.7},
    Usual{"failsafe-go,WithFailureThresholdPeriod={n}/{W},WithDelay={T}", 0.7, Luck::timing},
    Usual{"failsafe-go,WithFailureRateThreshold={r}/{m}/{W},WithDelay={T}", 0.7, Luck::timing},
    Usual{"failsafe-go,WithFailureThresholdRatio={n}/{N},WithDelay={T},WithSuccessThreshold={h}",
          0.7},
    Usual{"failsafe-go,WithFailureThresholdPeriod={n}/{W},WithDelay={T},WithSuccessThreshold={h}",
          0.5, Luck::timing},
    Usual{"failsafe-go,WithFailureRateThreshold={r}/{m}/{W},WithDelay={T},"
          "WithSuccessThreshold={h}",
          0.5, Luck::timing},
    Usual{"hystrix-go,request_volume_threshold={m},error_percent_threshold={p},sleep_window={T}", 1,
          Luck::timing},
    Usual{"go-resiliency,errorThreshold={n},successThreshold={h},timeout={T}"},
    Usual{"pybreaker,fail_max={n},reset_timeout={T},success_threshold={h}"},
    Usual{"pybreaker,fail_max={n},reset_timeout={T},success_threshold={h},"
          "throw_new_error_on_trip=false",
          0.3},
    Usual{"pybreaker_calling,fail_max={n},reset_timeout={T},success_threshold={h}", 0.5},
    Usual{"go-zero", 1, Luck::chance},
    Usual{"kratos,success={k},request={m},window={W}", 1, Luck::chance},
    Usual{"sre-throttle,K={h},window={W}", 1, Luck::chance},
    Usual{"none"},
};

std::vector<Axis> axes_of(std::string_view text) {
  std::vector<Axis> axes;
  for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    axes.push_back(static_cast<Axis>(text[at + 1]));
  }
  return axes;
}

std::string filled(const Form& form, const Point& point) {
  std::string text;
  std::size_t axis = 0;
  for (std::size_t i = 0; i < form.text.size(); ++i) {
    if (form.text[i] != '{') {
      text += form.text[i];
      continue;
    }
    text += value_text(form.axes[axis], point[axis]);
    ++axis;
    i += 2;
  }
  return text;
}

// "Timeout={T}", each.
std::vector<std::string_view> words_of(const Form& form) {
  std::vector<std::string_view> words;
  std::string_view rest = form.text;
  (void)take_until(rest, ",");  // the dialect
  while (!rest.empty()) {
    words.push_back(take_until(rest, ","));
  }
  return words;
}

// Those that a person gave, at any value where it has an axis for it.
bool has_settings_of(const Form& form, const breaker::Choice& choice) {
  std::set<std::string_view> keys;
  for (auto word : words_of(form)) {
    const auto* key = breaker::find_key(choice.dialect(), take_until(word, "="));
    if (key == nullptr) {  // the rest of an expression that has a comma
      continue;
    }
    const auto setting = std::ranges::find(choice.settings(), key->name, &breaker::Setting::key);
    if (word.find('{') == std::string_view::npos && setting->value != word) {
      return false;
    }
    keys.insert(key->name);
  }
  return std::ranges::all_of(choice.settings(), [&](const breaker::Setting& setting) {
    return !setting.given || keys.contains(setting.key);
  });
}

Duration of_seconds(double seconds) { return Duration(std::llround(seconds * 1e6) * 1000); }

// A value that says what the default says needs not be said.
bool says_default(const breaker::Setting& setting, const breaker::Key& key) {
  if (setting.value == key.fallback) {
    return true;
  }
  switch (key.values.type) {
    case breaker::ValueType::duration:
    case breaker::ValueType::milliseconds:
    case breaker::ValueType::seconds: {
      const auto unit = [&](std::string_view text) {
        return text.find_first_not_of("0123456789") != std::string_view::npos ? std::string(text)
               : key.values.type == breaker::ValueType::seconds ? std::string(text) + "s"
                                                                : std::string(text) + "ms";
      };
      const auto value = parse_duration(unit(setting.value));
      const auto fallback = parse_duration(unit(key.fallback));
      return value.ok() && fallback.ok() && *value == *fallback;
    }
    default:
      return false;
  }
}

constexpr std::array steps_of_seconds{3600.0, 600.0, 300.0, 60.0, 30.0, 10.0,  5.0,   1.0,  0.5,
                                      0.25,   0.1,   0.05,  0.02, 0.01, 0.005, 0.002, 0.001};
constexpr std::array steps_of_percent{50.0, 25.0, 10.0, 5.0, 1.0};

void add_multiples(std::vector<double>& values, double step, double least, double most) {
  for (double value = std::ceil(least / step - 1e-9) * step; value <= most + 1e-9; value += step) {
    if (std::ranges::none_of(values, [&](double v) { return std::abs(v - value) < 1e-9; })) {
      values.push_back(value);
    }
  }
}

// The roundest of the values in between, and some that are less round.
std::vector<double> round_seconds(double least, double most) {
  std::vector<double> values;
  for (const double step : steps_of_seconds) {
    if ((most - least) / step > 8) {
      break;
    }
    add_multiples(values, step, least, most);
    if (values.size() >= 3) {
      break;
    }
  }
  return values;
}

std::vector<double> within(std::initializer_list<double> values, double least, double most) {
  std::vector<double> some;
  std::ranges::copy_if(values, std::back_inserter(some),
                       [&](double v) { return v >= least && v <= most; });
  return some;
}

void add(std::vector<double>& values, double value) {
  if (std::ranges::find(values, value) == values.end()) {
    values.push_back(value);
  }
}

}  // namespace

bool is_duration(Axis axis) {
  return axis == Axis::window || axis == Axis::whole_window || axis == Axis::open ||
         axis == Axis::whole_open || axis == Axis::interval;
}

bool is_whole(Axis axis) {
  return axis == Axis::threshold || axis == Axis::minimum || axis == Axis::calls ||
         axis == Axis::trials || axis == Axis::whole_window || axis == Axis::whole_open;
}

std::vector<Form> forms_of(std::span<const std::string> dialects) {
  std::vector<Form> forms;
  for (const auto& [text, prior, luck] : usual_forms) {
    Form form{.text = std::string(text), .prior = prior, .axes = axes_of(text), .luck = luck};
    const bool is_wanted =
        dialects.empty() || std::ranges::any_of(dialects, [&](const std::string& name) {
          return breaker::find_dialect(name).value() ==
                 breaker::find_dialect(form.dialect()).value();
        });
    if (is_wanted) {
      forms.push_back(std::move(form));
    }
  }
  return forms;
}

Luck luck_of(const breaker::Choice& choice) {
  const auto forms = forms_of(std::vector{std::string(choice.dialect().name)});
  auto least_certain = Luck::none;
  const Form* nearest = nullptr;
  for (const auto& form : forms) {
    least_certain = std::max(least_certain, form.luck);
    if (has_settings_of(form, choice) &&
        (nearest == nullptr || words_of(form).size() < words_of(*nearest).size())) {
      nearest = &form;
    }
  }
  return nearest == nullptr ? least_certain : nearest->luck;
}

std::optional<breaker::Choice> choice_at(const Form& form, const Point& point) {
  const auto full = breaker::parse_choice(filled(form, point));
  if (!full) {
    return std::nullopt;
  }
  breaker::Given given;
  for (const auto& setting : full->settings()) {
    const auto* key = breaker::find_key(full->dialect(), setting.key);
    ENSURE(key != nullptr);
    if (setting.given && !says_default(setting, *key)) {
      given.emplace_back(setting.key, setting.value);
    }
  }
  auto shorter = breaker::make_choice(full->dialect().name, given);
  return shorter ? std::optional(*std::move(shorter)) : std::nullopt;
}

Duration longest_phase(const Form& form, const Point& point, const breaker::Choice& choice) {
  constexpr Duration least = std::chrono::seconds(1);
  constexpr Duration most = std::chrono::minutes(2);
  const auto facts = choice.facts();
  auto longest = form.axes.empty() ? std::max(least, facts.open_for) : least;
  for (const auto& rule : facts.trips) {
    longest = std::max(longest, rule.window);
  }
  for (std::size_t i = 0; i < form.axes.size(); ++i) {
    const auto axis = form.axes[i];
    if (axis == Axis::window || axis == Axis::whole_window || axis == Axis::interval) {
      longest = std::max(longest, of_seconds(point[i]));
    }
  }
  return std::min(longest, most);
}

std::vector<double> first_values(Axis axis, const Hint& hint) {
  const double fails = hint.fails;
  switch (axis) {
    case Axis::threshold: {
      std::vector<double> values{fails};
      for (const double value : {fails - 1, fails + 1}) {
        if (value >= 1) {
          values.push_back(value);
        }
      }
      for (const double value : within({1, 2, 3, 5, 10, 20, 50}, 1, fails)) {
        add(values, value);
      }
      return values;
    }
    case Axis::minimum: {
      std::vector<double> values{fails};
      for (const double value : within({fails - 1, fails + 1}, 1, fails + 1)) {
        add(values, value);
      }
      for (const double value : within({1, 2, 3, 5, 10, 20, 50, 100}, 1, fails)) {
        add(values, value);
      }
      return values;
    }
    case Axis::calls: {
      std::vector<double> values{fails, 2 * fails};
      for (const double value : within({5, 10, 20, 50, 100, 200}, fails, 1000)) {
        add(values, value);
      }
      return values;
    }
    case Axis::percent:
    case Axis::ratio:
    case Axis::good_ratio:
      return {50, 10, 25, 75, 90};
    case Axis::window:
    case Axis::whole_window:
      return {10, 1, 3, 30, 60};
    case Axis::open:
    case Axis::whole_open: {
      auto values = round_seconds(hint.open_least, hint.open_most);
      if (axis == Axis::whole_open) {
        values = {std::max(1.0, std::floor(hint.open_least)), std::ceil(hint.open_most)};
      }
      for (const double value : within({1, 2, 5, 10, 20, 30, 60, 300}, 0, hint.open_most)) {
        add(values, value);
      }
      return values;
    }
    case Axis::trials:
      return {1, 2, 3, 5, 10};
    case Axis::interval: {
      auto values = within({0.5, 1, 2, 3, 5, 10, 20, 30}, 0, std::max(1.0, hint.open_most));
      for (const double value : round_seconds(hint.open_least, hint.open_most)) {
        add(values, value);
      }
      return values;
    }
  }
  return {};
}

double usual_value(Axis axis, const Hint& hint) { return first_values(axis, hint).front(); }

std::optional<double> between(Axis axis, double a, double b) {
  const auto [least, most] = std::minmax(a, b);
  if (is_whole(axis)) {
    const double middle = std::floor((least + most) / 2);
    return middle > least && middle < most ? std::optional(middle) : std::nullopt;
  }
  const auto first = [&](const auto& steps, double finest) -> std::optional<double> {
    const double middle = (least + most) / 2;
    for (const double step : steps) {
      const double value = std::round(middle / step) * step;
      const double margin = (most - least) / 4;
      if (step >= finest && value > least + margin - 1e-12 && value < most - margin + 1e-12) {
        return value;
      }
    }
    return std::nullopt;
  };
  return is_duration(axis) ? first(steps_of_seconds, least / 50) : first(steps_of_percent, 1.0);
}

double digits_of(double value) {
  const auto text = fmt::format("{:.6e}", value);
  const auto digits = text.substr(0, text.find('e'));
  const auto last = digits.find_last_not_of("0.");
  const double count = last == 0 ? 1 : static_cast<double>(last);
  return digits[last] == '5' ? count - 0.5 : count;
}

std::string value_text(Axis axis, double value) {
  if (axis == Axis::ratio || axis == Axis::good_ratio) {
    return fmt::format("{:.6g}", value / 100);
  }
  if (axis == Axis::whole_window || axis == Axis::whole_open || !is_duration(axis)) {
    return fmt::format("{:.6g}", value);
  }
  return format_duration(of_seconds(value));
}

}  // namespace tripcurve::probe
