#include "replay/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/random.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::replay {
namespace {

// What is played at once: large enough to hide what a piece costs, and small enough for a cache.
constexpr std::size_t calls_at_once = 4096;
constexpr std::size_t lines_to_look_at = 5;
// No trace is expected to be silent for so long while a call of it ends.
constexpr Duration leap_length = std::chrono::hours(1);
// From so many lines on a trace that is mostly bad is not read to its end.
constexpr std::uint64_t enough_lines = 1000;

}  // namespace

void LeftOuts::note(std::uint64_t line, std::string why) {
  ++count;
  if (first.size() < most_kept) {
    first.push_back({line, std::move(why)});
  }
}

Trace::Trace(std::unique_ptr<Source> source, TraceOptions options)
    : options_(std::move(options)),
      lines_(unpacked(std::move(source))),
      reorder_(options_.window) {}

Error Trace::at_line(const std::string& what, std::string hint) const {
  return {fmt::format("{}:{}: {}", options_.name, lines_.number(), what), std::move(hint)};
}

std::optional<Error> Trace::open() {
  std::vector<std::string> first;
  std::size_t bytes = 0;
  std::string_view line;
  while (first.size() < lines_to_look_at && bytes < Lines::longest && lines_.next(line)) {
    bytes += line.size();
    if (!trim(line).empty()) {
      first.emplace_back(line);
    }
  }
  if (lines_.error()) {
    return lines_.error()->in(options_.name);
  }
  if (first.empty()) {
    return Error{options_.name + " is empty", "a trace has at least one call"};
  }
  lines_.rewind();
  auto opened = open_format(options_.format, {first, options_.zone});
  if (!opened) {
    return opened.error().in(options_.name);
  }
  opened_ = std::move(opened).value();
  const auto& parser = *opened_.parser;
  using Scope = load::BreakerScope;
  if (options_.scope == Scope::endpoint && !parser.tells_endpoint()) {
    return Error{options_.name + ": nothing tells the endpoints of calls",
                 "say which column does in --format: endpoint=NAME"};
  }
  if (!options_.endpoints.empty() && !parser.tells_endpoint()) {
    return Error{"--endpoint: nothing in " + options_.name + " tells the endpoints of calls",
                 "say which column does in --format: endpoint=NAME"};
  }
  keys_.emplace(options_.scope != Scope::shared && parser.tells_instance(),
                options_.scope == Scope::endpoint, options_.most_breakers);
  return std::nullopt;
}

Result<bool> Trace::next(std::vector<sim::RecordedCall>& calls) {
  calls.clear();
  while (calls.size() < calls_at_once) {
    if (!is_over_ && !reorder_.is_ready()) {
      if (auto error = read_some()) {
        return *std::move(error);
      }
      continue;
    }
    if (reorder_.empty()) {
      break;
    }
    const auto row = reorder_.pop();
    if (!has_begun_) {
      has_begun_ = true;
      facts_.begin = row.began;
    }
    facts_.end = row.began;
    ++facts_.calls;
    calls.push_back({at(Duration(row.began - facts_.begin)), row.latency, row.end, row.key});
  }
  return !calls.empty();
}

// Reads until a row is ready.
std::optional<Error> Trace::read_some() {
  std::string_view line;
  while (!reorder_.is_ready()) {
    if (!lines_.next(line)) {
      is_over_ = true;
      if (auto error = spread_gathered()) {
        return error;
      }
      if (auto error = leap_ ? judge_leap(nullptr) : std::nullopt) {
        return error;
      }
      return lines_.error() ? std::optional(at_line(lines_.error()->message, lines_.error()->hint))
                            : too_many_bad();
    }
    ++facts_.lines;
    if (auto error = read_line(line)) {
      return error;
    }
  }
  return std::nullopt;
}

std::optional<Error> Trace::read_line(std::string_view line) {
  if (lines_.number() <= opened_.parser->header_lines()) {
    return std::nullopt;
  }
  if (line.empty() || trim(line).empty()) {
    ++facts_.empty;
    return std::nullopt;
  }
  Fields fields;
  auto wrong =
      lines_.is_too_long()
          ? std::optional(fmt::format("it is longer than {} bytes", show_count(Lines::longest)))
          : opened_.parser->parse(line, fields);
  if (wrong) {
    facts_.bad.note(lines_.number(), *std::move(wrong));
    return facts_.bad.count > enough_lines / 2 || options_.most_bad == 0 ? too_many_bad()
                                                                         : std::nullopt;
  }
  return take(fields);
}

bool Trace::is_asked_for(std::string_view endpoint) const {
  return options_.endpoints.empty() ||
         std::ranges::find(options_.endpoints, endpoint) != options_.endpoints.end();
}

std::optional<Error> Trace::take(const Fields& fields) {
  if (!is_asked_for(fields.endpoint)) {
    ++facts_.others;
    return std::nullopt;
  }
  if (fields.is_rejected) {
    facts_.rejected.note(lines_.number(), "");
    return std::nullopt;
  }
  const auto key = keys_->of(fields.instance, fields.endpoint);
  if (!key) {
    return at_line(fmt::format("this call needs a breaker of its own, and there are {} already",
                               show_count(options_.most_breakers)),
                   "raise --most-breakers, choose calls with --endpoint, or let all share one: "
                   "--breaker-per shared");
  }
  if (fields.was_reset) {
    facts_.resets.note(lines_.number(), "");
  }
  if (fields.calls != 1 || fields.span > Duration{}) {
    return spread(fields, *key);
  }
  const auto began =
      opened_.parser->stamp() == Stamp::ends ? fields.time - fields.latency.count() : fields.time;
  return gather({began, fields.latency, fields.end, *key}, fields.time);
}

