#include "shards/part.hpp"

#include "tests/support/catch.hpp"

using namespace tripcurve;
using shards::NamedPart;
using shards::Part;
using shards::Work;

namespace {

const Work work{"0.1.0", {"curve", "--seed", "1"}, "{\"rate\":\"100/s\"}", 5};

Part part(std::uint32_t number, std::uint32_t of, std::map<std::size_t, std::string> found,
          const Work& of_work = work) {
  return {of_work, {number, of}, std::move(found)};
}

std::string refusal(const std::string& text) {
  const auto read = shards::read_part("p", text);
  return read ? "" : read.error().message;
}

std::string merge_refusal(const std::vector<NamedPart>& parts) {
  const auto merged = shards::merge(parts);
  return merged ? "" : merged.error().message;
}

}  // namespace

TEST_CASE("a part is read back as it was written") {
  const auto whole = part(1, 2, {{0, "17"}, {2, "null"}, {4, R"({"a":[1.25,"x\ny"]})"}});
  const auto read = shards::read_part("p", shards::render(whole));
  REQUIRE(read);
  CHECK(read->work == work);
  CHECK(read->shard.text() == "1/2");
  CHECK(read->found == whole.found);
}

TEST_CASE("what is no part, or not a whole one, is refused with its line") {
  const auto text = shards::render(part(1, 2, {{0, "17"}, {2, "18"}}));
  CHECK(refusal("") == "p:1: the file is empty");
  CHECK(refusal("{}\n") == "p:1: this is not how a part of tripcurve's begins");
  CHECK(refusal("hello\n") == "p:1: this is not JSON");
  CHECK(refusal(text.substr(0, text.size() - 5)) == "p:3: the file ends within a line");
  CHECK(refusal(text + "{\"job\":2,\"found\":18}\n") == "p:4: job 2 is here twice");
  CHECK(refusal(text + "{\"job\":1,\"found\":18}\n") == "p:4: job 1 is none of shard 1/2");
  CHECK(refusal(text + "{\"job\":6,\"found\":18}\n") == "p:4: there is no job 6: the work has 5");
  CHECK(refusal(text + "{\"job\":4}\n") == "p:4: this is no job with what was found");
  auto elsewhere = text;
  elsewhere.replace(elsewhere.find("1/2"), 3, "3/2");
  CHECK(refusal(elsewhere) == "p:1: there is no shard 3 of 2");
}

TEST_CASE("parts in any order give all results in theirs, also when shards were cut otherwise") {
  const std::vector<NamedPart> parts{{"b", part(2, 2, {{1, "1"}, {3, "3"}})},
                                     {"c", part(3, 3, {{2, "2"}})},
                                     {"a", part(1, 2, {{0, "0"}, {2, "2"}, {4, "4"}})}};
  const auto merged = shards::merge(parts);
  REQUIRE(merged);
  CHECK(*merged == std::vector<std::string>{"0", "1", "2", "3", "4"});
}

TEST_CASE("parts of different works are not mixed") {
  auto newer = work;
  newer.tool_version = "0.2.0";
  auto faster = work;
  faster.about = "{\"rate\":\"200/s\"}";
  auto other = work;
  other.command = {"curve", "--seed", "2"};
  auto longer = work;
  longer.jobs = 6;
  for (const auto& [different, why] :
       {std::pair(newer, "one is of tripcurve 0.1.0, the other of 0.2.0"),
        std::pair(faster,
                  "one was measured with '{\"rate\":\"100/s\"}', the other with "
                  "'{\"rate\":\"200/s\"}'"),
        std::pair(other,
                  "one is of 'tripcurve curve --seed 1', the other of 'tripcurve curve "
                  "--seed 2'"),
        std::pair(longer, "one is of 5 jobs, the other of 6")}) {
    CHECK(merge_refusal({{"a", part(1, 2, {})}, {"b", part(2, 2, {}, different)}}) ==
          std::string("a and b are not of the same work: ") + why);
  }
}

TEST_CASE("two results of one job must be the same") {
  CHECK(merge_refusal({{"a", part(1, 1, {{0, "0"}})}, {"b", part(1, 2, {{0, "9"}})}}) ==
        "a and b have different results of job 0");
}

TEST_CASE("what is missing is named by the shards that have it") {
  CHECK(merge_refusal({{"a", part(1, 3, {{0, "0"}, {3, "3"}})}}) ==
        "3 of 5 jobs are missing, those of shard 2/3, 3/3");
}
