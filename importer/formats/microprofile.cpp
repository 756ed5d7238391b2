// MicroProfile Fault Tolerance, as SmallRye reads it: what configuration says in the place of the
// parameters of @CircuitBreaker, in microprofile-config.properties or application.properties.
//
//   com.acme.Stock/find/CircuitBreaker/delay       of a method,
//   com.acme.Stock/CircuitBreaker/delay            of a class,
//   CircuitBreaker/delay                           of all
//   quarkus.fault-tolerance."com.acme.Stock/find".circuit-breaker.delay
//   smallrye.faulttolerance.global.circuit-breaker.delay
//
// Read in SmallRye Fault Tolerance 6.11.2, doc reference/config.adoc and apiimpl's ConfigUtil.java:
// a method's name reaches the annotation on that method alone, a class's that on the class, and the
// global one is weaker than both; only `enabled` goes from the class to its methods. Names with
// dots are stronger than those with slashes. What no name gives is said by the annotation in code.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <memory>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats.hpp"
#include "importer/formats/microprofile_call.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view in_a_profile =
    "applies only in a Quarkus profile; use it with --profile NAME";
constexpr std::string_view of_all = "CircuitBreaker";  // how the breaker of all is called

// The parameters that a file gives, as maps: by target and annotation, "Stock/find" and
// "CircuitBreaker".
using Blocks = std::map<std::pair<std::string, std::string>, Node>;

struct Name {
  std::string target;  // "" for all
  std::string annotation;
  std::string parameter;
};

// A name that ends in a parameter of an annotation, and whose annotation is nearly that one.
struct Misspelt {
  Name read;  // as it was meant
  Place at;
  std::string name;
};

struct Config {
  Blocks blocks{};
  std::vector<Misspelt> misspelt{};
  const Node* switched_off = nullptr;  // MP_Fault_Tolerance_NonFallback_Enabled
  std::vector<Note> of_profiles{};
  bool has_breaker_of_profile = false;
  std::map<std::string, std::string> values{};  // of all names, for ${...}
  std::vector<Note> defaults_taken{};           // where a ${NAME:...} has no value here
};

constexpr std::array<std::string_view, 4> annotations_read{"CircuitBreaker", "Timeout", "Retry",
                                                           "Bulkhead"};
constexpr std::array<std::string_view, 8> annotations{
    "CircuitBreaker", "Timeout",  "Retry",        "Bulkhead",
    "RateLimit",      "Fallback", "Asynchronous", "ExponentialBackoff"};

bool is_same(std::string_view a, std::string_view b) {
  return document::folded(a, Spelling::relaxed) == document::folded(b, Spelling::relaxed);
}

std::optional<std::string> annotation_of(std::string_view word, bool exactly) {
  const auto found = std::ranges::find_if(annotations, [&](std::string_view annotation) {
    return exactly ? annotation == word : is_same(annotation, word);
  });
  return found == annotations.end() ? std::nullopt : std::optional(std::string(*found));
}

// com.acme.Stock/find/CircuitBreaker/delay
std::optional<Name> split_at_slashes(std::string_view name) {
  const auto last = name.rfind('/');
  if (last == std::string_view::npos || last == 0) {
    return std::nullopt;
  }
  const auto before = name.rfind('/', last - 1);
  const auto begin = before == std::string_view::npos ? 0 : before + 1;
  return Name{std::string(name.substr(0, begin == 0 ? 0 : before)),
              std::string(name.substr(begin, last - begin)), std::string(name.substr(last + 1))};
}

constexpr std::array<std::string_view, 2> dotted_prefixes{"quarkus.fault-tolerance",
                                                          "smallrye.faulttolerance"};

