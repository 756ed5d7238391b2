#include "replay/trace.hpp"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include "replay/reorder.hpp"
#include "tests/replay/texts.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using replay::Late;

namespace {

const std::string header = "ts,latency_ms,status\n";

// A line of a call that began so many milliseconds after some time.
std::string row(std::int64_t ms, int status = 200, int latency_ms = 1) {
  return std::to_string(1'795'514'400'000 + ms) + "," + std::to_string(latency_ms) + "," +
         std::to_string(status) + "\n";
}

std::vector<Duration> begins(const ReadTrace& read) {
  std::vector<Duration> all;
  for (const auto& call : read.calls) {
    all.push_back(call.due.time_since_epoch());
  }
  return all;
}

std::string gzipped(const std::string& text) {
  z_stream stream{};
  ENSURE(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(text.size() + 1000, '\0');
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ENSURE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string zstd_packed(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

std::string many_rows(int count) {
  std::string text = header;
  for (int i = 0; i < count; ++i) {
    text += row(i * 10, i % 7 == 0 ? 503 : 200, i % 50);
  }
  return text;
}

}  // namespace

TEST_CASE("calls come in the order in which they began, whatever the order of their lines") {
  const auto read = read_text(header + row(30) + row(0) + row(20) + row(10) + row(30));
  CHECK(begins(read) == std::vector<Duration>{0ms, 10ms, 20ms, 30ms, 30ms});
  CHECK(read.facts.moved == 3);
  CHECK(read.facts.late.count == 0);
}

TEST_CASE("a line that comes later than it may is dropped, moved or the end, as is asked for") {
  const std::string text = header + row(0) + row(5000) + row(20'000) + row(1000) + row(21'000);
  auto options = named("csv");
  options.window = 10s;
  const auto dropped = read_text(text, options);
  CHECK(begins(dropped) == std::vector<Duration>{0s, 5s, 20s, 21s});
  REQUIRE(dropped.facts.late.count == 1);
  CHECK(dropped.facts.late.first[0].line == 5);
  CHECK(dropped.facts.late.first[0].why ==
        "its call began 4.00s before one that was played already");

  options.late = Late::move;
  CHECK(begins(read_text(text, options)) == std::vector<Duration>{0s, 5s, 5s, 20s, 21s});

  options.late = Late::fail;
  const auto failed = read_text(text, options);
  REQUIRE(failed.error);
  CHECK(failed.error->message ==
        "trace:5: it comes too late: its call began 4.00s before one that was played already");

  options.late = Late::drop;
  options.window = 1min;
  CHECK(begins(read_text(text, options)) == std::vector<Duration>{0s, 1s, 5s, 20s, 21s});
}

TEST_CASE("one line with a time far ahead of all others is bad, and a long silence is not") {
  const std::string before = header + row(0) + row(1000);
  const std::string ahead = row(86'400'000);
  auto options = named("csv");
  options.most_bad = 1;
  const auto read = read_text(before + ahead + row(2000) + row(3000), options);
  CHECK(begins(read) == std::vector<Duration>{0s, 1s, 2s, 3s});
  REQUIRE(read.facts.bad.count == 1);
  CHECK(read.facts.bad.first[0].line == 4);
  CHECK(read.facts.bad.first[0].why.find("its time is") == 0);
  CHECK(begins(read_text(before + ahead + row(86'401'000))) ==
        std::vector<Duration>{0s, 1s, 24h, 24h + 1s});
  CHECK(begins(read_text(before + ahead)) == std::vector<Duration>{0s, 1s, 24h});
}

TEST_CASE("bad lines are left out and told with their numbers") {
  auto options = named("csv");
  options.most_bad = 1;
  const auto read =
      read_text(header + row(0) + "nonsense\n" + "x,1,200\n" + row(1) + "1795514400000,-1,200\n" +
                    "1795514400000,1,2000\n" + "\n" + row(2),
                options);
  CHECK(read.calls.size() == 3);
  CHECK(read.facts.empty == 1);
  REQUIRE(read.facts.bad.count == 4);
  CHECK(read.facts.bad.first[0].line == 3);
  CHECK(read.facts.bad.first[0].why == "it has 1 of the 3 columns that are needed");
  CHECK(read.facts.bad.first[1].line == 4);
  CHECK(read.facts.bad.first[1].why == "'x' is no time since 1970");
  CHECK(read.facts.bad.first[2].why == "'-1' is no latency, because it is negative");
  CHECK(read.facts.bad.first[3].why == "'2000' is neither a status nor an end that is known");
}

TEST_CASE("a trace with more bad lines than there may be is refused") {
  std::string text = header;
  for (int i = 0; i < 95; ++i) {
    text += row(i);
  }
  CHECK_FALSE(read_text(text + "bad\nbad\nbad\nbad\nbad\n").error);
  const auto read = read_text(text + "bad\nbad\nbad\nbad\nbad\nbad\n");
  REQUIRE(read.error);
  CHECK(read.error->message ==
        "trace:97: it has 1 of the 3 columns that are needed; 6 of 102 lines are bad");
  CHECK(read.error->hint == "more than 5% may not be; --bad-rows skip replays the others");
  auto strict = named("csv");
  strict.most_bad = 0;
  CHECK(read_text(text + "bad\n", strict).error);
}

TEST_CASE("a packed trace is the same as a plain one") {
  const auto text = many_rows(5000);
  const auto plain = read_text(text);
  REQUIRE(plain.calls.size() == 5000);
  for (const auto& packed : {gzipped(text), zstd_packed(text)}) {
    for (const std::size_t at_once : {1U, 7U, 4096U, 1'000'000U}) {
      const auto read =
          read_trace(std::make_unique<TextSource>(packed, at_once), {.name = "trace"});
      CHECK_FALSE(read.error);
      CHECK(read.calls == plain.calls);
    }
  }
  // As `cat a.gz b.gz` makes it.
  const auto half = text.size() / 2;
  for (const auto& packed : {gzipped(text.substr(0, half)) + gzipped(text.substr(half)),
                             zstd_packed(text.substr(0, half)) + zstd_packed(text.substr(half))}) {
    CHECK(read_text(packed).calls == plain.calls);
  }
}

TEST_CASE("a packed trace that was cut or damaged is told, with the line that was reached") {
  const auto text = many_rows(5000);
  for (auto packed : {gzipped(text), zstd_packed(text)}) {
    const auto cut = read_text(packed.substr(0, packed.size() - 5));
    REQUIRE(cut.error);
    CHECK(cut.error->message.find("data ends too early") != std::string::npos);
    CHECK(cut.error->message.find("trace") == 0);
    packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x55);
    CHECK(read_text(packed).error);
  }
}

TEST_CASE("lines end with LF or CR LF, and the last one may end with neither") {
  std::string windows = "\xef\xbb\xbf" + header + row(0) + row(1) + row(2);
  for (std::size_t at = 0; (at = windows.find('\n', at)) != std::string::npos; at += 2) {
    windows.insert(at, "\r");
  }
  windows.resize(windows.size() - 2);
  const auto read = read_text(windows);
  CHECK_FALSE(read.error);
  CHECK(read.calls.size() == 3);
}

TEST_CASE("a line that is longer than any call's is one bad line") {
  auto options = named("csv");
  options.most_bad = 1;
  const std::string huge(3'000'000, 'x');
  const auto read =
      read_text(header + row(0) + huge + "\n" + row(1) + "1795514400002,1,200," + huge, options);
  CHECK(read.calls.size() == 2);
  REQUIRE(read.facts.bad.count == 2);
  CHECK(read.facts.bad.first[0].line == 3);
  CHECK(read.facts.bad.first[0].why == "it is longer than 262,144 bytes");
  CHECK(read.facts.bad.first[1].line == 5);
}

TEST_CASE("an hour that comes twice goes by twice") {
  auto text = std::string("ts,status\n");
  for (const auto* clock : {"01:59:00", "02:00:00", "02:30:00", "02:59:00", "02:00:00", "02:30:00",
                            "02:59:00", "03:00:00"}) {
    text += std::string("2026-10-25 ") + clock + ",200\n";
  }
  const auto read = read_text(text, named("csv", "Europe/Berlin"));
  CHECK(begins(read) ==
        std::vector<Duration>{0min, 1min, 31min, 60min, 61min, 91min, 120min, 121min});
  CHECK(read.facts.ambiguous == 6);
  CHECK(read.facts.late.count == 0);
}

TEST_CASE("no more rows wait than those that began within the window") {
  replay::Reorder reorder(10s);
  std::size_t waiting = 0;
  std::size_t most = 0;
  std::uint64_t taken = 0;
  for (std::int64_t i = 0; i < 1'000'000; ++i) {
    // Every tenth line stands two seconds behind its place.
    const auto began = i * 1'000'000 - (i % 10 == 0 ? 2'000'000'000 : 0);
    ++waiting;
    REQUIRE(reorder.push({.began = began + 3'000'000'000}));
    while (reorder.is_ready()) {
      const auto before = reorder.taken();
      const auto row = reorder.pop();
      REQUIRE((!before || *before <= row.began));
      --waiting;
      ++taken;
    }
    most = std::max(most, waiting);
  }
  CHECK(most <= 10'010);
  CHECK(taken > 980'000);
}

TEST_CASE("calls of one second are spread over it in the order of their lines, by the seed") {
  std::string text = "ts,status\n";
  for (int i = 0; i < 40; ++i) {
    text += fmt::format("{},{}\n", 1'795'514'400 + i / 10, 200 + i);
  }
  text += "1795514410.25,500\n";
  const auto kept = read_text(text);
  CHECK(kept.calls[9].due == kept.calls[0].due);
  replay::TraceOptions options{.name = "trace"};
  options.whole_seconds = replay::WholeSeconds::spread;
  const auto read = read_text(text, options);
  REQUIRE(read.calls.size() == 41);
  CHECK(read.facts.spread == 40);
  CHECK_FALSE(read.facts.spread == kept.facts.spread);
  for (std::size_t i = 0; i < 40; ++i) {
    CHECK(read.calls[i].end.status() == 200 + i);
    const auto since = Duration(read.facts.begin - 1'795'514'400'000'000'000) +
                       read.calls[i].due.time_since_epoch() - Duration(1s) * (i / 10);
    CHECK(since >= Duration(100ms) * (i % 10));
    CHECK(since < Duration(100ms) * (i % 10 + 1));
  }
  CHECK(read.facts.end == 1'795'514'410'250'000'000);  // it has a fraction
  CHECK(read_text(text, options).calls == read.calls);
  options.seed = 2;
  CHECK_FALSE(read_text(text, options).calls == read.calls);
}
