#include "client/stale_cache.hpp"

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;
using client::StaleCache;

TEST_CASE("a cache has the last answer to a question, and how old it is") {
  StaleCache cache(std::nullopt);
  CHECK_FALSE(cache.get(7, std::nullopt, at(0s)));
  cache.put(7, 200, at(1s));
  cache.put(8, 404, at(2s));
  cache.put(7, 201, at(3s));
  CHECK(cache.get(7, std::nullopt, at(5s)) == StaleCache::Answer{201, 2s});
  CHECK(cache.get(8, std::nullopt, at(5s)) == StaleCache::Answer{404, 3s});
  CHECK(cache.size() == 2);
}

TEST_CASE("an answer that is older than allowed is none, until a new one comes") {
  StaleCache cache(std::nullopt);
  cache.put(1, 200, at(0s));
  CHECK(cache.get(1, 10s, at(10s)));
  CHECK_FALSE(cache.get(1, 10s, at(10s) + 1ns));
  cache.put(1, 200, at(11s));
  CHECK(cache.get(1, 10s, at(12s)) == StaleCache::Answer{200, 1s});
}

TEST_CASE("a full cache forgets what was not used for longest") {
  StaleCache cache(3);
  for (std::uint64_t key = 0; key < 3; ++key) {
    cache.put(key, 200, at(0s));
  }
  CHECK(cache.get(0, std::nullopt, at(1s)));  // used again
  cache.put(3, 200, at(1s));
  CHECK(cache.size() == 3);
  CHECK_FALSE(cache.get(1, std::nullopt, at(1s)));
  cache.put(4, 200, at(1s));
  CHECK_FALSE(cache.get(2, std::nullopt, at(1s)));
  CHECK(cache.get(0, std::nullopt, at(1s)));
  CHECK(cache.get(3, std::nullopt, at(1s)));
  CHECK(cache.get(4, std::nullopt, at(1s)));
}

TEST_CASE("a cache of one answer keeps the latest") {
  StaleCache cache(1);
  for (std::uint64_t key = 0; key < 100; ++key) {
    cache.put(key, static_cast<std::uint16_t>(200 + key), at(0s));
    CHECK(cache.get(key, std::nullopt, at(0s))->status == 200 + key);
    CHECK_FALSE(cache.get(key + 1, std::nullopt, at(0s)));
  }
  CHECK(cache.size() == 1);
}
