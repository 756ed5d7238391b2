#include "document/fields.hpp"

#include "document/read.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using document::Fields;
using document::folded;
using document::Node;
using document::Spelling;

namespace {

Node yaml(const std::string& text) { return document::read_yaml("f.yml", text)->front(); }

}  // namespace

TEST_CASE("a key that nobody asked for is a mistake, with what may have been meant") {
  const auto map = yaml("size: 1\nlenght: 2\n");
  Fields fields(map, "a window");
  CHECK(fields.text("size") == "1");
  CHECK_FALSE(fields.text("length"));
  REQUIRE(fields.error());
  CHECK(fields.error()->message == "f.yml:2:1: a window has no key 'lenght'");
  CHECK(fields.error()->hint == "did you mean 'length'?");
}

TEST_CASE("a key that has been asked for is no mistake, whether it is there or not") {
  const auto map = yaml("size: 1\n");
  Fields fields(map, "a window");
  CHECK(fields.take("size")->text == "1");
  CHECK(fields.take("length") == nullptr);
  CHECK_FALSE(fields.error());
}

TEST_CASE("the first mistake in a map is the one that is told") {
  const auto map = yaml("size: [1]\nshape: {}\nwrong: 1\n");
  Fields fields(map, "a window");
  CHECK_FALSE(fields.text("size"));
  CHECK_FALSE(fields.text("shape"));
  CHECK(fields.error()->message == "f.yml:1:7: 'size' takes a single value, but this is a list");
}

TEST_CASE("all mistakes in a map can be had, each with its place") {
  const auto map = yaml("size: [1]\nlenght: 2\nshape: {}\nwrong: 1\n");
  Fields fields(map, "a window");
  CHECK_FALSE(fields.text("size"));
  CHECK_FALSE(fields.text("length"));
  CHECK_FALSE(fields.text("shape"));
  std::vector<std::uint32_t> lines;
  for (const auto& mistake : fields.mistakes()) {
    CHECK(mistake.error.message.starts_with(mistake.at.text() + ": "));
    lines.push_back(mistake.at.line);
  }
  CHECK(lines == std::vector<std::uint32_t>{1, 3, 2, 4});
}

TEST_CASE("a list in place of a map is one mistake, not one for each of its items") {
  const auto list = yaml("[1, 2]");
  CHECK(Fields(list, "a window").mistakes().size() == 1);
}

TEST_CASE("a map without keys has none, and a list is no map") {
  const auto map = yaml("empty:\nlist: [1]\n");
  CHECK_FALSE(Fields(*map.find("empty"), "a window").error());
  CHECK(Fields(*map.find("list"), "a window").error()->message ==
        "f.yml:2:7: a window is a block of keys, but this is a list");
}

TEST_CASE("spellings that are the same are found, and refused when both are there") {
  const auto map = yaml("max-attempts: 1\nmaxAttempts: 2\n");
  Fields fields(map, "a retry", Spelling::relaxed);
  CHECK(fields.text("maxAttempts") == "1");
  CHECK(fields.error()->message == "f.yml:2:1: 'maxAttempts' is given twice");
}

TEST_CASE("how keys fold is the rule of those who read them") {
  CHECK(folded("Max-Attempts_now", Spelling::exact) == "Max-Attempts_now");
  CHECK(folded("Max-Attempts_now", Spelling::any_case) == "max-attempts_now");
  CHECK(folded("Max-Attempts_now", Spelling::relaxed) == "maxattemptsnow");
  CHECK(folded("base_ejection_time", Spelling::proto) == "baseEjectionTime");
  CHECK(folded("consecutive_5xx", Spelling::proto) == "consecutive5xx");
  CHECK(folded("baseEjectionTime", Spelling::proto) == "baseEjectionTime");
  CHECK(folded("BaseEjectionTime", Spelling::proto) !=
        folded("base_ejection_time", Spelling::proto));
}
