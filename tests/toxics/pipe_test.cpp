// Toxics that come, change and go while bytes are under way.
#include "tests/support/catch.hpp"

#include "tests/toxics/piped.hpp"

namespace tripcurve::toxics::testing {
namespace {

// 65,535 numbers of two bytes each, in order.
std::string all_numbers() {
  std::string bytes;
  for (int i = 0; i < 65'535; ++i) {
    bytes += static_cast<char>(i >> 8U);
    bytes += static_cast<char>(i & 0xff);
  }
  return bytes;
}

TEST_CASE("no number of 65,535 is lost or overtaken while toxics come and go at random") {
  const auto numbers = all_numbers();
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Piped piped({"slow_close(delay=10ms)"}, seed);
    Random random(seed);
    std::vector<std::string> there;
    std::size_t sent = 0;
    Duration time{};
    while (sent < numbers.size() || !there.empty()) {
      time += std::chrono::microseconds(1 + random.next() % 300);
      piped.run_until(time);
      if (sent < numbers.size() && piped.pipe.has_room()) {
        const auto count = std::min<std::size_t>(1 + random.next() % 200, numbers.size() - sent);
        piped.put(numbers.substr(sent, count));
        sent += count;
      }
      switch (random.next() % 8) {
        case 0:
          if (there.size() < 5 && sent < numbers.size()) {
            static const std::vector<std::string> kinds{
                "latency(latency=20ms,jitter=10ms)", "bandwidth(rate=5000KB/s)",
                "slicer(average_size=7B,size_variation=3B,delay=10us)", "noop"};
            there.push_back("toxic" + std::to_string(random.next()));
            piped.add(kinds[random.next() % kinds.size()], there.back());
          }
          break;
        case 1:
          if (!there.empty()) {
            const auto i = random.next() % there.size();
            piped.remove(there[i]);
            there.erase(there.begin() + static_cast<std::ptrdiff_t>(i));
          }
          break;
        default:
          break;
      }
    }
    piped.end();
    piped.run_until(time + std::chrono::minutes(5));
    CHECK(piped.bytes() == numbers);
    CHECK(piped.ending->first == End::closed);
  }
}

TEST_CASE("what a toxic holds when it is removed goes on at once, before what comes later") {
  Piped piped({"latency(latency=1h)"});
  piped.put("a");
  piped.run_until(seconds(1));
  piped.remove("latency_downstream");
  piped.put("b");
  CHECK(piped.bytes() == "ab");
}

TEST_CASE("what a removed toxic holds still goes through those after it") {
  Piped piped;
  piped.add("latency(latency=1h)", "long");
  piped.add("latency(latency=1s)", "short");
  piped.put("a");
  piped.end();
  piped.remove("long");
  piped.run_until(seconds(10));
  CHECK(piped.out == std::vector<Piece>{{"a", at(seconds(1))}});
  CHECK(piped.ending->first == End::closed);
}

TEST_CASE("a change acts on the bytes that a toxic holds") {
  Piped piped({"latency(latency=1h)"});
  piped.put("a");
  piped.run_until(seconds(1));
  piped.change("latency(latency=3s)");
  piped.run_until(seconds(60));
  CHECK(piped.out == std::vector<Piece>{{"a", at(seconds(3))}});
}

TEST_CASE("a toxic that is added when the connection has ended changes nothing") {
  Piped piped;
  piped.put("a");
  piped.end();
  piped.add("latency(latency=1s)");
  piped.put("b");
  piped.run_until(seconds(60));
  CHECK(piped.bytes() == "a");
  CHECK(piped.ending == std::pair{End::closed, at({})});
}

TEST_CASE("a slow reader holds the sender up: a pipe takes so much and no more") {
  for (const auto& [toxics, most] : std::vector<std::pair<std::vector<std::string>, std::size_t>>{
           {{}, 64 * 1024},
           {{"noop"}, 2 * 64 * 1024},
           {{"bandwidth(rate=1KB/s)"}, 2 * 64 * 1024},
           {{"slicer(average_size=100B)", "bandwidth(rate=1KB/s)"}, 3 * 64 * 1024},
           {{"latency(latency=1h)"}, (16 << 20) + 64 * 1024}}) {
    Piped piped(toxics);
    piped.reads = false;
    std::size_t taken = 0;
    while (piped.pipe.has_room() && taken < (64U << 20U)) {
      piped.put(std::string(1024, 'x'));
      taken += 1024;
    }
    CHECK(taken <= most + 2048);
    CHECK_FALSE(piped.pipe.has_room());
  }
}

TEST_CASE("a share of the connections has a toxic, and the same ones for the same seed") {
  constexpr int connections = 10'000;
  const auto toxic = parse_toxic("limit_data(bytes=1B):20%").value();
  const auto hit_by = [&](std::uint64_t seed) {
    std::vector<int> hit;
    for (int i = 0; i < connections; ++i) {
      Pipe pipe(Random(seed).fork(static_cast<std::uint64_t>(i)));
      pipe.add(toxic, {});
      pipe.put("ab", {});
      pipe.advance({});
      if (pipe.output() == "a") {
        hit.push_back(i);
      }
    }
    return hit;
  };
  const auto first = hit_by(1);
  CHECK(first == hit_by(1));
  CHECK(first != hit_by(2));
  // 3.29 standard errors of the share.
  CHECK(static_cast<double>(first.size()) == Approx(2000).margin(132));
}

TEST_CASE("no connection has a toxic with a toxicity of 0, and every one has it with 1") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Piped none({"timeout:0%"}, seed);
    none.put("a");
    none.remove("timeout_downstream");
    CHECK(none.bytes() == "a");
    CHECK_FALSE(none.ending);
    Piped all({"timeout:100%"}, seed);
    all.put("a");
    CHECK(all.bytes().empty());
  }
}

TEST_CASE("adding a toxic does not draw anew who has the others") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Piped piped({"limit_data(bytes=1B):50%"}, seed);
    Piped other({"limit_data(bytes=1B):50%"}, seed);
    other.add("latency(latency=0ms):50%");
    piped.put("ab");
    other.put("ab");
    CHECK(piped.bytes() == other.bytes());
  }
}

TEST_CASE("the sender's reset is passed on after the bytes before it") {
  Piped piped({"latency(latency=1s)"});
  piped.put("a");
  piped.end(End::reset);
  piped.run_until(seconds(9));
  CHECK(piped.bytes() == "a");
  CHECK(piped.ending == std::pair{End::reset, at(seconds(1))});
}

}  // namespace
}  // namespace tripcurve::toxics::testing
