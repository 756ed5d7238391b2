#include "toxics/toxic.hpp"

#include "tests/support/catch.hpp"

namespace tripcurve::toxics {
namespace {

TEST_CASE("a toxic is read from one line, and written as it") {
  for (const std::string text :
       {"latency(latency=100ms,jitter=20ms)", "upstream bandwidth(rate=50KB/s):20%", "noop",
        "slicer(average_size=10B,size_variation=3B,delay=50us)", "limit_data(bytes=1KB):0.5%",
        "timeout(timeout=0ms)", "reset_peer(timeout=1.5s)", "upstream slow_close(delay=1h)"}) {
    const auto toxic = parse_toxic(text);
    REQUIRE(toxic);
    CHECK(format_toxic(*toxic) == text);
  }
}

TEST_CASE("attributes that are not named are 0, and the name is of kind and stream") {
  const auto toxic = parse_toxic(" downstream  latency ( jitter = 5ms ) : 30% ").value();
  CHECK(toxic.name == "latency_downstream");
  CHECK(toxic.values == Values{0, 5});
  CHECK(toxic.toxicity == Share{0.3});
  CHECK(parse_toxic("upstream timeout").value().name == "timeout_upstream");
}

TEST_CASE("what is wrong with a toxic is quoted, with a remedy") {
  const auto message = [](const std::string& text) {
    const auto read = parse_toxic(text);
    REQUIRE_FALSE(read.ok());
    return read.error().message + " / " + read.error().hint;
  };
  CHECK(message("latencie(latency=1s)") ==
        "there is no toxic 'latencie' / did you mean 'latency'?");
  CHECK(message("latency(laetncy=1s)") ==
        "latency: a latency toxic has no 'laetncy' / did you mean 'latency'?");
  CHECK(message("latency(latency=100)").find("latency: latency: ") == 0);
  CHECK(message("latency(latency=100us)") ==
        "latency: latency: '100us' is no whole number of milliseconds / toxics count in "
        "milliseconds");
  CHECK(message("latency(latency)") ==
        "latency: 'latency' gives no value / write it like latency=100ms");
  CHECK(message("latency(latency=1s,latency=2s)") ==
        "latency: latency is given twice / give it once");
  CHECK(message("latency(latency=1s").find("has a '(' without its ')'") != std::string::npos);
  CHECK(message("latency(latency=1s)x").find("goes on after its ')'") != std::string::npos);
  CHECK(message("latency:0.2").find("the share of connections in 'latency:0.2'") == 0);
  CHECK(message("bandwidth(rate=50KB)") ==
        "bandwidth: rate: '50KB' is no rate of bytes / write it like 50KB/s");
  CHECK(message("bandwidth(rate=1B/s)").find("'1B/s' is no whole number of KB/s") !=
        std::string::npos);
  CHECK(message("slicer").find("slicer: average_size is 0") == 0);
  CHECK(message("slicer(average_size=3B,size_variation=3B)")
            .find("slicer: size_variation is not less than average_size") == 0);
  CHECK(message("noop(x=1)") == "noop: a noop toxic has no 'x' / it has no attributes");
  CHECK(message("").find("there is no toxic ''") == 0);
}

TEST_CASE("every kind says what it does, and so does each of its attributes") {
  for (const auto* kind : kinds()) {
    CHECK(std::string(kind->meaning).size() > 5);
    for (const auto& attribute : kind->attributes) {
      CHECK(std::string(attribute.meaning).size() > 5);
    }
  }
}

}  // namespace
}  // namespace tripcurve::toxics
