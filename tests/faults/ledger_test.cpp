#include "faults/ledger.hpp"

#include "core/ensure.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;

namespace {

Plan plan(std::string_view second_errors) {
  return {
      Upstream{},
      {*parse_phase("warm 10s"), *parse_phase("outage 10s errors=" + std::string(second_errors))},
      Random(7)};
}

Treatment in_phase(std::uint16_t phase, std::uint16_t item = Treatment::served) {
  return {Decision{.phase = phase, .item = item}};
}

}  // namespace

TEST_CASE("a new ledger lists every kind of every phase with zero") {
  const Ledger ledger(plan("503:50%,reset:10%"));
  REQUIRE(ledger.phases().size() == 2);
  CHECK(ledger.phases()[0].injected.empty());
  REQUIRE(ledger.phases()[1].injected.size() == 2);
  CHECK(ledger.phases()[1].injected[0] == std::pair<std::string, std::uint64_t>("503", 0));
  CHECK(ledger.phases()[1].injected[1] == std::pair<std::string, std::uint64_t>("reset", 0));
  CHECK(ledger.phases()[1].requests == 0);
}

TEST_CASE("every request that arrives is either served or counted with its kind") {
  Ledger ledger(plan("503:50%,reset:10%"));
  ledger.note(in_phase(0), Passage::fair);
  ledger.note(in_phase(1), Passage::leaked);
  ledger.note(in_phase(1, 1), Passage::leaked);
  ledger.note(in_phase(1, 1), Passage::fair);
  ledger.note(in_phase(0), Passage::overtaken);
  CHECK(ledger.phases()[0].requests == 2);
  CHECK(ledger.phases()[0].overtaken == 1);
  CHECK(ledger.phases()[0].served == 2);
  CHECK(ledger.phases()[0].leaked_while_open == 0);
  const auto& outage = ledger.phases()[1];
  CHECK(outage.requests == 3);
  CHECK(outage.leaked_while_open == 2);
  CHECK(outage.served == 1);
  CHECK(outage.injected[0].second == 0);
  CHECK(outage.injected[1].second == 2);
}

TEST_CASE("what a stranger sends is counted apart, and neither arrived nor leaked") {
  Ledger ledger(plan("503:50%,reset:10%"));
  Ledger other(plan("503:50%,reset:10%"));
  ledger.note(in_phase(1, 0), Passage::stranger);
  other.note(in_phase(1), Passage::stranger);
  other.note(in_phase(1, 0), Passage::fair);
  ledger.merge(other);
  const auto& outage = ledger.phases()[1];
  CHECK(outage.strangers == 2);
  CHECK(outage.requests == 1);
  CHECK(outage.leaked_while_open == 0);
  CHECK(outage.served == 0);
  CHECK(outage.injected[0].second == 1);
}

TEST_CASE("what a plan decides is what its ledger counts") {
  const auto faults = plan("503:50%,reset:10%");
  Ledger ledger(faults);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    ledger.note(faults.decide({.ordinal = i}, at(std::chrono::seconds(15))), Passage::fair);
  }
  const auto& outage = ledger.phases()[1];
  CHECK(outage.requests == 1000);
  CHECK(outage.served + outage.injected[0].second + outage.injected[1].second == 1000);
  CHECK(outage.injected[0].second > outage.injected[1].second);
  CHECK(ledger.phases()[0].requests == 0);
}

TEST_CASE("merged ledgers are the sum of both") {
  Ledger one(plan("503:50%,reset:10%"));
  Ledger other(plan("503:50%,reset:10%"));
  one.note(in_phase(1, 0), Passage::leaked);
  other.note(in_phase(1, 0), Passage::leaked);
  other.note(in_phase(1, 1), Passage::fair);
  other.note(in_phase(0), Passage::overtaken);
  one.merge(other);
  CHECK(one.phases()[0].overtaken == 1);
  CHECK(one.phases()[0].served == 1);
  CHECK(one.phases()[1].requests == 3);
  CHECK(one.phases()[1].leaked_while_open == 2);
  CHECK(one.phases()[1].injected[0].second == 2);
  CHECK(one.phases()[1].injected[1].second == 1);
}

TEST_CASE("merging ledgers of different plans is a bug") {
  Ledger ledger(plan("503:50%"));
  CHECK_THROWS_AS(ledger.merge(Ledger(plan("500:50%"))), Bug);
  CHECK_THROWS_AS(ledger.merge(Ledger(plan("503:50%,reset:1%"))), Bug);
  CHECK_THROWS_AS(ledger.merge(Ledger(Plan({}, {*parse_phase("a 1s")}, Random(7)))), Bug);
}

TEST_CASE("a request whose answer leaves its fault nothing to do is served and spared") {
  const auto both = plan("503:50%,reset:10%");
  Ledger ledger(both);
  auto reset = in_phase(1, 1);
  reset.fate = Fate::reset;
  for (int i = 0; i < 3; ++i) {
    ledger.note(reset, Passage::fair);
  }
  const auto earlier = ledger;
  ledger.spare(reset, Passage::fair);
  ledger.note(reset, Passage::stranger);
  ledger.spare(reset, Passage::stranger);
  using Counts = decltype(PhaseLedger::spared);
  const auto& outage = ledger.phases()[1];
  CHECK(outage.requests == 3);
  CHECK(outage.served == 1);
  CHECK(outage.injected[1].second == 2);
  CHECK(outage.spared == Counts{{"reset", 1}});
  auto twice = ledger;
  twice.merge(ledger);
  CHECK(twice.phases()[1].spared == Counts{{"reset", 2}});
  CHECK(twice.since(ledger).phases()[1].spared == Counts{{"reset", 1}});
  CHECK(ledger.since(earlier).phases()[1].spared == Counts{{"reset", 1}});
}