// quarkus.fault-tolerance."com.acme.Stock/find".circuit-breaker.delay
std::optional<Name> split_at_dots(std::string_view name) {
  const auto prefix = std::ranges::find_if(dotted_prefixes, [&](std::string_view begin) {
    return name.starts_with(begin) && name.substr(begin.size()).starts_with('.');
  });
  if (prefix == dotted_prefixes.end()) {
    return std::nullopt;
  }
  name.remove_prefix(prefix->size() + 1);
  const bool quoted_target = name.starts_with('"');
  name.remove_prefix(quoted_target ? 1 : 0);
  auto target = std::string(take_until(name, quoted_target ? "\"" : "."));
  name.remove_prefix(quoted_target && name.starts_with('.') ? 1 : 0);
  const std::string annotation(take_until(name, "."));
  if (name.empty()) {
    return std::nullopt;
  }
  return Name{target == "global" ? std::string() : std::move(target), annotation,
              std::string(name)};
}

// One of the two ways in which names are written; with slashes an annotation is spelt exactly.
struct Writing {
  std::optional<Name> (*split)(std::string_view);
  bool exactly;
};
constexpr std::array writings{Writing{split_at_slashes, true}, Writing{split_at_dots, false}};

std::optional<Name> read_name(const Writing& writing, std::string_view text) {
  auto name = writing.split(text);
  const auto annotation = name ? annotation_of(name->annotation, writing.exactly) : std::nullopt;
  if (!annotation) {
    return std::nullopt;
  }
  name->annotation = *annotation;
  return name;
}

constexpr std::array<std::string_view, 8> breaker_parameters{"requestVolumeThreshold",
                                                             "failureRatio",
                                                             "successThreshold",
                                                             "delay",
                                                             "delayUnit",
                                                             "failOn",
                                                             "skipOn",
                                                             "enabled"};
constexpr std::array<std::string_view, 3> timeout_parameters{"value", "unit", "enabled"};
constexpr std::array<std::string_view, 12> retry_parameters{
    "maxRetries", "delay",           "delayUnit",  "maxDuration", "durationUnit", "maxDurationUnit",
    "jitter",     "jitterDelayUnit", "jitterUnit", "retryOn",     "abortOn",      "enabled"};
constexpr std::array<std::string_view, 3> bulkhead_parameters{"value", "waitingTaskQueue",
                                                              "enabled"};

std::span<const std::string_view> parameters_of(std::string_view annotation) {
  if (annotation == of_all) {
    return breaker_parameters;
  }
  return annotation == "Timeout" ? std::span<const std::string_view>(timeout_parameters)
         : annotation == "Retry" ? std::span<const std::string_view>(retry_parameters)
                                 : std::span<const std::string_view>(bulkhead_parameters);
}

// What a name means whose annotation is nearly one: .../CircuitBraker/delay.
std::optional<Name> nearly_a_name(const Writing& writing, std::string_view text) {
  auto name = writing.split(text);
  if (!name || annotation_of(name->annotation, writing.exactly)) {
    return std::nullopt;
  }
  const auto meant = nearest(name->annotation, annotations_read);
  const bool has_it = std::ranges::any_of(parameters_of(meant), [&](std::string_view parameter) {
    return is_same(parameter, name->parameter);
  });
  if (meant.empty() || !has_it) {
    return std::nullopt;
  }
  name->annotation = meant;
  return name;
}

constexpr std::array<std::string_view, 3> main_switches{"MP_Fault_Tolerance_NonFallback_Enabled",
                                                        "smallrye.faulttolerance.enabled",
                                                        "quarkus.fault-tolerance.enabled"};

// What SmallRye Config takes for true; all else is false.
bool is_false(const Node& node) {
  constexpr std::array<std::string_view, 5> words{"true", "1", "yes", "y", "on"};
  return std::ranges::none_of(words, [&](auto word) { return same_word(word, trim(node.text)); });
}

// A value that is ${NAME} or ${NAME:10} is that of the name in this file, or the default.
void microprofile_resolve(Config& config, Node& value) {
  const auto text = trim(value.text);
  if (!text.starts_with("${") || !text.ends_with('}') ||
      text.find("${", 2) != std::string_view::npos) {
    return;
  }
  auto fallback = text.substr(2, text.size() - 3);
  const bool has_fallback = fallback.find(':') != std::string_view::npos;
  const std::string name(take_until(fallback, ":"));
  if (const auto known = config.values.find(name); known != config.values.end()) {
    value.text = known->second;
  } else if (has_fallback) {
    config.defaults_taken.push_back(
        {value.at, value.key, fmt::format("{} is not in this file, so its default is used", name)});
    value.text = fallback;
  }
}

