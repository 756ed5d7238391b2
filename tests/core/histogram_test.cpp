#include "core/histogram.hpp"

#include <cmath>
#include <limits>

#include "core/ensure.hpp"
#include "core/random.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;
using tripcurve::testing::Approx;

namespace {

// Durations from nanoseconds to about an hour, each octave as likely as any other.
std::vector<Duration> spread(std::uint64_t seed, std::size_t n) {
  Random random(seed);
  std::vector<Duration> samples;
  for (std::size_t i = 0; i < n; ++i) {
    samples.emplace_back(static_cast<Duration::rep>(std::exp2(random.unit() * 41.9)));
  }
  return samples;
}

Histogram histogram_of(const std::vector<Duration>& samples) {
  Histogram histogram;
  for (const auto d : samples) {
    histogram.record(d);
  }
  return histogram;
}

void check_same(const Histogram& a, const Histogram& b) {
  CHECK(a.count() == b.count());
  CHECK(a.min() == b.min());
  CHECK(a.max() == b.max());
  CHECK(to_seconds(a.mean()) == Approx(to_seconds(b.mean())));
  for (int i = 0; i <= 1000; ++i) {
    CHECK(a.quantile(i / 1000.0) == b.quantile(i / 1000.0));
  }
}

}  // namespace

TEST_CASE("an empty histogram says so and answers zero") {
  const Histogram histogram;
  CHECK(histogram.empty());
  CHECK(histogram.min() == 0ns);
  CHECK(histogram.max() == 0ns);
  CHECK(histogram.mean() == 0ns);
  CHECK(histogram.quantile(0.5) == 0ns);
}

