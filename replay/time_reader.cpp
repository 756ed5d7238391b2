#include "replay/time_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::replay {
namespace {

constexpr std::array<std::string_view, 7> form_words{"auto",     "iso",      "clf",     "epoch_s",
                                                     "epoch_ms", "epoch_us", "epoch_ns"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// How far back a line may go in a log that is written in order, in seconds.
constexpr std::int64_t step_back = 600;
constexpr std::int64_t latest_second = 9'214'646'400;  // 2262

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `count` digits at `from`, or -1.
int digits(std::string_view text, std::size_t from, std::size_t count) {
  if (from + count > text.size()) {
    return -1;
  }
  int n = 0;
  for (std::size_t i = from; i < from + count; ++i) {
    if (!is_digit(text[i])) {
      return -1;
    }
    n = n * 10 + (text[i] - '0');
  }
  return n;
}

std::string bad_time(std::string_view text, std::string_view what) {
  return fmt::format("{} {}", tripcurve::quoted(visible(text)), what);
}

// ".123" or ",123" off the front of `rest`, in nanoseconds; -1 if it is finer.
std::int64_t take_fraction(std::string_view& rest) {
  if (rest.empty() || (rest.front() != '.' && rest.front() != ',')) {
    return 0;
  }
  rest.remove_prefix(1);
  std::int64_t ns = 0;
  std::size_t n = 0;
  for (; n < rest.size() && is_digit(rest[n]); ++n) {
    if (n >= 9) {
      return -1;
    }
    ns = ns * 10 + (rest[n] - '0');
  }
  for (auto i = n; i < 9; ++i) {
    ns *= 10;
  }
  rest.remove_prefix(n);
  return n == 0 ? -1 : ns;
}

// "+01:00", "-0530", "+01" in seconds.
std::optional<std::int64_t> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") {
    return 0;
  }
  if (text.size() < 3 || (text.front() != '+' && text.front() != '-')) {
    return std::nullopt;
  }
  const int hours = digits(text, 1, 2);
  auto rest = text.substr(3);
  if (!rest.empty() && rest.front() == ':') {
    rest.remove_prefix(1);
  }
  const int minutes = rest.empty() ? 0 : rest.size() == 2 ? digits(rest, 0, 2) : -1;
  if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59) {
    return std::nullopt;
  }
  const std::int64_t seconds = hours * 3600 + minutes * 60;
  return text.front() == '-' ? -seconds : seconds;
}

// "10:00:00" in seconds, or -1. A leap second is the next minute's first.
std::int64_t parse_clock(std::string_view text) {
  const int hours = digits(text, 0, 2);
  const int minutes = digits(text, 3, 2);
  const int seconds = digits(text, 6, 2);
  const bool well = hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 && seconds >= 0 &&
                    seconds <= 60 && text[2] == ':' && text[5] == ':';
  return well ? hours * 3600 + minutes * 60 + seconds : -1;
}

struct EpochUnit {
  std::int64_t ns;     // of one
  std::size_t places;  // of a fraction
};
EpochUnit unit_of(TimeForm form) {
  switch (form) {
    case TimeForm::epoch_ms:
      return {1'000'000, 6};
    case TimeForm::epoch_us:
      return {1'000, 3};
    case TimeForm::epoch_ns:
      return {1, 0};
    case TimeForm::automatic:
    case TimeForm::iso:
    case TimeForm::clf:
    case TimeForm::epoch_s:
      break;
  }
  return {ns_per_second, 9};
}

// As a text looks; `automatic` if like none.
TimeForm form_of(std::string_view text) {
  const auto whole = text.substr(0, text.find_first_of(".,"));
  if (!whole.empty() && std::ranges::all_of(whole, is_digit)) {
    switch (whole.size()) {
      case 9:
      case 10:
        return TimeForm::epoch_s;
      case 12:
      case 13:
        return TimeForm::epoch_ms;
      case 15:
      case 16:
        return TimeForm::epoch_us;
      case 18:
      case 19:
        return TimeForm::epoch_ns;
      default:
        return TimeForm::automatic;
    }
  }
  return text.size() > 4 && (text[4] == '-' || text[4] == '/') ? TimeForm::iso
         : text.size() > 2 && text[2] == '/'                   ? TimeForm::clf
                                                               : TimeForm::automatic;
}

}  // namespace