void microprofile_add(Config& config, const std::string& name, const Node& value,
                      const Writing& writing) {
  if (std::ranges::find(main_switches, name) != main_switches.end()) {
    config.switched_off = is_false(value) ? &value : config.switched_off;
    return;
  }
  if (name.starts_with('%')) {
    const auto rest = name.substr(std::min(name.find('.'), name.size() - 1) + 1);
    if (const auto read = read_name(writing, rest)) {
      config.of_profiles.push_back({value.key_at, name, std::string(in_a_profile)});
      config.has_breaker_of_profile |= read->annotation == of_all;
    }
    return;
  }
  const auto read = read_name(writing, name);
  if (!read) {
    if (auto meant = nearly_a_name(writing, name)) {
      config.misspelt.push_back({*std::move(meant), value.key_at, name});
    }
    return;
  }
  auto& block = config.blocks[{read->target, read->annotation}];
  if (block.kind != Node::Kind::map) {
    block = Node{.kind = Node::Kind::map, .at = value.key_at, .key_at = value.key_at};
  }
  // The last value of a name counts, as in Java.
  std::erase_if(block.children,
                [&](const Node& known) { return is_same(known.key, read->parameter); });
  block.children.push_back(value);
  block.children.back().key = read->parameter;
  block.children.back().again = false;
  microprofile_resolve(config, block.children.back());
}

struct Way {
  std::string name{};
  std::size_t depth = 0;
};

// A key below a way, which in YAML has lost the quotes around a target with dots.
std::string microprofile_below(const std::string& way, const std::string& key) {
  const bool is_target =
      std::ranges::any_of(dotted_prefixes, [&](auto prefix) { return way.ends_with(prefix); });
  const bool has_dot = key.find('.') != std::string::npos && !key.starts_with('"');
  return way.empty()            ? key
         : is_target && has_dot ? fmt::format("{}.\"{}\"", way, key)
                                : way + "." + key;
}

using Visitor = std::function<void(const std::string& name, const Node& value)>;

void microprofile_each(const Node& map, const Way& way, const Visitor& visit) {
  constexpr std::size_t deepest = 16;
  constexpr std::size_t longest = 1000;
  for (const auto& child : map.children) {
    auto name = microprofile_below(way.name, child.key);
    if (child.is_map() && way.depth < deepest && name.size() < longest) {
      microprofile_each(child, {std::move(name), way.depth + 1}, visit);
    } else if (child.is_scalar()) {
      visit(name, child);
    }
  }
}

std::string class_of(const std::string& target) {
  return target.substr(0, std::min(target.find('/'), target.size()));
}

// The blocks of an annotation that hold for a target, the strongest first.
class Parameters {
 public:
  Parameters(const Config& config, const std::vector<std::string>& targets,
             std::string_view annotation) {
    for (const auto& holder : targets) {
      const auto found = config.blocks.find({holder, std::string(annotation)});
      if (found != config.blocks.end()) {
        blocks_.push_back(&found->second);
      }
    }
  }

  [[nodiscard]] const Node* find(std::string_view parameter) const {
    for (const auto* block : blocks_) {
      for (const auto& child : block->children) {
        if (is_same(child.key, parameter)) {
          return &child;
        }
      }
    }
    return nullptr;
  }

  // Refuses a parameter that the annotation does not have.
  [[nodiscard]] std::optional<Error> check(std::string_view annotation,
                                           std::span<const std::string_view> known) const {
    for (const auto* block : blocks_) {
      Fields fields(*block, fmt::format("@{}", annotation), Spelling::relaxed);
      for (const auto parameter : known) {
        (void)fields.take(parameter);
      }
      if (auto error = fields.error()) {
        return error;
      }
    }
    return std::nullopt;
  }

 private:
  std::vector<const Node*> blocks_;
};

