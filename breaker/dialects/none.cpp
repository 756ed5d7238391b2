#include "breaker/dialects/none.hpp"

namespace tripcurve::breaker {
namespace {

Result<std::unique_ptr<Breaker>> make_none(const Settings& /*settings*/, Random /*random*/) {
  return std::unique_ptr<Breaker>(std::make_unique<None>());
}

Facts none_facts(const Settings& /*settings*/) { return {}; }

constexpr Portrait none_portrait{
    .library = "no library",
    .evidence = Evidence::source,
    .answers = {"it never opens", "there is no threshold", "never", "nothing", "everybody",
                "nothing", "there are none"},
    .surprises = {},
    .counting = "Nothing is counted. The caller counts 5xx and every call without an answer.",
    .cancelling = "Nothing hears of it.",
};

}  // namespace

const Dialect& none_dialect() {
  static constexpr Dialect dialect{.name = "none",
                                   .summary = "no breaker: every call goes out",
                                   .keys = {},
                                   .portrait = &none_portrait,
                                   .make = make_none,
                                   .facts = none_facts,
                                   .heeds_while_closed = Heeds::failures};
  return dialect;
}

}  // namespace tripcurve::breaker