Result<TimeForm> parse_time_form(std::string_view text) {
  const auto found = std::ranges::find(form_words, text);
  return found == form_words.end()
             ? Result<TimeForm>(Error{"there is no form of times " + tripcurve::quoted(text),
                                      did_you_mean(text, form_words)})
             : static_cast<TimeForm>(found - form_words.begin());
}

std::span<const std::string_view> time_form_words() { return form_words; }

std::optional<std::string> TimeReader::read(std::string_view text, EpochTime& time) {
  if (form_ == TimeForm::automatic) {
    form_ = form_of(text);
  }
  switch (form_) {
    case TimeForm::automatic:
      return bad_time(text,
                      "is no time that can be told by its looks; say time_format=iso, clf, "
                      "epoch_s, epoch_ms, epoch_us or epoch_ns");
    case TimeForm::iso:
      return read_iso(text, time);
    case TimeForm::clf:
      return read_clf(text, time);
    case TimeForm::epoch_s:
    case TimeForm::epoch_ms:
    case TimeForm::epoch_us:
    case TimeForm::epoch_ns:
      break;
  }
  return read_epoch(text, time);
}

std::optional<std::string> TimeReader::read_epoch(std::string_view text, EpochTime& time) {
  const auto [unit, places] = unit_of(form_);
  std::int64_t whole = 0;
  const auto* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, whole);
  if (error != std::errc{} || whole < 0 || whole > latest_second * (ns_per_second / unit)) {
    return bad_time(text, "is no time since 1970");
  }
  std::int64_t fraction = 0;
  if (after != end) {
    std::size_t count = 0;
    const auto* at = after + 1;
    for (; at != end && is_digit(*at) && count < places; ++at, ++count) {
      fraction = fraction * 10 + (*at - '0');
    }
    if (*after != '.' || at != end || count == 0) {
      return bad_time(text, "is no time since 1970, or one that is finer than a nanosecond");
    }
    for (; count < places; ++count) {
      fraction *= 10;
    }
  }
  time = whole * unit + fraction;
  has_fractions_ = has_fractions_ || time % ns_per_second != 0;
  return std::nullopt;
}

bool TimeReader::find_day(std::string_view date, bool is_clf) {
  if (date == date_) {
    return true;
  }
  const int year = is_clf ? digits(date, 7, 4) : digits(date, 0, 4);
  const auto month_name = std::ranges::find(months, date.substr(3, 3));
  const int month =
      is_clf ? month_name == months.end() ? -1 : static_cast<int>(month_name - months.begin()) + 1
             : digits(date, 5, 2);
  const int day = is_clf ? digits(date, 0, 2) : digits(date, 8, 2);
  if (year < 1970 || year > 2261 || month < 1 || day < 1) {
    return false;
  }
  const std::chrono::year_month_day found{std::chrono::year(year),
                                          std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(day))};
  if (!found.ok()) {
    return false;
  }
  date_ = date;
  date_begins_ = std::chrono::sys_days(found).time_since_epoch() / std::chrono::seconds(1);
  return true;
}