// A java.time.temporal.ChronoUnit.
Result<Duration> unit_of(const Node* node) {
  struct Unit {
    std::string_view name;
    Duration length;
  };
  using namespace std::chrono;
  constexpr std::array units{
      Unit{"NANOS", nanoseconds(1)},   Unit{"MICROS", microseconds(1)},
      Unit{"MILLIS", milliseconds(1)}, Unit{"SECONDS", seconds(1)},
      Unit{"MINUTES", minutes(1)},     Unit{"HOURS", hours(1)},
      Unit{"HALF_DAYS", hours(12)},    Unit{"DAYS", hours(24)},
  };
  if (node == nullptr) {
    return Duration(milliseconds(1));
  }
  const auto text = as_text(*node);
  if (!text) {
    return text.error();
  }
  const auto found = std::ranges::find_if(
      units, [&](const Unit& unit) { return is_same(unit.name, trim(*text)); });
  if (found == units.end()) {
    return node->at.error(quoted(*text) + " is not a unit of time",
                          "write NANOS, MICROS, MILLIS, SECONDS, MINUTES, HOURS or DAYS");
  }
  return found->length;
}

// A number in its unit, cut off to whole milliseconds as SmallRye does it.
Result<std::optional<milliseconds>> time_of(const Parameters& parameters, std::string_view value,
                                            std::string_view unit) {
  const auto* node = parameters.find(value);
  const auto length = unit_of(parameters.find(unit));
  if (!length) {
    return length.error();
  }
  if (node == nullptr) {
    return std::optional<milliseconds>();
  }
  const auto count = whole_of(*node);
  if (!count) {
    return Error{count.error().message,
                 fmt::format("write a whole number, and its unit as {}: SECONDS", unit)};
  }
  constexpr Duration longest = std::chrono::hours(10'000);
  if (*count > static_cast<std::uint64_t>(longest / *length)) {
    return node->at.error(fmt::format("{} is longer than 10000h", visible(node->text)),
                          "write 10000h or less");
  }
  return std::optional(
      std::chrono::duration_cast<milliseconds>(static_cast<Duration::rep>(*count) * *length));
}

bool is_off(const Parameters& parameters) {
  const auto* enabled = parameters.find("enabled");
  return enabled != nullptr && is_false(*enabled);
}

constexpr std::array microprofile_taken{
    Taken{"requestVolumeThreshold", "requestVolumeThreshold", as_number},
    Taken{"failureRatio", "failureRatio", as_number},
    Taken{"successThreshold", "successThreshold", as_number},
};
// A file overrides parameters; those that it leaves out are the annotation's own.
void tell_missing(Draft& draft, const Place& at) {
  std::string missing;
  for (const auto* key : {"requestVolumeThreshold", "failureRatio", "delay", "successThreshold"}) {
    if (!draft.value_of(key)) {
      missing += (missing.empty() ? "" : ", ") + std::string(key);
    }
  }
  if (!missing.empty()) {
    draft.warnings.push_back(
        {at, missing,
         "is not in this file, so the values of @CircuitBreaker in the code apply; they cannot be "
         "read, so the defaults of MicroProfile are used"});
  }
}

// The main switch, and that of the annotation, of its class or of all.
std::optional<Error> check_microprofile_is_on(const Config& config, const Parameters& with_class) {
  if (config.switched_off != nullptr) {
    return config.switched_off->key_at.error(
        config.switched_off->key + "=false turns all circuit breakers off", "remove the line");
  }
  if (is_off(with_class)) {
    return with_class.find("enabled")->at.error("this circuit breaker is turned off",
                                                "name another one, or remove the line");
  }
  return std::nullopt;
}

std::optional<Error> take_breaker(Draft& draft, const Parameters& parameters) {
  if (auto error = parameters.check(of_all, breaker_parameters)) {
    return error;
  }
  for (const auto& [key, setting, convert] : microprofile_taken) {
    if (const auto* node = parameters.find(key)) {
      auto value = convert(*node);
      if (!value) {
        return value.error();
      }
      draft.set(setting, *std::move(value), node->at);
    }
  }
  const auto delay = time_of(parameters, "delay", "delayUnit");
  if (!delay) {
    return delay.error();
  }
  if (*delay) {
    draft.set("delay", format_duration(**delay), parameters.find("delay")->at);
  }
  for (const auto* key : {"failOn", "skipOn"}) {
    if (const auto* node = parameters.find(key)) {
      draft.warnings.push_back({node->at, node->key,
                                "decides which exceptions count; tripcurve cannot read the "
                                "classes, so say with --breaker-counts what a failure is"});
    }
  }
  return std::nullopt;
}

std::optional<Error> take_microprofile_timeout(Draft& draft, const Parameters& parameters) {
  if (auto error = parameters.check("Timeout", timeout_parameters)) {
    return error;
  }
  const auto length = time_of(parameters, "value", "unit");
  if (!length) {
    return length.error();
  }
  if (*length && **length > milliseconds(0) && !is_off(parameters)) {
    draft.timeout = Timeout{parameters.find("value")->at, **length};
  }
  return std::nullopt;
}

// A time of a retry, where the file gives it.
std::optional<Error> take_retry_time(const Parameters& parameters, std::string_view value,
                                     std::string_view unit, Duration& time) {
  const auto read = time_of(parameters, value, unit);
  if (!read) {
    return read.error();
  }
  time = *read ? Duration(**read) : time;
  return std::nullopt;
}

Result<std::optional<MicroprofileRetry>> read_microprofile_retry(Draft& draft,
                                                                 const Parameters& parameters) {
  using None = std::optional<MicroprofileRetry>;
  if (auto error = parameters.check("Retry", retry_parameters)) {
    return *error;
  }
  const auto* retries = parameters.find("maxRetries");
  MicroprofileRetry retry;
  const auto unit = [&](std::string_view name, std::string_view other) {
    return parameters.find(name) != nullptr ? name : other;
  };
  for (const auto& error :
       {take_retry_time(parameters, "delay", "delayUnit", retry.delay),
        take_retry_time(parameters, "jitter", unit("jitterDelayUnit", "jitterUnit"), retry.jitter),
        take_retry_time(parameters, "maxDuration", unit("durationUnit", "maxDurationUnit"),
                        retry.max_duration)}) {
    if (error) {
      return *error;
    }
  }
  if (retries == nullptr || is_off(parameters)) {
    return None();
  }
  retry.at = retries->at;
  if (trim(retries->text) != "-1") {
    const auto count = whole_of(*retries);
    if (!count) {
      return count.error();
    }
    retry.retries = *count;
  }
  for (const auto* key : {"retryOn", "abortOn"}) {
    if (const auto* node = parameters.find(key)) {
      draft.warnings.push_back({node->at, node->key,
                                "decides which exceptions are tried again; tripcurve cannot read "
                                "the classes, and tries every failure again"});
    }
  }
  return None(retry);
}

Result<std::optional<MicroprofileBulkhead>> read_microprofile_bulkhead(
    const Parameters& parameters) {
  using None = std::optional<MicroprofileBulkhead>;
  if (auto error = parameters.check("Bulkhead", bulkhead_parameters)) {
    return *error;
  }
  const auto* value = parameters.find("value");
  if (value == nullptr || is_off(parameters)) {
    return None();
  }
  const auto count = whole_of(*value);
  if (!count) {
    return count.error();
  }
  constexpr std::uint64_t most = 2147483647;  // of an int
  if (*count == 0 || *count > most) {
    return value->at.error(fmt::format("@Bulkhead has {} calls, so SmallRye refuses it", *count),
                           "write 1 or more");
  }
  MicroprofileBulkhead bulkhead{.at = value->at, .calls = *count};
  if (const auto* waiting = parameters.find("waitingTaskQueue")) {
    const auto places = whole_of(*waiting);
    if (!places) {
      return places.error();
    }
    bulkhead.waiting = std::min(*places, most);
  }
  return None(bulkhead);
}

// The annotations that the breaker does not hang on.
void tell_others(Draft& draft, const Config& config, const std::vector<std::string>& targets) {
  for (const auto& [name, block] : config.blocks) {
    const auto& [target, annotation] = name;
    if (std::ranges::find(annotations_read, annotation) == annotations_read.end() &&
        std::ranges::find(targets, target) != targets.end()) {
      draft.ignored.push_back({block.at, fmt::format("@{}", annotation),
                               "is not a circuit breaker; tripcurve leaves it out"});
    }
  }
}

Error misspelt_error(const Misspelt& misspelt) {
  return misspelt.at.error("there is no such annotation in " + quoted(visible(misspelt.name)),
                           "did you mean " + quoted(misspelt.read.annotation) + "?");
}

Result<Draft> read_target(const Config& config, const std::string& target) {
  Draft draft{.dialect = "smallrye"};
  const std::vector<std::string> own{target, ""};
  const std::vector<std::string> with_class{target, class_of(target), ""};
  for (const auto& misspelt : config.misspelt) {
    if (std::ranges::find(with_class, misspelt.read.target) != with_class.end()) {
      return misspelt_error(misspelt);
    }
  }
  if (auto error = check_microprofile_is_on(config, Parameters(config, with_class, of_all))) {
    return *error;
  }
  if (auto error = take_breaker(draft, Parameters(config, own, of_all))) {
    return *error;
  }
  // The annotations beside it may stand on the method or on its class.
  if (auto error = take_microprofile_timeout(draft, Parameters(config, with_class, "Timeout"))) {
    return *error;
  }
  const auto retry = read_microprofile_retry(draft, Parameters(config, with_class, "Retry"));
  if (!retry) {
    return retry.error();
  }
  const auto bulkhead = read_microprofile_bulkhead(Parameters(config, with_class, "Bulkhead"));
  if (!bulkhead) {
    return bulkhead.error();
  }
  const auto& place = config.blocks.at({target, std::string(of_all)}).at;
  if (auto error = take_microprofile_call(draft, *retry, *bulkhead, place)) {
    return *error;
  }
  tell_missing(draft, place);
  tell_others(draft, config, with_class);
  std::ranges::copy(config.of_profiles, std::back_inserter(draft.ignored));
  std::ranges::copy(config.defaults_taken, std::back_inserter(draft.warnings));
  return draft;
}

}  // namespace

