#include "experiment/injection_proof.hpp"

#include <string>
#include <tuple>
#include <vector>

#include "faults/injector.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::experiment;
using Catch::Matchers::EndsWith;
using tripcurve::testing::ContainsSubstring;

namespace {

faults::Plan plan_for(const std::vector<std::string>& phases, faults::Upstream upstream = {},
                      std::uint64_t seed = 7) {
  std::vector<faults::PhaseSpec> specs;
  for (const auto& phase : phases) {
    specs.push_back(*faults::parse_phase(phase));
  }
  return {std::move(upstream), std::move(specs), Random(seed)};
}

// What `count` requests for each of the paths leave behind, all in the first second.
faults::Ledger after_requests(const faults::Plan& plan, std::uint64_t count,
                              const std::vector<std::string>& paths = {"/"}) {
  faults::Injector injector(plan);
  faults::Ledger ledger(plan);
  for (std::uint64_t i = 0; i < count; ++i) {
    const faults::Request request{.ordinal = i, .path = paths[i % paths.size()]};
    ledger.note(injector.treat(request, TimePoint{}), Passage::fair);
    ledger.note(injector.open(i, TimePoint{}));
  }
  return ledger;
}

report::InjectedShare only_share(const faults::Plan& plan, const faults::Ledger& ledger) {
  const auto shares = injected_shares(plan, ledger);
  REQUIRE(shares.front().size() == 1);
  return shares.front().front();
}

}  // namespace

TEST_CASE("what was asked for stands beside what came, with what chance makes likely") {
  const auto plan = plan_for({"outage 10s errors=503:30%"});
  const auto share = only_share(plan, after_requests(plan, 1000));
  CHECK(share.kind == "503");
  CHECK(share.drawn == 1000);
  CHECK(share.requested == 0.3);
  // The 0.05 % and 99.95 % quantiles of a binomial count.
  CHECK(share.least == 253);
  CHECK(share.most == 348);
  CHECK(share.is_likely());
  CHECK_THAT(words(share), ContainsSubstring(" of 1,000 requests ("));
  CHECK_THAT(words(share), ContainsSubstring("30.0% was asked for, which makes 253 to 348 likely"));
}

TEST_CASE("of a thousand seeds about one is called unlikely") {
  std::uint64_t unlikely = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const auto plan = plan_for({"outage 10s errors=503:20%"}, {}, seed);
    unlikely += only_share(plan, after_requests(plan, 200)).is_likely() ? 0U : 1U;
  }
  CHECK(unlikely <= 6);
}

TEST_CASE("hits that are not what was asked for are called unlikely") {
  report::InjectedShare share{.kind = "reset", .requested = 0.5, .drawn = 10, .injected = 9};
  share.least = 1;
  share.most = 8;
  CHECK_FALSE(share.is_likely());
  CHECK_THAT(words(share), ContainsSubstring("9 of 10 requests (90.0%)"));
  CHECK_THAT(words(share), ContainsSubstring("UNLIKELY"));
}

TEST_CASE("what is spared was drawn, and did not hit") {
  const auto plan = plan_for({"outage 10s errors=reset:100%"});
  auto ledger = after_requests(plan, 100);
  for (std::uint64_t i = 0; i < 4; ++i) {
    faults::Injector injector(plan);
    ledger.spare(injector.treat({.ordinal = i}, TimePoint{}), Passage::fair);
  }
  const auto share = only_share(plan, ledger);
  CHECK(share.injected == 96);
  CHECK(share.spared == 4);
  CHECK(share.is_likely());
  CHECK_THAT(words(share), ContainsSubstring("reset hit 96 of 100 requests (96.0%)"));
  CHECK_THAT(words(share), EndsWith("; 4 more left it nothing to do"));
  ledger.spare(faults::Injector(plan).treat({.ordinal = 5}, TimePoint{}), Passage::stranger);
  CHECK(only_share(plan, ledger).spared == 4);
}

TEST_CASE("a share is of the requests that its rule gives it to") {
  faults::Upstream upstream;
  upstream.rules = {
      {.match = *faults::parse_match("/pay"), .errors = faults::parse_errors("503:50%").value()},
      {.match = *faults::parse_match("/ship"), .errors = faults::parse_errors("503:10%").value()}};
  const auto plan = plan_for({"all 10s"}, upstream);
  const auto share = only_share(plan, after_requests(plan, 3000, {"/pay", "/ship", "/other"}));
  CHECK(share.drawn == 2000);
  CHECK(share.requested == tripcurve::testing::Approx(0.3));
}