std::optional<std::string> TimeReader::read_iso(std::string_view text, EpochTime& time) {
  const bool is_shaped = text.size() >= 19 && text[4] == text[7] &&
                         (text[4] == '-' || text[4] == '/') &&
                         (text[10] == 'T' || text[10] == ' ' || text[10] == 't');
  const auto clock = is_shaped ? parse_clock(text.substr(11, 8)) : -1;
  if (clock < 0 || !find_day(text.substr(0, 10), false)) {
    return bad_time(text, "is no time like 2026-11-24T10:00:00Z");
  }
  auto rest = text.substr(19);
  const auto fraction = take_fraction(rest);
  if (fraction < 0) {
    return bad_time(text, "has a fraction that is none, or is finer than a nanosecond");
  }
  if (!rest.empty() && rest.front() == ' ') {
    rest.remove_prefix(1);
  }
  return resolve(text, date_begins_ + clock, fraction, rest, time);
}

std::optional<std::string> TimeReader::read_clf(std::string_view text, EpochTime& time) {
  const bool is_shaped = text.size() >= 20 && text[2] == '/' && text[6] == '/' && text[11] == ':';
  const auto clock = is_shaped ? parse_clock(text.substr(12, 8)) : -1;
  if (clock < 0 || !find_day(text.substr(0, 11), true)) {
    return bad_time(text, "is no time like 24/Nov/2026:10:00:00 +0100");
  }
  auto rest = text.substr(20);
  const auto fraction = take_fraction(rest);
  if (fraction < 0) {
    return bad_time(text, "has a fraction that is none, or is finer than a nanosecond");
  }
  return resolve(text, date_begins_ + clock, fraction, trim(rest), time);
}

std::optional<std::string> TimeReader::resolve(std::string_view text, std::int64_t local,
                                               std::int64_t fraction, std::string_view offset,
                                               EpochTime& time) {
  auto seconds = local;
  if (!offset.empty()) {
    const auto east = parse_offset(offset);
    if (!east) {
      return bad_time(text, "has an offset that is none like Z or +01:00");
    }
    seconds -= *east;
  } else if (!zone_) {
    return bad_time(text, "does not say its offset from UTC; give --timezone");
  } else {
    if (const auto minute = local / 60; minute != minute_) {
      moment_ = zone_->at(minute * 60);
      minute_ = minute;
    }
    if (!moment_.exists) {
      return bad_time(text, "does not exist in that time zone: the clock was put forward");
    }
    ambiguous_ += moment_.is_ambiguous() ? 1U : 0U;
    const auto in_minute = local % 60;
    const bool is_second = moment_.first + in_minute < latest_ - step_back;
    seconds = (is_second ? moment_.second : moment_.first) + in_minute;
    latest_ = std::max(latest_, seconds);
  }
  if (seconds < 0) {
    return bad_time(text, "is before 1970");
  }
  time = seconds * ns_per_second + fraction;
  has_fractions_ = has_fractions_ || fraction != 0;
  return std::nullopt;
}

Result<EpochTime> parse_time(std::string_view text, const std::optional<Zone>& zone) {
  EpochTime time = 0;
  TimeReader reader(TimeForm::automatic, zone);
  if (auto error = reader.read(trim(text), time)) {
    return Error{*std::move(error), "write 2026-11-24T10:00:00Z or 2026-11-24T11:00:00+01:00"};
  }
  return time;
}

std::string format_time(EpochTime time, const std::optional<Zone>& zone) {
  const auto seconds = time / ns_per_second;
  const auto local = zone ? zone->local(seconds) : seconds;
  const auto day =
      std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(local)));
  const std::chrono::year_month_day date(day);
  const auto clock = local - std::chrono::seconds(day.time_since_epoch()).count();
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                          static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                          clock / 3600, clock / 60 % 60, clock % 60);
  if (const auto ms = time % ns_per_second / 1'000'000; ms != 0) {
    text += fmt::format(".{:03}", ms);
  }
  const auto east = local - seconds;
  return east == 0 ? text + "Z"
                   : text + fmt::format("{}{:02}:{:02}", east < 0 ? '-' : '+',
                                        (east < 0 ? -east : east) / 3600,
                                        (east < 0 ? -east : east) / 60 % 60);
}

}  // namespace tripcurve::replay
