// Which breakers stand behind which, and what is told of the order in which they opened.
#include "report/selectivity.hpp"

#include "tests/report/run_facts.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::report {
namespace {

using namespace testing;

LinkSummary link(const char* to, const char* breaker,
                 std::optional<TimePoint> opened = std::nullopt) {
  LinkSummary link;
  link.to = to;
  link.breaker = breaker;
  link.first_opened = opened;
  return link;
}

ServiceSummary service(const char* name, std::vector<LinkSummary> links) {
  ServiceSummary service;
  service.name = name;
  service.links = std::move(links);
  return service;
}

// gateway -> order -> payment -> upstream, with a breaker at either end, and an inventory that
// calls nobody.
std::vector<ServiceSummary> chain(std::optional<TimePoint> outer, std::optional<TimePoint> inner) {
  return {service("gateway", {link("order", "classic", outer)}),
          service("order", {link("inventory", "polly"), link("payment", "none")}),
          service("inventory", {}), service("payment", {link("upstream", "classic", inner)})};
}

std::vector<std::string> lines(std::optional<TimePoint> outer, std::optional<TimePoint> inner) {
  return selectivity_lines(chain(outer, inner), false, std::nullopt);
}

}  // namespace

TEST_CASE("behind a breaker stands the next one on the way to the upstream") {
  const auto found = nestings(chain({}, {}), false);
  REQUIRE(found.size() == 1);
  CHECK(found[0].outer == "gateway -> order");
  // The inventory's is on no way to it, and nobody is behind payment's.
  CHECK(found[0].inner == std::vector<std::string>{"payment -> upstream"});
  CHECK(nestings({}, true).empty());
}

TEST_CASE("the load's own breaker stands outside all of a topology's") {
  const auto found = nestings(chain({}, {}), true);
  REQUIRE(found.size() == 2);
  CHECK(found[0].outer == "client");
  CHECK(found[0].inner == std::vector<std::string>{"gateway -> order"});
}

TEST_CASE("on two ways to the upstream, the first breaker of each stands behind one before both") {
  const std::vector<ServiceSummary> services{
      service("front", {link("left", "none"), link("right", "none")}),
      service("left", {link("store", "classic")}), service("right", {link("store", "none")}),
      service("store", {link("upstream", "classic")})};
  const auto found = nestings(services, true);
  REQUIRE(found.size() == 2);
  CHECK(found[0].inner == std::vector<std::string>{"left -> store", "store -> upstream"});
  CHECK(found[1].outer == "left -> store");
  CHECK(found[1].inner == std::vector<std::string>{"store -> upstream"});
}

TEST_CASE("the report says which of two breakers opened first, and by how much") {
  using Lines = std::vector<std::string>;
  CHECK(lines(at(7200ms), at(6s)) ==
        Lines{"selectivity: payment -> upstream opened 1.20s before gateway -> order"});
  CHECK(lines(at(6s), at(7200ms)) ==
        Lines{"selectivity: payment -> upstream opened 1.20s after gateway -> order, though it is "
              "nearer to the fault"});
  CHECK(lines(at(6s), at(6s)) ==
        Lines{"selectivity: payment -> upstream opened at the same instant as gateway -> order"});
  CHECK(lines({}, at(6s)) ==
        Lines{"selectivity: payment -> upstream opened, and gateway -> order did not"});
  CHECK(lines(at(6s), {}) ==
        Lines{"selectivity: gateway -> order opened, but payment -> upstream, which is nearer to "
              "the fault, did not"});
  CHECK(lines({}, {}).empty());
  CHECK(selectivity_lines(chain({}, at(6s)), true, at(5s)).size() == 2);
}

}  // namespace tripcurve::report
