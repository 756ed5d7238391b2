// What can be said of instances behind one URL.
#include "through/instances.hpp"

#include <chrono>

#include "tests/support/catch.hpp"

namespace tripcurve::through {
namespace {

using namespace std::chrono_literals;
using testing::ContainsSubstring;

// Arrivals of three instances in turn, every 10 ms; the second one falls silent for a while.
Seen three_instances() {
  Seen seen;
  for (int i = 0; i < 1000; ++i) {
    const auto when = at(i * 10ms);
    const bool silent = i % 3 == 1 && when > at(5s) && when < at(8s);
    if (!silent) {
      seen.arrivals.push_back(
          {.at = when, .instance = std::string(1, static_cast<char>('a' + i % 3))});
    }
  }
  return seen;
}

TEST_CASE("an instance that falls silent while others go on is told, between two times") {
  const auto found = instances(three_instances(), at(4s), at(10s));
  REQUIRE(found.size() == 3);
  CHECK(found[0].name == "a");
  CHECK(found[0].silences.empty());
  REQUIRE(found[1].silences.size() == 1);
  const auto& silence = found[1].silences.front();
  CHECK(silence.began.earliest == at(4990ms));
  CHECK(silence.began.latest > at(5300ms));  // one arrival in 30 ms: less is chance
  CHECK(silence.began.latest < at(5500ms));
  CHECK(silence.ended >= at(8s));
  CHECK_FALSE(silence.to_end);
  const auto words = instance_words(found, "the field X-Instance");
  REQUIRE(words.size() == 4);
  CHECK_THAT(words[0], ContainsSubstring("came from 3 instances"));
  CHECK_THAT(words[0], ContainsSubstring("nobody can say"));
  CHECK_THAT(words[2], ContainsSubstring("none after 4.990 s until 8."));
}

TEST_CASE("an instance that is gone for good is silent to the end") {
  const auto found = instances(three_instances(), at(4s), at(20s));
  CHECK(found[0].silences.back().to_end);
  CHECK_THAT(instance_words(found, "x")[1], ContainsSubstring("until the end"));
}

TEST_CASE("where nothing tells instances apart, that is said") {
  Seen seen;
  seen.arrivals = {{.at = at(1s)}};
  CHECK(instances(seen, at(4s), at(10s)).empty());
  CHECK_THAT(instance_words({}, "the field X-Instance").front(),
             ContainsSubstring("no request to the dependency brought the field X-Instance"));
  seen.arrivals = {{.at = at(1s), .instance = "127.0.0.1"}};
  CHECK_THAT(instance_words(instances(seen, at(4s), at(10s)), "the address").front(),
             ContainsSubstring("came from one instance, 127.0.0.1"));
}

TEST_CASE("what arrives at one dependency is not seen at another") {
  Seen seen;
  seen.calls = {{.number = 1, .sent = at(1s)}};
  seen.arrivals = {{.at = at(1s), .call = 1}, {.at = at(2s), .call = 1, .dependency = 1}};
  CHECK(seen_at(seen, 0).arrivals.size() == 1);
  CHECK(seen_at(seen, 1).arrivals.front().at == at(2s));
  CHECK(seen_at(seen, 1).calls == seen.calls);
}

TEST_CASE("an instance that called too seldom before is not said to be silent") {
  Seen seen;
  for (const Duration when : {Duration(500ms), Duration(1s), Duration(1500ms), Duration(100s)}) {
    seen.arrivals.push_back({.at = at(when), .call = {}, .dependency = 0, .instance = "a"});
  }
  const auto found = instances(seen, at(2s), at(200s));
  REQUIRE(found.size() == 1);
  CHECK(found.front().arrivals == 4);
  CHECK(found.front().silences.empty());
}

}  // namespace
}  // namespace tripcurve::through