TEST_CASE("a quantile is at most 1 in 256 above the sample of its nearest rank") {
  for (const std::size_t n : {1U, 2U, 7U, 100U, 1000U, 20'000U}) {
    auto samples = spread(n, n);
    const auto histogram = histogram_of(samples);
    std::ranges::sort(samples);
    for (const double q : {0.0, 0.001, 0.01, 0.07, 0.29, 0.5, 0.57, 0.9, 0.99, 0.999, 1.0}) {
      const auto exact_rank = std::ceil(q * static_cast<double>(n) - 1e-9);
      const auto index = static_cast<std::size_t>(std::max(1.0, exact_rank)) - 1;
      const auto reported = histogram.quantile(q);
      CAPTURE(n, q);
      CHECK(reported >= samples[index]);
      CHECK(to_seconds(reported) <= to_seconds(samples[index]) * (1 + 1.0 / 256));
    }
  }
}

TEST_CASE("a share that is hit exactly by a rank takes that rank, rounding or not") {
  Histogram histogram;
  for (int i = 1; i <= 100; ++i) {
    histogram.record(Duration(i));
  }
  for (int i = 1; i <= 100; ++i) {
    CHECK(histogram.quantile(i / 100.0) == Duration(i));
  }
}

TEST_CASE("durations below 512 ns are kept exactly") {
  for (int i = 0; i < 512; ++i) {
    Histogram histogram;
    histogram.record(Duration(i));
    histogram.record(1h);
    CHECK(histogram.quantile(0.5) == Duration(i));
  }
}

TEST_CASE("count, minimum, maximum and mean are exact") {
  const auto histogram = histogram_of({1'000'003ns, 2'000'003ns, 6'000'006ns});
  CHECK(histogram.count() == 3);
  CHECK(histogram.min() == 1'000'003ns);
  CHECK(histogram.max() == 6'000'006ns);
  CHECK(histogram.mean() == 3'000'004ns);
}

TEST_CASE("no quantile is above the maximum") {
  const auto histogram = histogram_of({1'000'003ns});
  CHECK(histogram.quantile(1) == 1'000'003ns);
  CHECK(histogram.quantile(0) == 1'000'003ns);
}

TEST_CASE("a negative duration counts as zero") {
  const auto histogram = histogram_of({-5s, Duration::min()});
  CHECK(histogram.count() == 2);
  CHECK(histogram.max() == 0ns);
  CHECK(histogram.mean() == 0ns);
  CHECK(histogram.quantile(1) == 0ns);
}

TEST_CASE("durations beyond the last bucket keep an exact maximum and mean") {
  const auto histogram = histogram_of({10h, 20h});
  CHECK(histogram.max() == 20h);
  CHECK(histogram.min() == 10h);
  CHECK(histogram.mean() == 15h);
  CHECK(histogram.quantile(1) == 20h);
  CHECK(histogram_of({Duration::max()}).mean() == Duration::max());
}

TEST_CASE("merging gives what recording everything in one would have given") {
  const auto first = spread(1, 3000);
  const auto second = spread(2, 500);
  auto all = first;
  all.insert(all.end(), second.begin(), second.end());

  auto merged = histogram_of(first);
  merged.merge(histogram_of(second));
  check_same(merged, histogram_of(all));

  auto other_way = histogram_of(second);
  other_way.merge(histogram_of(first));
  check_same(other_way, merged);

  merged.merge(Histogram());
  check_same(merged, other_way);
}

TEST_CASE("the samples since an earlier copy are those recorded after it") {
  const auto before = spread(3, 2000);
  const auto after = spread(4, 1000);
  auto histogram = histogram_of(before);
  const auto copy = histogram;
  for (const auto d : after) {
    histogram.record(d);
  }
  const auto since = histogram.since(copy);
  const auto expected = histogram_of(after);
  CHECK(since.count() == expected.count());
  CHECK(to_seconds(since.mean()) == Approx(to_seconds(expected.mean())));
  CHECK(since.quantile(0.5) == expected.quantile(0.5));
  CHECK(to_seconds(since.min()) == Approx(to_seconds(expected.min())).epsilon(1.0 / 256));
  CHECK(to_seconds(since.max()) == Approx(to_seconds(expected.max())).epsilon(1.0 / 256));
  CHECK(since.min() <= expected.min());
  CHECK(since.max() >= expected.max());
}

TEST_CASE("nothing since an earlier copy is an empty histogram") {
  const auto histogram = histogram_of({1ms, 2ms});
  const auto since = histogram.since(histogram);
  CHECK(since.empty());
  CHECK(since.min() == 0ns);
  CHECK(since.max() == 0ns);
  CHECK(since.mean() == 0ns);
}

TEST_CASE("since something that is no earlier copy is a bug") {
  CHECK_THROWS_AS(Histogram().since(histogram_of({1ms})), Bug);
  CHECK_THROWS_AS(histogram_of({2ms, 3ms}).since(histogram_of({1ms})), Bug);
}

TEST_CASE("a cleared histogram is as good as new") {
  auto histogram = histogram_of({1ms, 1h});
  histogram.clear();
  CHECK(histogram.empty());
  histogram.record(3ms);
  check_same(histogram, histogram_of({3ms}));
}

TEST_CASE("buckets hold every sample once, in order, and at most as many as asked for") {
  auto samples = spread(5, 5000);
  const auto histogram = histogram_of(samples);
  std::ranges::sort(samples);
  for (const std::size_t at_most : {1U, 2U, 7U, 34U, 120U, 1000U, 100'000U}) {
    CAPTURE(at_most);
    const auto buckets = histogram.buckets(at_most);
    CHECK(buckets.size() <= at_most);
    CHECK(2 * buckets.size() >= std::min<std::size_t>(at_most, 35));  // not fewer than need be
    std::uint64_t counted = 0;
    Duration before = -1ns;
    for (const auto& [upto, count] : buckets) {
      CHECK(count > 0);
      CHECK(upto > before);
      counted += count;
      const auto exact = std::ranges::upper_bound(samples, upto) - samples.begin();
      CHECK(counted == static_cast<std::uint64_t>(exact));
      before = upto;
    }
    CHECK(counted == samples.size());
    CHECK(buckets.back().upto == histogram.max());
  }
}

TEST_CASE("a few samples have a bucket each") {
  using Bucket = Histogram::Bucket;
  const auto histogram = histogram_of({100ns, 300ns, 300ns, 200ns});
  CHECK(histogram.buckets(3) == std::vector<Bucket>{{100ns, 1}, {200ns, 1}, {300ns, 2}});
  CHECK(histogram.buckets(2) == std::vector<Bucket>{{255ns, 2}, {300ns, 2}});
  CHECK(histogram.buckets(1) == std::vector<Bucket>{{300ns, 4}});
  CHECK(Histogram().buckets(5).empty());
  CHECK_THROWS_AS(histogram.buckets(0), Bug);
}

TEST_CASE("those up to a limit are counted, never one that is longer, and never fewer later") {
  Histogram h;
  for (const auto ms : {1, 10, 100, 1000}) {
    h.record(std::chrono::milliseconds(ms));
  }
  CHECK(h.count_up_to(std::chrono::milliseconds(0)) == 0);
  CHECK(h.count_up_to(std::chrono::milliseconds(99)) == 2);
  CHECK(h.count_up_to(std::chrono::microseconds(99'999)) == 2);
  CHECK(h.count_up_to(std::chrono::milliseconds(101)) == 3);
  CHECK(h.count_up_to(std::chrono::hours(2)) == 4);
  CHECK(h.sum_seconds() == 1.111);

  const auto at_the_longest = h.count_up_to(std::chrono::milliseconds(1000));
  h.record(std::chrono::seconds(2));
  CHECK(h.count_up_to(std::chrono::milliseconds(1000)) == at_the_longest);
}

TEST_CASE("a histogram of nothing is small to keep and to copy") { CHECK(sizeof(Histogram) < 200); }

TEST_CASE("a quantile outside 0 to 1 is a bug") {
  const auto histogram = histogram_of({1ms});
  CHECK_THROWS_AS(histogram.quantile(-0.1), Bug);
  CHECK_THROWS_AS(histogram.quantile(1.1), Bug);
  CHECK_THROWS_AS(histogram.quantile(std::numeric_limits<double>::quiet_NaN()), Bug);
}

TEST_CASE("what a histogram holds makes an equal one, and nothing else is taken for one") {
  Histogram histogram;
  for (const auto duration : {0ns, 511ns, 512ns, Duration(5ms), Duration(5ms), Duration(2h)}) {
    histogram.record(duration);
  }
  auto contents = histogram.contents();
  const auto again = Histogram::of(contents).value();
  CHECK(again.count() == 6);
  CHECK(again.min() == histogram.min());
  CHECK(again.max() == histogram.max());
  CHECK(again.mean() == histogram.mean());
  CHECK(again.buckets(1000) == histogram.buckets(1000));
  CHECK(Histogram::of(Histogram().contents())->empty());

  auto twice = contents;
  twice.buckets.push_back(twice.buckets.back());
  CHECK_FALSE(Histogram::of(twice));
  contents.buckets.emplace_back(1'000'000, 1);
  CHECK_FALSE(Histogram::of(contents));
}
