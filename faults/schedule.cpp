#include "faults/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/durations/words.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::faults {
namespace {

constexpr std::uint64_t most_counted = 1'000'000'000;
constexpr std::array<std::string_view, 7> schedule_words{"burst", "ge",   "every", "first",
                                                         "after", "flap", "per"};
// By Schedule::Per.
constexpr std::array<std::string_view, 3> per_words{"request", "connection", "client"};

// What stands before = or (, of a word that has one of them.
std::string_view name_of(std::string_view item) {
  const auto end = item.find_first_of("=(");
  return end == std::string_view::npos ? std::string_view() : trim(item.substr(0, end));
}

Result<Schedule::Per> parse_per(std::string_view item) {
  const auto word = trim(item.substr(item.find('=') + 1));
  const auto found = std::ranges::find(per_words, word);
  if (found == per_words.end()) {
    return Error{"per: " + quoted(word) + " is nothing that faults are drawn for",
                 did_you_mean(word, per_words)};
  }
  return static_cast<Schedule::Per>(found - per_words.begin());
}

template <typename T>
std::optional<Error> twice(const T& place, const T& unsaid, std::string_view item) {
  return place == unsaid ? std::nullopt
                         : std::optional(Error{
                               fmt::format("{} says {} a second time", quoted(item), name_of(item)),
                               "keep one of them"});
}

// A share among the arguments of a call; `usual` where it may be missing.
std::optional<double> share_in(durations::Arguments& arguments, std::string_view name,
                               std::optional<double> usual) {
  const auto text = usual ? arguments.named(name) : arguments.next(name);
  if (!text) {
    return usual;
  }
  const auto share = parse_share(*text);
  if (!share) {
    arguments.refuse(share.error().in(std::string(name)));
    return std::nullopt;
  }
  return share->value;
}

Result<BurstChain> parse_chain(std::string_view item) {
  const auto call = durations::parse_call(item);
  if (!call) {
    return call.error();
  }
  durations::Arguments arguments(*call, item, "ge(p=1%,r=10%,bad=100%,good=0%)");
  const auto to_bad = share_in(arguments, "p", std::nullopt);
  const auto to_good = share_in(arguments, "r", std::nullopt);
  const auto bad = share_in(arguments, "bad", 1.0);
  const auto good = share_in(arguments, "good", 0.0);
  if (auto mistake = arguments.error()) {
    return *std::move(mistake);
  }
  if (*to_bad <= 0 || *to_good <= 0) {
    return Error{quoted(item) + " never changes its state", "write a p and an r above 0%"};
  }
  if (*to_bad + *to_good >= 2) {
    return Error{quoted(item) + " changes its state with every request", "write every=2"};
  }
  if (*bad <= 0 && *good <= 0) {
    return Error{quoted(item) + " hits no request in either state", "write bad=100%"};
  }
  return BurstChain{.to_bad = *to_bad, .to_good = *to_good, .bad = *bad, .good = *good};
}

Result<Schedule::Flap> parse_flap(std::string_view item) {
  const auto call = durations::parse_call(item);
  if (!call) {
    return call.error();
  }
  durations::Arguments arguments(*call, item, "flap(up=5s,down=5s)");
  const auto up = arguments.duration("up");
  const auto down = arguments.duration("down");
  if (auto mistake = arguments.error()) {
    return *std::move(mistake);
  }
  if (*up == Duration::zero() || *down == Duration::zero()) {
    return Error{quoted(item) + " does not flap: one of its times is zero",
                 "write flap(up=5s,down=5s)"};
  }
  return Schedule::Flap{*up, *down};
}

Result<std::uint64_t> parse_number(std::string_view item) {
  const auto number = parse_count(item.substr(item.find('=') + 1), 1, most_counted);
  return number ? number : number.error().in(std::string(name_of(item)));
}

// Moves what was read to its place.
template <typename T, typename Place>
std::optional<Error> put(Result<T> read, Place& place) {
  if (!read) {
    return read.error();
  }
  place = *std::move(read);
  return std::nullopt;
}

}  // namespace

bool Schedule::has(std::string_view item) {
  return std::ranges::find(schedule_words, name_of(item)) != schedule_words.end();
}

std::optional<Error> Schedule::read(std::string_view item) {
  const auto name = name_of(item);
  const bool is_call = name == "ge" || name == "flap";
  if ((item.find('(') < item.find('=')) != is_call) {
    return Error{quoted(item) + " is not how " + std::string(name) + " is written",
                 name == "ge"     ? "write ge(p=1%,r=10%,bad=100%)"
                 : name == "flap" ? "write flap(up=5s,down=5s)"
                                  : fmt::format("write {}={}", name,
                                                name == "after" ? "30s"
                                                : name == "per" ? "client"
                                                                : "10")};
  }
  if (name == "burst" || name == "ge") {
    if (burst_ != 0 || chain_) {
      return Error{quoted(item) + ": the bursts are said already", "keep one of burst= and ge()"};
    }
    return name == "burst" ? put(parse_number(item), burst_) : put(parse_chain(item), chain_);
  }
  if (name == "per") {
    const auto mistake = twice(per_, Per::request, item);
    return mistake ? mistake : put(parse_per(item), per_);
  }
  if (name == "every") {
    const auto mistake = twice(every_, std::uint64_t{1}, item);
    return mistake ? mistake : put(parse_number(item), every_);
  }
  if (name == "first") {
    const auto mistake = twice(first_, {}, item);
    return mistake ? mistake : put(parse_number(item), first_);
  }
  if (name == "after") {
    const auto mistake = twice(after_, Duration{}, item);
    return mistake ? mistake : put(parse_duration(item.substr(item.find('=') + 1)), after_);
  }
  const auto mistake = twice(flap_, {}, item);
  return mistake ? mistake : put(parse_flap(item), flap_);
}