TEST_CASE(
    "faults in bursts, in turn or by the time have no bound, and all or nothing a sharp one") {
  for (const auto* errors : {"5%,burst=20", "503:50%,every=2", "seq(200*5,503*3)", "100%->0%"}) {
    INFO(errors);
    const auto plan = plan_for({std::string("odd 10s errors=") + errors});
    CHECK_FALSE(only_share(plan, after_requests(plan, 100)).least);
  }
  const auto plan = plan_for({"outage 10s errors=100%"});
  const auto share = only_share(plan, after_requests(plan, 100));
  CHECK(share.least == 100);
  CHECK(share.most == 100);
}

TEST_CASE("a fault of connections has its share of these") {
  const auto plan = plan_for({"odd 10s errors=slow-accept:40%"});
  const auto share = only_share(plan, after_requests(plan, 500));
  CHECK(share.of_connections);
  CHECK(share.drawn == 500);
  CHECK(share.requested == 0.4);
  CHECK(share.is_likely());
}

TEST_CASE("a share is also of requests that a limit turned away, for it was drawn before") {
  faults::Upstream upstream{.limit = *faults::parse_rate_limit("1/s,burst=5")};
  const auto plan = plan_for({"odd 10s errors=503:50%"}, upstream);
  const auto share = only_share(plan, after_requests(plan, 1000));
  CHECK(share.drawn == 1000);
  CHECK(share.is_likely());
}

TEST_CASE("a share is not of requests that a person has injected something into") {
  const auto plan = plan_for({"odd 10s errors=503:10%"});
  faults::Injector injector(plan);
  faults::Ledger ledger(plan);
  const auto send = [&](std::uint64_t from, std::uint64_t to, TimePoint now) {
    for (auto i = from; i < to; ++i) {
      ledger.note(injector.treat({.ordinal = i}, now), Passage::fair);
    }
  };
  send(0, 1000, at(1s));
  REQUIRE_FALSE(injector.by_hand().set(*faults::parse_phase("any 1s errors=503:100%"), at(2s)));
  send(1000, 2000, at(3s));
  const auto share = only_share(plan, ledger);
  CHECK(share.drawn == 1000);
  CHECK(share.is_likely());
}

namespace {

// What the load has seen of the first phase: so many ends like each.
load::Tally seen_by_load(const std::vector<load::AttemptEnds>& ends) {
  load::Tally tally(1, 1);
  for (const auto& [end, attempts] : ends) {
    for (std::uint64_t i = 0; i < attempts; ++i) {
      tally.phases[0].note_attempt(end);
    }
  }
  return tally;
}

using Kind = CallEnd::Kind;

}  // namespace

TEST_CASE("what the load saw of a fault stands beside what was injected") {
  const auto plan = plan_for({"odd 10s errors=503:30%,reset:20%"});
  const auto ledger = after_requests(plan, 1000);
  const auto injected = injected_shares(plan, ledger).front();
  CHECK_FALSE(injected[0].observed);
  const auto seen = seen_by_load({{{Kind::answer, 503}, injected[0].injected},
                                  {{Kind::reset, 0}, injected[1].injected / 2},
                                  {{Kind::timeout, 0}, injected[1].injected / 2},
                                  {{Kind::answer, 200}, 500}});
  const auto shares = injected_shares(plan, ledger, seen).front();
  REQUIRE(shares.size() == 2);
  CHECK(shares[0].observed == shares[0].injected);
  CHECK_FALSE(shares[0].is_missed());
  CHECK_THAT(words(shares[0]),
             EndsWith(" likely; the load saw " + std::to_string(shares[0].injected)));
  CHECK(shares[1].observed == shares[1].injected / 2);
  CHECK(shares[1].is_missed());
  CHECK_THAT(words(shares[1]), EndsWith("did not wait for the others"));
}

TEST_CASE("the load is not asked for what is done to a service's answers, which may be any") {
  const auto plan = plan_for({"odd 10s errors=503:30%,truncate:20%,reset:10%"});
  const auto ledger = after_requests(plan, 1000);
  const auto seen = seen_by_load({{{Kind::answer, 503}, 300}, {{Kind::closed, 404}, 200}});
  const auto shares =
      injected_shares(plan, ledger, seen, faults::Plan::Answers::of_service).front();
  REQUIRE(shares.size() == 3);
  CHECK(shares[0].observed);
  CHECK_FALSE(shares[1].observed);
  CHECK(shares[2].observed);
}

