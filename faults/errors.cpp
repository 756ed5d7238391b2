#include "faults/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "core/text.hpp"

namespace tripcurve::faults {
namespace {

// Shares that people round to make them sum up (33.3%,33.3%,33.4%) do so in decimals, not in
// binary.
constexpr double rounding = 1e-9;

bool is_number(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_of_port(const Fault& fault) { return fault.kind().of == Kind::Of::port; }
bool closes_port(const Fault& fault) { return is_of_port(fault) && fault.kind().apply == nullptr; }
bool is_of_requests(const ErrorItem& item) { return item.fault.kind().of == Kind::Of::requests; }

// The share of an item, and what it has become in the end.
struct Shares {
  Share from;
  std::optional<Share> until{};
};

// 5% or 100%->0%
Result<Shares> parse_shares(std::string_view text) {
  const auto arrow = text.find("->");
  const auto from = parse_share(text.substr(0, arrow));
  if (!from) {
    return from.error();
  }
  Shares shares{*from};
  if (arrow != std::string_view::npos) {
    const auto until = parse_share(text.substr(arrow + 2));
    if (!until) {
      return until.error();
    }
    if (*until != *from) {
      shares.until = *until;
    }
  }
  return shares;
}

Result<ErrorItem> parse_item(std::string_view text, const ReadRecorded* files) {
  const auto colon = find_outside(text, ':');
  const auto word = trim(text.substr(0, colon));
  if (const auto equals = find_outside(text, '='); colon == std::string_view::npos &&
                                                   equals != std::string_view::npos &&
                                                   parse_fault(trim(text.substr(0, equals)))) {
    return Error{
        quoted(text) + " has a = between the error and its share",
        fmt::format("write {}:{}", trim(text.substr(0, equals)), trim(text.substr(equals + 1)))};
  }
  if (colon == std::string_view::npos && text.find_first_of("0123456789.-") == 0 &&
      !(is_number(word.substr(0, word.find('('))) && word.find_first_of("(") == 3) &&
      !(is_number(word) && word.size() == 3)) {
    const auto shares = parse_shares(text);
    if (!shares) {
      return shares.error();
    }
    ErrorItem item{Fault(), shares->from};
    item.until = shares->until;
    return item;
  }
  auto fault = parse_fault(word);
  if (!fault) {
    return fault.error();
  }
  if (colon == std::string_view::npos) {
    if (is_of_port(*fault)) {
      return ErrorItem{*std::move(fault), {1}};
    }
    return Error{quoted(word) + " has no share", fmt::format("write {}:5%", word)};
  }
  const auto rest = text.substr(colon + 1);
  const auto sign = rest.find('@');
  const auto shares = parse_shares(rest.substr(0, sign));
  if (!shares) {
    return shares.error().in(std::string(word));
  }
  ErrorItem item{*std::move(fault), shares->from};
  item.until = shares->until;
  if (sign == std::string_view::npos) {
    return item;
  }
  if (!is_of_requests(item) || item.fate == Fate::hang) {
    const bool never_answers = is_of_port(item.fault) || item.fate == Fate::hang;
    return Error{quoted(text) + " has a latency, but " + std::string(word) +
                     (never_answers ? " never answers" : " is about connections, not answers"),
                 fmt::format("write {}:{}", word, format_share(shares->from))};
  }
  auto latency = files ? parse_latency_with(rest.substr(sign + 1), *files)
                       : parse_latency(rest.substr(sign + 1));
  if (!latency) {
    return latency.error().in(std::string(word));
  }
  item.latency = *latency;
  return item;
}

// Whether what follows a comma goes on with the percentiles of a latency: p99=400ms, max=2s.
bool goes_on_with_percentiles(std::string_view rest) {
  const auto next = trim(rest);
  const auto equals = next.find('=');
  return equals < next.find(',') &&
         (next.starts_with('p') || trim(next.substr(0, equals)) == "max");
}

// How others write what is written differently here: "sequence: [200 x5, 503]", "up=5s,down=5s".
std::optional<Error> written_otherwise(std::string_view word) {
  const auto name = trim(word.substr(0, word.find_first_of("=(:")));
  if (name == "sequence") {
    return Error{"unknown error kind 'sequence'", "write seq(200*5,503*3,hang)"};
  }
  if (name == "up" || name == "down") {
    return Error{"unknown error kind " + quoted(name), "write 100%,flap(up=5s,down=5s)"};
  }
  return std::nullopt;
}

// The next item: up to a comma, but for those within parentheses and between the percentiles of a
// latency.
std::string_view take_item(std::string_view& rest) {
  std::size_t end = 0;
  for (int depth = 0; end < rest.size(); ++end) {
    depth += rest[end] == '(' ? 1 : rest[end] == ')' ? -1 : 0;
    const bool in_latency = rest.substr(0, end).find('@') != std::string_view::npos;
    if (rest[end] == ',' && depth <= 0 &&
        !(in_latency && goes_on_with_percentiles(rest.substr(end + 1)))) {
      break;
    }
  }
  const auto item = trim(rest.substr(0, end));
  rest.remove_prefix(end == rest.size() ? end : end + 1);
  return item;
}

// Shares of connections and shares of requests cannot add up.
std::optional<Error> mixed(const std::vector<ErrorItem>& items) {
  const auto request = std::ranges::find_if(items, is_of_requests);
  const auto connection = std::ranges::find_if_not(items, is_of_requests);
  if (request == items.end() || connection == items.end()) {
    return std::nullopt;
  }
  return Error{fmt::format("{} is about connections and {} about requests, so their shares are not "
                           "of the same",
                           connection->kind(), request->kind()),
               "write one of them, or phases with one each"};
}

// Each kind as often as it comes in a row.
std::string text_of_sequence(const std::vector<std::uint16_t>& sequence,
                             const std::vector<ErrorItem>& items) {
  std::string text;
  for (auto begin = sequence.begin(); begin != sequence.end();) {
    const auto end = std::find_if(begin, sequence.end(), [&](auto item) { return item != *begin; });
    text += fmt::format("{}{}{}", text.empty() ? "seq(" : ",",
                        *begin == Schedule::served ? "200" : items[*begin].kind(),
                        end - begin > 1 ? fmt::format("*{}", end - begin) : "");
    begin = end;
  }
  return text + ")";
}

}  // namespace

std::string kind(Fate fate, std::uint16_t status) {
  switch (fate) {
    case Fate::answer:
      return std::to_string(status);
    case Fate::reset:
      return "reset";
    case Fate::empty:
      return "empty";
    case Fate::hang:
      break;
  }
  return "hang";
}

// Of the shares as they are said.
double Errors::sum() const {
  if (cumulative_.empty()) {
    return 0;
  }
  return ramps() ? (cumulative_.back() + cumulative_until_.back()) / 2 : cumulative_.back();
}

ErrorItem::ErrorItem(Fault what, Share how_often) : fault(std::move(what)), share(how_often) {
  auto exchange = fault.on({});
  fate = exchange.fate;
  status = exchange.status;
  course = course_of(exchange, true, fault.text());
  opening = exchange.opening;
}

Seen ErrorItem::seen(bool to_head) const {
  if (opening.end == Opening::End::open) {
    return seen_of(fate, status, course.get(), to_head);
  }
  const auto end = opening.end == Opening::End::failed ? Duration::zero() : Seen::forever;
  return {Seen::forever, end, opening.call_end()};
}

double Errors::total() const {
  if (refuse_) {
    return 1;
  }
  return schedule_ ? schedule_->long_run(sum()) : sum();
}

double Errors::share(std::size_t item) const {
  const auto& [share, until] = std::tie(items_[item].share, items_[item].until);
  const double said = until ? (share.value + until->value) / 2 : share.value;
  return schedule_ ? said * total() / sum() : said;
}

double Errors::peak() const {
  if (refuse_ || items_.empty()) {
    return refuse_ ? 1 : 0;
  }
  const double most =
      ramps() ? std::max(cumulative_.back(), cumulative_until_.back()) : cumulative_.back();
  return schedule_ ? schedule_->peak(most) : most;
}

std::size_t Errors::pick_by_schedule(const Occasion& occasion, const Random& draws) const {
  if (items_.empty() || (schedule_ && !schedule_->is_on(occasion))) {
    return items_.size();
  }
  if (schedule_ && !schedule_->sequence().empty()) {
    const auto& sequence = schedule_->sequence();
    const auto item = sequence[place_of(occasion.ordinal) % sequence.size()];
    return item == Schedule::served ? items_.size() : item;
  }
  const double part =
      ramps() && occasion.length > Duration::zero()
          ? std::clamp(to_seconds(occasion.since) / to_seconds(occasion.length), 0.0, 1.0)
          : 0;
  const auto at = [&](std::size_t i) {
    return ramps() ? cumulative_[i] + part * (cumulative_until_[i] - cumulative_[i])
                   : cumulative_[i];
  };
  double u = schedule_ ? schedule_->draws_for(occasion, draws).unit()
                       : draws.fork(occasion.ordinal).unit();
  if (schedule_ && schedule_->chain()) {
    const double hit = schedule_->share_hit(occasion, draws.fork("bursts"));
    if (u >= hit) {
      return items_.size();
    }
    u *= at(items_.size() - 1) / hit;
  }
  std::size_t i = 0;
  while (i < items_.size() && u >= at(i)) {
    ++i;
  }
  return i;
}

std::string Errors::text() const {
  if (refuse_) {
    return "refuse";
  }
  if (items_.empty()) {
    return "none";
  }
  if (schedule_ && !schedule_->sequence().empty()) {
    return text_of_sequence(schedule_->sequence(), items_);
  }
  std::string text;
  for (const auto& item : items_) {
    text +=
        fmt::format("{}{}:{}{}{}", text.empty() ? "" : ",", item.kind(), format_share(item.share),
                    item.until ? "->" + format_share(*item.until) : "",
                    item.latency ? "@" + item.latency->text() : "");
  }
  return schedule_ ? text + schedule_->text() : text;
}

Result<Errors> parse_errors(std::string_view text) { return parse_errors_with(text, nullptr); }

Result<Errors> parse_errors_with(std::string_view text, const ReadRecorded* files) {
  text = trim(text);
  if (text.empty() || text.ends_with(',')) {
    return Error{text.empty() ? "'' names no errors" : quoted(text) + " ends in a comma",
                 "write 5%, 503:5%,reset:1%, refuse or none"};
  }
  if (text.starts_with('{') && text.ends_with('}')) {
    return Error{quoted(text) + " is in braces, which only a file has",
                 "write " + std::string(trim(text.substr(1, text.size() - 2)))};
  }
  Errors errors;
  if (text == "none") {
    return errors;
  }
  if (text.starts_with("seq(")) {
    return Errors::of_sequence(text, files);
  }
  Schedule schedule;
  for (auto rest = text; !rest.empty();) {
    const auto word = take_item(rest);
    if (word == "none") {
      return Error{quoted(text) + " says none beside other errors",
                   "write only none, or leave it out"};
    }
    if (Schedule::has(word)) {
      if (auto mistake = schedule.read(word)) {
        return *std::move(mistake);
      }
      continue;
    }
    if (auto mistake = written_otherwise(word)) {
      return *std::move(mistake);
    }
    const auto parsed = parse_item(word, files);
    if (!parsed) {
      return parsed.error();
    }
    const auto& item = *parsed;
    if (is_of_port(item.fault)) {
      const auto name = item.kind();
      const bool closes = closes_port(item.fault);
      if (item.share.value != 1 || item.until) {
        return Error{quoted(word) + (closes ? " would close the port for some requests only"
                                            : " is about the whole port, not some connections"),
                     fmt::format("write {} for all, or {}:{}", name, closes ? "reset" : "hang",
                                 format_share(item.share))};
      }
      if (word.size() != text.size()) {
        return Error{
            quoted(text) + " has other errors beside " + name + ", which lets no request in",
            "write only " + name + ", or leave it out"};
      }
      errors.refuse_ = closes;
      if (closes) {
        return errors;
      }
    }
    const auto kind = item.kind();
    if (std::ranges::find(errors.items_, kind, &ErrorItem::kind) != errors.items_.end()) {
      return Error{quoted(text) + " names " + kind + " twice", "keep one of them"};
    }
    errors.items_.push_back(item);
  }
  if (auto mistake = mixed(errors.items_)) {
    return *std::move(mistake);
  }
  if (auto mistake = errors.complete(std::move(schedule), text)) {
    return *std::move(mistake);
  }
  return errors;
}

// Adds up the shares, and sees to it that the schedule fits them.
std::optional<Error> Errors::complete(Schedule schedule, std::string_view text) {
  const auto until_of = [](const ErrorItem& item) { return item.until.value_or(item.share).value; };
  if (items_.empty()) {
    return Error{quoted(text) + " says when, but not what", "write 5%" + schedule.text()};
  }
  // A share of nothing is the same as not being there.
  std::erase_if(
      items_, [&](const ErrorItem& item) { return item.share.value == 0 && until_of(item) == 0; });
  double from = 0;
  double until = 0;
  const bool changes =
      std::ranges::any_of(items_, [](const ErrorItem& i) { return i.until.has_value(); });
  for (const auto& item : items_) {
    cumulative_.push_back(from += item.share.value);
    until += until_of(item);
    if (changes) {
      cumulative_until_.push_back(until);
    }
  }
  if (const double sum = std::max(from, until); sum > 1 + rounding) {
    return Error{fmt::format("the shares of {} add up to {:.12g}%", quoted(text), sum * 100),
                 "the sum may be 100% at most"};
  }
  for (auto* cumulative : {&cumulative_, &cumulative_until_}) {
    if (!cumulative->empty() && cumulative->back() > 1 - rounding) {
      cumulative->back() = 1;
    }
  }
  if (schedule.is_empty() || items_.empty()) {
    return std::nullopt;
  }
  if (changes && schedule.has_bursts()) {
    return Error{quoted(text) + " has bursts of a share that changes, whose length is open",
                 "leave out the bursts, or write phases with a share each"};
  }
  schedule_ = std::move(schedule);
  if (of_connections() && schedule_->per() != Schedule::Per::request) {
    return Error{quoted(text) + " is about connections, which are drawn for by themselves",
                 "leave out per="};
  }
  return schedule_->settle(sum(), text);
}

// seq(200*5,503*3,hang)
Result<Errors> Errors::of_sequence(std::string_view text, const ReadRecorded* files) {
  constexpr std::uint64_t longest_sequence = 10'000;
  if (text.back() != ')') {
    return Error{quoted(text) + " has more than a sequence", "write only seq(200*5,503*3,hang)"};
  }
  Errors errors;
  std::vector<std::uint16_t> sequence;
  for (auto rest = text.substr(4, text.size() - 5); !rest.empty();) {
    const auto element = take_item(rest);
    const auto star = element.rfind('*');
    const auto word = trim(element.substr(0, star));
    const auto times = star == std::string_view::npos
                           ? Result<std::uint64_t>(1)
                           : parse_count(element.substr(star + 1), 1, longest_sequence);
    if (!times) {
      return times.error().in(quoted(element));
    }
    if (const auto times_x = word.find(" x"); times_x != std::string_view::npos) {
      return Error{quoted(word) + " in " + quoted(text) + " repeats with an x",
                   "write " + std::string(trim(word.substr(0, times_x))) + "*" +
                       std::string(trim(word.substr(times_x + 2)))};
    }
    auto item = Schedule::served;
    if (word != "200") {
      const auto parsed = parse_item(std::string(word) + ":1%", files);
      if (!parsed || is_of_port(parsed->fault)) {
        return parsed ? Error{quoted(word) + (closes_port(parsed->fault)
                                                  ? " closes the port, which no single request can"
                                                  : " is about the whole port, not one request"),
                              "write reset or hang"}
                      : parsed.error().in(quoted(text));
      }
      const auto same = std::ranges::find(errors.items_, parsed->kind(), &ErrorItem::kind);
      item = static_cast<std::uint16_t>(same - errors.items_.begin());
      if (same == errors.items_.end()) {
        errors.items_.push_back(*parsed);
      }
    }
    if (sequence.size() + *times > longest_sequence) {
      return Error{quoted(text) + " is longer than 10000 requests", "write a shorter one"};
    }
    sequence.insert(sequence.end(), *times, item);
  }
  if (auto mistake = mixed(errors.items_)) {
    return *std::move(mistake);
  }
  if (errors.items_.empty()) {
    return Error{quoted(text) + " has no error in it", "write seq(200*5,503*3,hang), or none"};
  }
  for (std::size_t i = 0; i < errors.items_.size(); ++i) {
    const auto hits = std::ranges::count(sequence, static_cast<std::uint16_t>(i));
    errors.items_[i].share = {static_cast<double>(hits) / static_cast<double>(sequence.size())};
  }
  Schedule schedule;
  schedule.set_sequence(std::move(sequence));
  if (auto mistake = errors.complete(std::move(schedule), text)) {
    return *std::move(mistake);
  }
  return errors;
}

}  // namespace tripcurve::faults