Result<std::vector<Found>> find_microprofile(const document::Documents& documents) {
  const auto config = std::make_shared<Config>();
  const auto read = std::make_shared<document::Documents>(documents);
  for (const auto& document : *read) {
    microprofile_each(document, {}, [&](const std::string& name, const Node& value) {
      config->values[name] = value.text;
    });
  }
  for (const auto& writing : writings) {
    for (const auto& document : *read) {
      microprofile_each(document, {}, [&](const std::string& name, const Node& value) {
        microprofile_add(*config, name, value, writing);
      });
    }
  }
  std::vector<Found> found;
  for (const auto& [name, block] : config->blocks) {
    const auto& [target, annotation] = name;
    if (annotation != of_all) {
      continue;
    }
    Found one{target.empty() ? std::string(of_all) : target, block.at,
              [config, read, target] { return read_target(*config, target); }};
    const auto slash = target.find('/');
    const auto dot = target.rfind('.', slash);
    if (dot != std::string::npos) {
      one.also.push_back(target.substr(dot + 1));
    }
    if (slash != std::string::npos) {
      one.also.push_back(target.substr(slash + 1));
    }
    found.push_back(std::move(one));
  }
  const auto misspelt = std::ranges::find_if(
      config->misspelt, [](const Misspelt& one) { return one.read.annotation == of_all; });
  if (found.empty() && misspelt != config->misspelt.end()) {
    found.push_back({misspelt->name, misspelt->at,
                     [error = misspelt_error(*misspelt)]() -> Result<Draft> { return error; }});
  } else if (found.empty() && config->has_breaker_of_profile) {
    const auto& first = config->of_profiles.front();
    found.push_back({first.what, first.at, [first]() -> Result<Draft> {
                       return first.at.error(quoted(first.what) + " applies in a Quarkus profile",
                                             "name the active profile: --profile " +
                                                 first.what.substr(1, first.what.find('.') - 1));
                     }});
  }
  return found;
}

}  // namespace tripcurve::importer
