// Requests to toxiproxy's API: each line of the input is one, "METHOD PATH BODY", to the proxies
// that the ones before have made. A path begins with a slash, as PageRequestReader sees to.
#include <map>

#include "core/text.hpp"
#include "serve/toxiproxy.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "toxics/proxies.hpp"

namespace tripcurve::fuzz {
namespace {

// None of them listens anywhere.
class Imagined final : public toxics::Proxies {
 public:
  [[nodiscard]] std::vector<toxics::ProxyNow> all() const override {
    std::vector<toxics::ProxyNow> all;
    for (const auto& [name, proxy] : proxies_) {
      all.push_back({proxy, {}});
    }
    return all;
  }
  [[nodiscard]] Result<toxics::Proxy> set(const toxics::Proxy& wanted) override {
    require(!wanted.name.empty(), "a proxy has a name", wanted.name);
    for (const auto& toxic : wanted.toxics) {
      require(toxic.kind != nullptr, "a toxic has a kind", toxic.name);
      require(toxic.values.size() == toxic.kind->attributes.size(), "and all of its attributes",
              toxic.name);
    }
    return proxies_[wanted.name] = wanted;
  }
  void remove(const std::string& name) override {
    require(proxies_.erase(name) == 1, "only a proxy that there is goes", name);
  }

 private:
  std::map<std::string, toxics::Proxy> proxies_;
};

}  // namespace

void try_input(std::string_view input) {
  Imagined proxies;
  serve::Toxiproxy api(proxies);
  while (!input.empty()) {
    auto line = take_until(input, "\n");
    const auto method = take_until(line, " ");
    const auto path = take_until(line, " ");
    if (!path.starts_with('/')) {
      continue;
    }
    const auto answer = api.answer({.method = std::string(method),
                                    .path = std::string(path),
                                    .fields = {},
                                    .body = std::string(line)});
    require(answer.status >= 200 && answer.status < 600, "an answer has a status", input);
    require(answer.status != 500, "nothing that is asked for breaks it", input);
  }
}

}  // namespace tripcurve::fuzz
