#include "curve/protection.hpp"
#include "curve/html.hpp"

#include "curve/plot.hpp"
#include "curve/svg.hpp"
#include "tests/curve/plans.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using curve::Blip;
using curve::parse_blip;

namespace {

curve::Plan over_latency(const std::string& breaker) {
  auto plan = plan_of({breaker}, {0.1, 2});
  plan.axis = axis("latency");
  plan.world.timeout = 1s;
  return plan;
}

}  // namespace

TEST_CASE("a blip is read as how bad and how long, in the unit of the axis") {
  CHECK(*parse_blip("30% 2s", *axis("errors")) == Blip{0.3, 2s});
  CHECK(*parse_blip(" 800ms  2s ", *axis("latency")) == Blip{0.8, 2s});
  for (const auto& [text, message] :
       {std::pair("", "does not say"), std::pair("30%", "does not say"),
        std::pair("30% 2", "'30% 2'"), std::pair("2s 30%", "'2s 30%'")}) {
    const auto read = parse_blip(text, *axis("errors"));
    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().message, ContainsSubstring(message));
    CHECK_FALSE(read.error().hint.empty());
  }
}

TEST_CASE("a breaker that opens within a blip is told, and one that rides it out is not") {
  const auto curves =
      measured(plan_of({"classic,failures=3", "classic,failures=1000"}, {0.1, 0.5, 1}));
  const auto trips = curve::nuisance_trips(curves, *axis("errors"), {{0.5, 5s}});
  REQUIRE(trips.size() == 1);
  CHECK(trips[0].breaker == 0);
  CHECK_THAT(trips[0].text, ContainsSubstring("at 50% it opens within 5s in 100 % of the runs"));
  CHECK(curve::nuisance_trips(curves, *axis("errors"), {{0.5, 20ms}}).empty());
  // Between two severities the worse one counts, beyond the last the last.
  CHECK(curve::nuisance_trips(curves, *axis("errors"), {{0.11, 5s}}).size() == 1);
  CHECK(curve::nuisance_trips(curves, *axis("errors"), {}).empty());
}

TEST_CASE("workers are all busy after as many calls, if each is held that long") {
  const auto plan = over_latency("classic");
  CHECK(curve::exhausted_after(50, plan, 2) == 500ms);
  CHECK(curve::exhausted_after(100, plan, 2) == 1s);
  CHECK_FALSE(curve::exhausted_after(101, plan, 2));  // the timeout frees one before
  CHECK_FALSE(curve::exhausted_after(50, plan, 0.1));
  auto closed = plan;
  closed.world.loop = load::ClosedLoop{};
  CHECK_FALSE(curve::exhausted_after(1, closed, 2));
}

TEST_CASE("a breaker that is closed when the pool is exhausted is told") {
  const auto quick = over_latency("classic,failures=3");
  // It hears of the third timeout after 1.03 s.
  const auto late = curve::late_trips(measured(quick), quick, 50);
  REQUIRE(late.size() == 1);
  CHECK_THAT(late[0].text, ContainsSubstring("from 2s on, all 50 workers are busy after 500ms"));
  CHECK_THAT(late[0].text, ContainsSubstring("in 100 % of the runs"));
  CHECK(curve::late_trips(measured(quick), quick, 200).empty());
  auto shorter = quick;
  shorter.world.timeout = 300ms;
  CHECK(curve::late_trips(measured(shorter), shorter, 50).empty());
}

TEST_CASE("one late run in twenty is tolerated, and two are not") {
  const auto plan = over_latency("classic");
  const auto crossings = [&](std::size_t late) {
    curve::Point point{.severity = 2, .runs = 20, .opened = {}};
    point.opened.resize(20 - late, 400ms);
    point.opened.resize(20, 600ms);
    return curve::late_trips({{plan.breakers.front(), {point}}}, plan, 50).size();
  };
  CHECK(crossings(0) == 0);
  CHECK(crossings(1) == 0);
  CHECK(crossings(2) == 1);
}

TEST_CASE("the picture has a letter for each curve, and says which never open") {
  const auto plan = plan_of({"classic,failures=3,timeout=1h", "none"}, {0, 0.5, 1});
  const auto picture = curve::plot(measured(plan), plan, {.workers = {}, .blips = {{0.5, 10s}}});
  INFO(picture);
  const auto never = picture.substr(0, picture.find('\n'));
  CHECK(std::ranges::count(never, 'B') == 2);
  CHECK(std::ranges::count(never, '*') == 1);  // neither opens without errors
  CHECK(std::ranges::count(picture, 'A') == 2);
  CHECK(std::ranges::count(picture, 'x') == 1);
  CHECK_THAT(picture, ContainsSubstring("100ms |"));
  for (std::size_t begin = 0; begin < picture.size();) {
    const auto end = picture.find('\n', begin);
    CHECK(end - begin <= 80);
    begin = end + 1;
  }
}

TEST_CASE("the picture as SVG has a line and a band for each curve, and what limits them") {
  auto plan =
      plan_of({"classic,failures=3,timeout=1h", "gobreaker,ReadyToTrip=Requests > 5"}, {0, 0.5, 1});
  const auto count = [](const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
      ++found;
    }
    return found;
  };
  const auto picture = curve::svg(measured(plan), plan, {.workers = 1, .blips = {{0.5, 10s}}});
  CHECK(picture.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  CHECK(picture.ends_with("</svg>\n"));
  CHECK(count(picture, "<polyline points=") == 2);
  CHECK(count(picture, "class=\"theory\"") == 1);  // of n in a row, dashed
  CHECK(count(picture, "class=\"blip\"") == 1);
  CHECK(count(picture, "class=\"damage\"") == 1);
  CHECK(count(picture, "Requests &gt; 5") == 1);
  CHECK(count(picture, "<circle ") == 2);  // neither opens without errors
  CHECK(count(curve::svg(measured(plan), plan, {}), "class=\"blip\"") == 0);
  CHECK(count(curve::svg(measured(plan), plan, {}), "class=\"damage\"") == 0);
  CHECK(count(picture, "nan") + count(picture, "inf") == 0);

  plan.breakers.push_back(breaker::parse_choice("pybreaker").value());
  plan.world.instances = 2;  // of which no closed form is known
  CHECK(count(curve::svg(measured(plan), plan, {}), "theory") == 0);

  plan.severities = {1};  // has no breadth
  CHECK(count(curve::svg(measured(plan), plan, {}), "nan") == 0);
}

TEST_CASE("the page has the picture, a table for each curve, and what crosses its limits") {
  const auto plan = plan_of({"classic,failures=3,timeout=1h", "gobreaker"}, {0, 1});
  const curve::Limits limits{.workers = {}, .blips = {{1, 10s}}};
  const auto curves = measured(plan);
  const auto crossings = curve::nuisance_trips(curves, *plan.axis, limits.blips);
  REQUIRE(crossings.size() == 2);
  const auto page = curve::html(curves, plan, limits, crossings);
  CHECK_THAT(page, ContainsSubstring("<svg ") && ContainsSubstring("</html>"));
  CHECK_THAT(page, ContainsSubstring("Not every curve lies between its limits."));
  CHECK_THAT(page, ContainsSubstring(crossings.front().text));
  CHECK_THAT(page, ContainsSubstring("<th>theory (mean)</th>"));
  CHECK_THAT(curve::html(curves, plan, limits, {}),
             ContainsSubstring("Every curve lies between its limits."));
  CHECK_THAT(page, !ContainsSubstring("<script"));
}
