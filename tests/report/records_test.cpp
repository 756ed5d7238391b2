// One table for each record: the schema and the tables of docs/json.md are made of it, and what
// they say in docs is what the program says. UPDATE_GOLDEN=1 writes both anew.
#include "report/record.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "report/result_record.hpp"
#include "report/results_schema.hpp"
#include "test_data.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::report {
namespace {

const std::filesystem::path docs =
    std::filesystem::path(TRIPCURVE_TEST_DATA).parent_path().parent_path() / "docs";

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

bool updating() { return std::getenv("UPDATE_GOLDEN") != nullptr; }

// The table between its marks in docs/json.md, or all that is wrong with it.
template <typename Table>
std::string table_in_docs() {
  const auto path = docs / "json.md";
  const auto text = text_of(path);
  const auto mark = std::string("<!-- fields of ") + Table::name + " -->\n";
  const auto begin = text.find(mark);
  REQUIRE(begin != std::string::npos);
  const auto end = std::min(text.find("\n\n", begin), text.size() - 1) + 1;
  const auto table = text.substr(begin + mark.size(), end - begin - mark.size());
  if (updating()) {
    std::ofstream(path) << text.substr(0, begin) + mark + table_of<Table>() + text.substr(end);
    return table_of<Table>();
  }
  return table;
}

template <typename... Tables>
void check_docs() {
  const auto check = [](const char* name, const std::string& in_docs, const std::string& wanted) {
    INFO(name);
    CHECK(in_docs == wanted);
  };
  (check(Tables::name, table_in_docs<Tables>(), table_of<Tables>()), ...);
}

TEST_CASE("what docs say of a record is what its table says") {
  check_docs<Record<Summary>, Record<Intervention>, Record<PhaseSummary>, Record<load::Counts>,
             StatsTable<std::milli>, Record<InjectedShare>, Record<UpstreamCounts>,
             Record<EndpointSummary>, Record<load::LimitRange>, Record<BreakerSummary>,
             Record<Reaction>, Record<TransitionRow>, Record<Judged>, Record<Scope>,
             Record<Verdict>, Record<Repeats>, Record<Repeats::One>, Record<Repeats::Spread>,
             Record<Interval>, Record<Versus>, Record<ServiceSummary>, Record<ServiceNumbers>,
             Record<LinkSummary>, Record<topology::LinkCounts>, Record<through::Observed>,
             Record<through::Calibration>, Record<through::Spell>, Record<through::PhaseCounts>,
             Record<through::Claimed>, Record<through::Instance>, Record<through::Silence>,
             Record<DependencySummary>, Record<DependencyPhase>, Record<through::ClaimSpell>,
             Record<through::Lag>, Record<through::Contradiction>, Record<through::WrongTime>>();
}

TEST_CASE("the schema in docs is the one that is printed") {
  const auto path = docs / "results.schema.json";
  if (updating()) {
    std::ofstream(path) << results_schema();
  }
  CHECK(text_of(path) == results_schema());
}

struct Sample {
  std::string name{};
  std::optional<Duration> wait{};
};
std::uint64_t length_of(const Sample& sample) { return sample.name.size(); }

}  // namespace

template <>
struct Record<Sample> {
  static constexpr auto name = "sample";
  static constexpr std::array fields{
      field<&Sample::name, NameOrNull>("name", "what it is called"),
      field<&Sample::wait>("wait_ms", "how long"),
      derived<length_of>("length", "of the name"),
  };
};

namespace {

TEST_CASE("a record is written in the order of its table, and read back") {
  const Sample sample{.name = "a", .wait = std::chrono::microseconds(1500)};
  const auto json = Form<Sample>::write(sample);
  CHECK(json.dump() == R"({"name":"a","wait_ms":1.5,"length":1})");
  std::optional<std::string> mistake;
  const auto tree = JsonTree::parse(json.dump());
  const auto read = Form<Sample>::read(JsonReader(*tree, "", mistake));
  CHECK_FALSE(mistake);
  CHECK(read.name == sample.name);
  CHECK(read.wait == sample.wait);
}

TEST_CASE("what is not there is null, and comes back as nothing") {
  const auto json = Form<Sample>::write({});
  CHECK(json.dump() == R"({"name":null,"wait_ms":null,"length":0})");
  std::optional<std::string> mistake;
  const auto tree = JsonTree::parse(json.dump());
  const auto read = Form<Sample>::read(JsonReader(*tree, "", mistake));
  CHECK_FALSE(mistake);
  CHECK(read.name.empty());
  CHECK_FALSE(read.wait);
}

TEST_CASE("a field that is missing, or of another kind, is a mistake with its path") {
  const auto mistake_in = [](const char* text) {
    const auto tree = JsonTree::parse(text);
    std::optional<std::string> mistake;
    (void)Form<Sample>::read(JsonReader(*tree, "it", mistake));
    return mistake.value_or("");
  };
  CHECK(mistake_in(R"({"name": "a"})") == "it.wait_ms: it is missing");
  CHECK(mistake_in(R"({"name": 5, "wait_ms": 1})") == "it.name: it is not a text");
}

TEST_CASE("the schema and the table of a record have its fields in their order") {
  CHECK(schema_of<Record<Sample>>().dump() ==
        R"({"type":"object","properties":{"name":{"$ref":"#/definitions/name_or_null"},)"
        R"("wait_ms":{"$ref":"#/definitions/time_or_null"},)"
        R"("length":{"$ref":"#/definitions/count"}},)"
        R"("required":["name","wait_ms","length"]})");
  CHECK(table_of<Record<Sample>>() ==
        "| field | type | meaning |\n|---|---|---|\n"
        "| `name` | string | what it is called |\n"
        "| `wait_ms` | number | how long |\n"
        "| `length` | integer | of the name |\n");
}

}  // namespace
}  // namespace tripcurve::report
