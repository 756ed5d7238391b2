#include "shards/values.hpp"

#include <cmath>
#include <limits>

#include "core/time.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;

namespace {

enum class Colour : std::uint8_t { red, green };

struct Item {
  std::string name{};
  std::optional<Duration> took{};
};

struct All {
  bool yes = false;
  std::uint64_t most = 0;
  std::int32_t below_zero = 0;
  double share = 0;
  Colour colour = Colour::red;
  TimePoint when{};
  std::vector<Item> items{};
  std::array<std::pair<std::uint8_t, double>, 2> pairs{};
};

template <typename Archive>
void archive(Archive& archive, Item& item) {
  archive(item.name, item.took);
}

template <typename Archive>
void archive(Archive& archive, All& all) {
  archive(all.yes, all.most, all.below_zero, all.share, all.colour, all.when, all.items, all.pairs);
}

// Of which there must be one before it can be read.
struct Sized {
  explicit Sized(int start) : number(start) {}
  int number;
};

template <typename Archive>
void archive(Archive& archive, Sized& sized) {
  archive(sized.number);
}

}  // namespace

TEST_CASE("values are read as they were written, to the last bit") {
  const auto infinity = std::numeric_limits<double>::infinity();
  const All all{.yes = true,
                .most = ~std::uint64_t{0},
                .below_zero = -7,
                .share = 0.1 + 0.2,
                .colour = Colour::green,
                .when = never,
                .items = {{"a\n\"b\"", 5ns}, {"", std::nullopt}},
                .pairs = {{{255, -infinity}, {0, 3}}}};
  const auto text = shards::written(all);
  CHECK(text.find('\n') == std::string::npos);
  const auto again = shards::read_value<All>(text);
  REQUIRE(again);
  CHECK(again->most == all.most);
  CHECK(again->share == all.share);
  CHECK(again->colour == Colour::green);
  CHECK(again->when == never);
  REQUIRE(again->items.size() == 2);
  CHECK(again->items[0].name == "a\n\"b\"");
  CHECK(again->items[0].took == 5ns);
  CHECK_FALSE(again->items[1].took);
  CHECK(again->pairs == all.pairs);
  CHECK(shards::written(*again) == text);
  CHECK(std::isnan(*shards::read_value<double>(shards::written(std::nan("")))));
  CHECK(shards::read_value<double>(shards::written(infinity)) == infinity);
}

TEST_CASE("what is too short, too long or of another kind is no value") {
  const auto read = [](const char* text) { return shards::read_value<Item>(text).has_value(); };
  CHECK(read("[\"a\",1,5]"));
  CHECK(read("[\"a\",0]"));
  for (const auto* text :
       {"", "{}", "[]", "[\"a\"]", "[\"a\",1]", "[\"a\",0,5]", "[\"a\",1,\"5\"]", "[1,0]",
        "[\"a\",0,null]", "[\"a\",1,5.5]", "[\"a\",1,18446744073709551615]"}) {
    INFO(text);
    CHECK_FALSE(read(text));
  }
  CHECK_FALSE(shards::read_value<std::uint8_t>("[256]"));
  CHECK_FALSE(shards::read_value<std::uint64_t>("[-1]"));
  CHECK_FALSE(shards::read_value<double>("[\"much\"]"));
  CHECK_FALSE(shards::read_value<std::vector<Item>>("[1000000000,\"a\",0]"));
}

TEST_CASE("a list of what cannot be made is read into one of the same length") {
  const auto text = shards::written(std::vector<Sized>{Sized(1), Sized(2)});
  const auto again = shards::read_value(text, std::vector<Sized>(2, Sized(0)));
  REQUIRE(again);
  CHECK((*again)[1].number == 2);
  CHECK_FALSE(shards::read_value(text, std::vector<Sized>(3, Sized(0))));
}
