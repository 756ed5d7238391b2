#include "topology/topology.hpp"

#include "tests/support/catch.hpp"
#include "tests/topology/rig.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using topology::connections;
using topology::Topology;

namespace {

Service named(std::vector<Link> links, std::optional<std::uint32_t> workers = std::nullopt) {
  auto service = calling(std::move(links));
  service.workers = workers;
  return service;
}

}  // namespace

TEST_CASE("without services a call has one connection") { CHECK(connections({}, 100) == 100); }

TEST_CASE("a call has a connection on each link that it goes over") {
  const Topology chain{
      {named({link_to(1)}), named({link_to(2)}), named({link_to(topology::upstream)})}};
  CHECK(connections(chain, 0) == 0);
  CHECK(connections(chain, 100) == 400);
}

TEST_CASE("no more connections come from a service than it has workers") {
  const Topology cascade{{named({link_to(1)}, 200), named({link_to(2)}, 150),
                          named({link_to(topology::upstream)}, 100)}};
  CHECK(connections(cascade, 10) == 40);
  CHECK(connections(cascade, 1000) == 1000 + 200 + 150 + 100);
}

TEST_CASE("a service that several call has the connections of all of them") {
  // 0 calls 2 and 1, and 1 calls 2: behind 2 the calls are doubled, however the links are ordered.
  for (const auto& first : {std::vector{link_to(2), link_to(1)}, {link_to(1), link_to(2)}}) {
    const Topology diamond{
        {named(first), named({link_to(2)}), named({link_to(topology::upstream)})}};
    CHECK(connections(diamond, 10) == 10 + 10 + 10 + 10 + 20);
  }
}

TEST_CASE("each hedged request has its own connection") {
  auto hedged = link_to(1);
  hedged.policies = {policy("hedging,attempts=3")};
  const Topology two{{named({hedged}), named({link_to(topology::upstream)})}};
  CHECK(connections(two, 10) == 10 + 30 + 30);
}

TEST_CASE("what doubles at each of a hundred services is many, and no overflow") {
  Topology doubling;
  for (std::uint32_t i = 0; i < 100; ++i) {
    auto link = link_to(i + 1 == 100 ? topology::upstream : i + 1);
    link.policies = {policy("hedging")};
    doubling.services.push_back(named({link}));
  }
  CHECK(connections(doubling, 1000) >= 1'000'000'000);
}

TEST_CASE("a service is named, and the upstream is called so") {
  const Topology one{{named({link_to(topology::upstream)})}};
  CHECK(one.name(0) == "it");
  CHECK(one.name(topology::upstream) == "upstream");
  CHECK_FALSE(one.empty());
  CHECK(Topology{}.empty());
}

TEST_CASE("a link without a timeout has no policy that would end it") {
  CHECK(topology::policies_of(link_to(0)).size() == 1);  // the breaker that lets everything through
  auto link = link_to(0);
  link.policies = {policy("timeout"), policy("retry")};  // of no length, and so not there
  CHECK(topology::policies_of(link).size() == 2);
  link.policies.erase(link.policies.begin());
  link.timeout = 2s;
  const auto policies = topology::policies_of(link);
  REQUIRE(policies.size() == 3);  // the breaker, and the timeout of an attempt, are innermost
  CHECK(std::get<client::TimeoutConfig>(policies[2]).after == 2s);
}