std::optional<Error> Trace::gather(const Row& row, EpochTime time) {
  if (options_.whole_seconds == WholeSeconds::keep || time % ns_per_second != 0) {
    return arrange(row, lines_.number());
  }
  if (!gathered_.empty() && time != second_) {
    if (auto error = spread_gathered()) {
      return error;
    }
  }
  second_ = time;
  gathered_.push_back({row, lines_.number()});
  ++facts_.spread;
  return std::nullopt;
}

// Of n lines each has its n-th part of the second.
std::optional<Error> Trace::spread_gathered() {
  const auto all = std::exchange(gathered_, {});
  if (all.empty()) {
    return std::nullopt;
  }
  auto draws = Random(options_.seed).fork("replay/seconds").fork(all.front().line);
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto [row, line] = all[i];
    const auto share = (static_cast<double>(i) + draws.unit()) / static_cast<double>(all.size());
    row.began += static_cast<EpochTime>(share * static_cast<double>(ns_per_second));
    if (auto error = arrange(row, line)) {
      return error;
    }
  }
  return std::nullopt;
}

// Calls that were only counted: evenly over the time, and which of them failed is drawn.
std::optional<Error> Trace::spread(const Fields& fields, std::uint32_t key) {
  auto draws = Random(lines_.number()).fork("replay/counters");
  auto failures = fields.failed;
  for (std::uint64_t i = 0; i < fields.calls; ++i) {
    const auto left = static_cast<double>(fields.calls - i);
    const bool has_failed = draws.unit() * left < static_cast<double>(failures);
    failures -= has_failed ? 1U : 0U;
    const auto since = static_cast<double>(fields.span.count()) * (static_cast<double>(i) + 0.5) /
                       static_cast<double>(fields.calls);
    const auto began = fields.time - fields.span.count() + static_cast<std::int64_t>(since);
    const CallEnd end(CallEnd::Kind::answer, has_failed ? 500 : 200);
    if (auto error = arrange({began, Duration{}, end, key}, lines_.number())) {
      return error;
    }
  }
  return std::nullopt;
}

std::optional<Error> Trace::arrange(const Row& row, std::uint64_t line) {
  if (leap_) {
    if (auto error = judge_leap(&row)) {
      return error;
    }
  }
  if (reorder_.newest() > 0 && row.began - reorder_.newest() > leap_length.count()) {
    leap_ = Leap{row, line};
    return std::nullopt;
  }
  return put_in_order(row, line);
}

// `next` is null at the end of the trace.
std::optional<Error> Trace::judge_leap(const Row* next) {
  const auto [row, line] = *std::exchange(leap_, std::nullopt);
  if (next != nullptr && next->began < row.began - options_.window.count()) {
    facts_.bad.note(line, fmt::format("its time is {} ahead of the lines around it",
                                      show_duration(Duration(row.began - reorder_.newest()))));
    return options_.most_bad == 0 ? too_many_bad() : std::nullopt;
  }
  return put_in_order(row, line);
}

std::optional<Error> Trace::put_in_order(Row row, std::uint64_t line) {
  if (reorder_.push(row)) {
    return std::nullopt;
  }
  const Duration behind(*reorder_.taken() - row.began);
  facts_.late.note(line, fmt::format("its call began {} before one that was played already",
                                     show_duration(behind)));
  switch (options_.late) {
    case Late::drop:
      return std::nullopt;
    case Late::move:
      row.began = *reorder_.taken();
      static_cast<void>(reorder_.push(row));
      return std::nullopt;
    case Late::fail:
      break;
  }
  return at_line("it comes too late: " + facts_.late.first.front().why,
                 fmt::format("raise --reorder by {}, or choose --late drop or --late move",
                             show_duration(behind)));
}

std::optional<Error> Trace::too_many_bad() const {
  const auto rows = std::max<std::uint64_t>(facts_.lines - facts_.empty, 1);
  const double share = static_cast<double>(facts_.bad.count) / static_cast<double>(rows);
  if (facts_.bad.count == 0 || share <= options_.most_bad) {
    return std::nullopt;
  }
  const auto& first = facts_.bad.first.front();
  return Error{fmt::format("{}:{}: {}; {} of {} lines are bad", options_.name, first.line,
                           first.why, show_count(facts_.bad.count), show_count(rows)),
               options_.most_bad > 0
                   ? fmt::format("more than {} may not be; --bad-rows skip replays the others",
                                 format_share(Share{options_.most_bad}))
                   : "--bad-rows skip replays the others"};
}

TraceFacts Trace::facts() const {
  auto facts = facts_;
  facts.name = options_.name;
  facts.format = opened_.format->name;
  facts.reading = opened_.parser->reading();
  facts.moved = reorder_.moved();
  facts.was_full = reorder_.was_full();
  facts.ambiguous = opened_.parser->times().ambiguous();
  facts.tells_latency = opened_.parser->tells_latency();
  facts.has_fractions = opened_.parser->times().has_fractions();
  facts.zone = options_.zone;
  return facts;
}

}  // namespace tripcurve::replay
