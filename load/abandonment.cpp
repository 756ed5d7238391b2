#include "load/abandonment.hpp"

#include <algorithm>
#include <functional>

#include "core/ensure.hpp"
#include "core/text.hpp"

namespace tripcurve::load {
namespace {

constexpr std::string_view after_word = "after";
constexpr const char* abandonment_forms = "write '2% after 300ms', '2%' or 'after 2s'";

// Evenly from nothing to the timeout.
DurationDistribution evenly_within(Duration timeout) {
  auto evenly = parse_duration_distribution("0ms.." + format_duration(timeout), "time");
  ENSURE(evenly.ok());
  return *std::move(evenly);
}

Result<Share> parse_leaving_share(std::string_view text) {
  if (text.empty()) {
    return Share{1};
  }
  auto share = parse_share(text);
  if (!share) {
    return Error{share.error().message, abandonment_forms};
  }
  return share->value > 0 ? share
                          : Result<Share>(Error{"0% of the callers never leave",
                                                "write a share above 0%, or leave it out"});
}

}  // namespace

Abandonment leaving_after(Duration patience) {
  return {.after = DurationDistribution::fixed(patience)};
}

Result<Abandonment> parse_abandonment(std::string_view text) {
  text = trim(text);
  const auto word = text.find(after_word);
  if (text.empty()) {
    return Error{"nothing says which callers leave", abandonment_forms};
  }
  const auto share = parse_leaving_share(trim(text.substr(0, word)));
  if (!share) {
    return share.error();
  }
  Abandonment abandonment{.share = *share};
  if (word != std::string_view::npos) {
    auto after = parse_duration_distribution(trim(text.substr(word + after_word.size())), "time");
    if (!after) {
      return after.error().in(quoted(text));
    }
    if (after->is_fixed() && after->mean() == Duration::zero()) {
      return Error{quoted(text) + " lets callers leave before they call", abandonment_forms};
    }
    abandonment.after = *std::move(after);
  }
  return abandonment;
}

std::string format_abandonment(const Abandonment& abandonment) {
  return format_share(abandonment.share) +
         (abandonment.after ? " after " + abandonment.after->text() : "");
}

Departures::Departures(const Abandonment& abandonment, Duration timeout, Random random)
    : share_(abandonment.share.value),
      after_(abandonment.after ? *abandonment.after : evenly_within(timeout)),
      draws_(random.fork("load/abandon")) {}

void Departures::expect(std::uint32_t slot, std::uint64_t ordinal, TimePoint intended) {
  auto draw = draws_.fork(ordinal);
  if (draw.unit() < share_) {
    heap_.push_back({intended + after_.sample(draw, {.now = intended}), ordinal, slot});
    std::ranges::push_heap(heap_, std::greater{});
  }
}

Departures::Departure Departures::take() {
  std::ranges::pop_heap(heap_, std::greater{});
  const auto next = heap_.back();
  heap_.pop_back();
  return next;
}

}  // namespace tripcurve::load
