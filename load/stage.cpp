#include "load/stage.hpp"

#include "core/text.hpp"

namespace tripcurve::load {
namespace {

constexpr std::string_view arrow = "->";

// What the levels of a stage are, and how they are written.
template <typename Level>
struct Grammar {
  Result<Level> (*parse)(std::string_view text);
  bool (*is_level)(std::string_view word);      // rather than a length
  bool (*is_one_level)(std::string_view rest);  // rather than several
  std::string_view level;                       // with its article
  std::string_view no_level;
  std::string_view example;
};

// As parse_rate(), but a stage may also stand still.
Result<Rate> parse_stage_rate(std::string_view text) {
  const auto number = text.substr(0, text.find('/'));
  const bool zero = number.find('0') != std::string_view::npos &&
                    number.find_first_not_of("0.") == std::string_view::npos;
  const auto unit = text.substr(number.size());
  if (zero && (unit == "/s" || unit == "/m" || unit == "/h")) {
    return Rate{0};
  }
  return parse_rate(text);
}

Result<std::uint32_t> parse_stage_workers(std::string_view text) {
  const auto count = parse_count(text, 0, most_workers);
  return count ? Result(static_cast<std::uint32_t>(*count)) : count.error();
}

constexpr Grammar<Rate> rates{
    .parse = parse_stage_rate,
    .is_level = [](std::string_view word) { return word.find('/') != std::string_view::npos; },
    .is_one_level = [](std::string_view rest) { return rest.find('/') == rest.rfind('/'); },
    .level = "a rate",
    .no_level = "no rate",
    .example = "write '10s 200/s' or '10s 50/s->200/s'"};

constexpr Grammar<std::uint32_t> workers{
    .parse = parse_stage_workers,
    .is_level =
        [](std::string_view word) {
          return !word.empty() && word.find_first_not_of("0123456789->") == std::string_view::npos;
        },
    .is_one_level =
        [](std::string_view rest) {
          return rest.find_first_of(white_space) == std::string_view::npos;
        },
    .level = "a number of workers",
    .no_level = "no number of workers",
    .example = "write '10s 200' or '10s 0->200'"};

template <typename Level>
Result<StageOf<Level>> parse_with(const Grammar<Level>& grammar, std::string_view text) {
  const std::string example(grammar.example);
  auto rest = trim(text);
  const auto place = "stage " + quoted(rest);
  const auto first = take_until(rest, white_space);
  if (grammar.is_level(first)) {
    return Error{place + " does not begin with its length", example};
  }
  const auto length = parse_duration(first);
  if (!length) {
    return length.error().in(place);
  }
  if (*length == Duration::zero()) {
    return Error{place + ": " + quoted(first) + " is too short", example};
  }
  const auto levels = trim(rest);
  if (levels.empty()) {
    return Error{place + " has " + std::string(grammar.no_level), example};
  }
  const auto between = levels.find(arrow);
  const bool ramp = between != std::string_view::npos;
  if (!ramp && !grammar.is_one_level(levels)) {
    return Error{place + ": " + quoted(levels) + " is not " + std::string(grammar.level), example};
  }
  const auto from = grammar.parse(trim(levels.substr(0, between)));
  if (!from) {
    return from.error().in(place);
  }
  const auto to = ramp ? grammar.parse(trim(levels.substr(between + arrow.size()))) : from;
  if (!to) {
    return to.error().in(place);
  }
  return StageOf<Level>{*length, *from, *to};
}

template <typename Level>
std::string format_with(const StageOf<Level>& stage, std::string (*format)(Level level)) {
  auto text = format_duration(stage.length) + " " + format(stage.from);
  if (stage.to != stage.from) {
    text += std::string(arrow) + format(stage.to);
  }
  return text;
}

}  // namespace

Result<Stage> parse_stage(std::string_view text) { return parse_with(rates, text); }

Result<WorkerStage> parse_worker_stage(std::string_view text) { return parse_with(workers, text); }

std::string format_stage(const Stage& stage) { return format_with<Rate>(stage, format_rate); }

std::string format_stage(const WorkerStage& stage) {
  return format_with<std::uint32_t>(stage, [](std::uint32_t n) { return std::to_string(n); });
}

}  // namespace tripcurve::load