TEST_CASE("faults that end alike are seen together, and what none of them made is told") {
  faults::Upstream upstream{.limit = *faults::parse_rate_limit("1/s,burst=200,status=503")};
  const auto plan = plan_for({"odd 10s errors=503:50%"}, upstream);
  const auto ledger = after_requests(plan, 1000);
  const auto share = [&](std::uint64_t attempts) {
    return injected_shares(plan, ledger, seen_by_load({{{Kind::answer, 503}, attempts}}))[0][0];
  };
  const auto all = share(0).to_observe;
  CHECK(all == ledger.phases()[0].injected[0].second + ledger.phases()[0].injected[1].second);
  CHECK(all > share(0).injected);
  CHECK_THAT(words(share(all)), ContainsSubstring("that end like that, by whatever fault"));
  CHECK_FALSE(share(all + 1).is_exceeded());
  CHECK(share(2 * all).is_exceeded());
  CHECK_THAT(words(share(2 * all)), EndsWith(" of which no fault made"));
}

TEST_CASE("how a fault ends is what its client sees of it") {
  struct Fault {
    std::string errors;
    std::vector<CallEnd> ends;
  };
  for (const auto& [errors, ends] : std::vector<Fault>{{"503", {{Kind::answer, 503}}},
                                                       {"429", {{Kind::answer, 429}}},
                                                       {"reset", {{Kind::reset, 0}}},
                                                       {"reset(at=head)", {{Kind::reset, 200}}},
                                                       {"empty", {{Kind::closed, 0}}},
                                                       {"hang", {{Kind::timeout, 0}}},
                                                       {"hang(at=head)", {{Kind::timeout, 200}}},
                                                       {"truncate", {{Kind::closed, 200}}},
                                                       {"malformed-head", {{Kind::bad_answer, 0}}},
                                                       {"endless", {{Kind::timeout, 200}}},
                                                       {"close", {}},  // which is a good answer
                                                       {"slow-accept", {}},
                                                       {"200", {}}}) {
    INFO(errors);
    const auto plan = plan_for({"odd 10s errors=" + errors + ":100%"});
    CHECK(plan.ends_by(0, 0) == ends);
  }
  faults::Upstream tls{.tls = true};
  const auto plan = plan_for({"odd 10s errors=tls-reset:100%"}, tls);
  REQUIRE(plan.ends_by(0, 0).size() == 1);
  CHECK(plan.ends_by(0, 0)[0].handshake());
}

TEST_CASE("what happens to streams has its share of those that no error hits") {
  const auto streams =
      plan_for({"odd 10s errors=503:50% stream=events=10,every=1ms,die=20%@30%,stall=40%@50%"});
  const auto shares = injected_shares(streams, after_requests(streams, 2000)).front();
  REQUIRE(shares.size() == 3);
  for (const auto& [i, kind, requested] :
       {std::tuple{0, "503", 0.5}, {1, "stream-die", 0.1}, {2, "stream-stall", 0.2}}) {
    const auto& one = shares[static_cast<std::size_t>(i)];
    CHECK(one.kind == kind);
    CHECK(one.requested == tripcurve::testing::Approx(requested));
    CHECK(one.drawn == 2000);
    CHECK(one.is_likely());
  }
  CHECK(streams.ends_by(0, 1) == std::vector<CallEnd>{{Kind::closed, 200}});
  CHECK(streams.ends_by(0, 2) == std::vector<CallEnd>{{Kind::timeout, 200}});
}

TEST_CASE("a rule that no request meets is told, and so is an `on` that none meets") {
  faults::Upstream upstream;
  upstream.rules = {
      {.match = *faults::parse_match("/pay"), .latency = *faults::parse_latency("1ms")},
      {.match = *faults::parse_match("/refunds"), .latency = *faults::parse_latency("1ms")},
      {.match = *faults::parse_match("/**?debug"),
       .latency = *faults::parse_latency("9ms"),
       .also = true}};
  const auto plan = plan_for({"all 10s errors=5% on=/nowhere"}, upstream);
  const auto told = never_matched(plan, after_requests(plan, 10, {"/pay", "/"}));
  REQUIRE(told.size() == 3);
  CHECK_THAT(told[0], ContainsSubstring("rule '/refunds': no request matched it"));
  CHECK_THAT(told[1], ContainsSubstring("rule '/**?debug'"));
  CHECK_THAT(told[2], ContainsSubstring("phase 'all': no request matched on=/nowhere"));
  CHECK(never_matched(plan, after_requests(plan, 10, {"/pay", "/refunds?debug", "/nowhere"}))
            .empty());
}
