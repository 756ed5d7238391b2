// Several instances, and engines that share a load: what policies keep of an instance's calls.
#include "tests/load/engine_bench.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

// One call every 10 ms of which this shard makes every `shards`-th, and room for one call of each
// instance.
load::LoadPlan one_at_a_time(std::uint32_t instances, std::uint32_t shards) {
  auto plan = open_loop(100, 1h);
  plan.client = {client::BulkheadConfig{.places = 1}, client::TimeoutConfig{.after = 1h}};
  plan.instances = instances;
  plan.shards = shards;
  return plan;
}

using Ordinals = std::vector<std::uint64_t>;

Ordinals ordinals(const std::vector<Attempt>& attempts) {
  Ordinals all;
  for (const auto& attempt : attempts) {
    all.push_back(attempt.ordinal);
  }
  return all;
}

}  // namespace

TEST_CASE("an engine keeps the calls of its instances apart") {
  Bench bench(one_at_a_time(3, 1));
  CHECK(ordinals(bench.actions(at(100ms))) == Ordinals{0, 1, 2});
  CHECK(bench.counts().full == 8);
}

TEST_CASE("an engine that shares the load has some of the instances, as whole ones") {
  Bench bench(one_at_a_time(4, 2));
  const auto first = bench.actions(at(60ms));
  CHECK(ordinals(first) == Ordinals{0, 2});  // of the first instance and the third
  CHECK(bench.counts().full == 2);
  bench.engine.finished(first.at(0).slot, {CallEnd::Kind::answer, 200}, at(70ms));
  CHECK(ordinals(bench.actions(at(100ms))) == Ordinals{8});
  CHECK(bench.counts().full == 3);
}

TEST_CASE("limits of all instances that an engine has are counted together") {
  auto plan = one_at_a_time(4, 2);
  plan.client.front() = client::AdaptiveConfig{
      .limit = client::AimdConfig{.initial = 5, .least = 1, .backoff_ratio = 0.5}};
  Bench bench(plan);
  const auto first = bench.actions(at(0s));
  const auto& limit = bench.engine.tally().phases[0].limit;
  CHECK(limit.least == 10);
  CHECK(limit.last == 10);
  bench.engine.finished(first.at(0).slot, {CallEnd::Kind::timeout, 0}, at(10ms));
  CHECK(limit.last == 7);
  CHECK(limit.most == 10);
}