std::optional<Error> Schedule::settle(double total, std::string_view text) {
  if (per_ != Per::request && counts()) {
    return Error{
        fmt::format("{} goes by the order of requests, and with per={} all of a {} are hit",
                    quoted(text), per_words[static_cast<std::size_t>(per_)],
                    per_words[static_cast<std::size_t>(per_)]),
        "leave out one of them"};
  }
  if (burst_ == 0 && !chain_) {
    return std::nullopt;
  }
  constexpr double whole = 1 - 1e-9;
  if (chain_) {
    return total < whole
               ? std::optional(Error{
                     quoted(text) + ": with ge() its bad= and good= say how many requests are hit, "
                                    "and the shares only what hits them",
                     "let the shares add up to 100%, such as 503:100%,ge(p=1%,r=10%,bad=50%)"})
               : std::nullopt;
  }
  const auto length = static_cast<double>(burst_);
  if (total >= whole) {
    return Error{quoted(text) + " hits every request, so that there are no bursts",
                 "leave burst= out, or write a smaller share"};
  }
  if (total > length / (length + 1)) {
    return Error{fmt::format("{}: bursts of {} with a request in between reach {} at most",
                             quoted(text), burst_, show_share(length / (length + 1))),
                 "write a smaller share, or longer bursts"};
  }
  if (total > 0) {
    chain_ = BurstChain{.to_bad = total / (1 - total) / length, .to_good = 1 / length};
  }
  return std::nullopt;
}

bool Schedule::is_on(const Occasion& occasion) const {
  const auto place = place_of(occasion.ordinal);
  if (occasion.since < after_ || (first_ && place >= *first_) || (place + 1) % every_ != 0) {
    return false;
  }
  return !flap_ || occasion.since % (flap_->up + flap_->down) >= flap_->up;
}

Random Schedule::draws_for(const Occasion& occasion, const Random& draws) const {
  switch (per_) {
    case Per::request:
      break;
    case Per::connection:
      return draws.fork("connection").fork(occasion.connection);
    case Per::client:
      return draws.fork("client").fork(occasion.client);
  }
  return draws.fork(occasion.ordinal);
}

double Schedule::share_hit(const Occasion& occasion, const Random& draws) const {
  const bool bad = chain_->is_bad(place_of(occasion.ordinal), draws, occasion.memo);
  return bad ? chain_->bad : chain_->good;
}

double Schedule::long_run(double total) const {
  double share = chain_ ? chain_->share_hit() : total;
  share /= static_cast<double>(every_);
  if (flap_) {
    share *= to_seconds(flap_->down) / to_seconds(flap_->up + flap_->down);
  }
  return first_ ? 0 : share;
}

double Schedule::peak(double total) const {
  if (!sequence_.empty() || (per_ != Per::request && total > 0)) {
    return 1;
  }
  return chain_ ? std::max(chain_->bad, chain_->good) : total;
}

std::string Schedule::text() const {
  std::string text;
  if (burst_ != 0) {
    text += fmt::format(",burst={}", burst_);
  } else if (chain_) {
    text += fmt::format(",ge(p={},r={},bad={},good={})", format_share({chain_->to_bad}),
                        format_share({chain_->to_good}), format_share({chain_->bad}),
                        format_share({chain_->good}));
  }
  text +=
      per_ != Per::request ? fmt::format(",per={}", per_words[static_cast<std::size_t>(per_)]) : "";
  text += every_ > 1 ? fmt::format(",every={}", every_) : "";
  text += first_ ? fmt::format(",first={}", *first_) : "";
  text += after_ > Duration::zero() ? ",after=" + format_duration(after_) : "";
  text += flap_ ? fmt::format(",flap(up={},down={})", format_duration(flap_->up),
                              format_duration(flap_->down))
                : "";
  return text;
}

std::vector<std::string> Schedule::remarks() const {
  std::vector<std::string> all;
  if (chain_) {
    all.push_back(fmt::format("in bursts of {:.3g} requests on average", 1 / chain_->to_good));
    all.push_back(fmt::format("{:.3g} apart", 1 / chain_->to_bad));
  }
  if (per_ != Per::request) {
    all.push_back(fmt::format("drawn once for each {}: all or none of its requests are hit",
                              per_words[static_cast<std::size_t>(per_)]));
  }
  if (every_ > 1) {
    all.push_back(fmt::format("one request in {} only", show_count(every_)));
  }
  if (first_) {
    all.push_back(fmt::format("the first {} requests only", show_count(*first_)));
  }
  if (after_ > Duration::zero()) {
    all.push_back("from " + format_duration(after_) + " on");
  }
  if (flap_) {
    all.push_back(fmt::format("in turn not for {} and then for {}", format_duration(flap_->up),
                              format_duration(flap_->down)));
  }
  if (!sequence_.empty()) {
    all.push_back(fmt::format("in a sequence of {} requests that repeats", sequence_.size()));
  }
  return all;
}

}  // namespace tripcurve::faults
