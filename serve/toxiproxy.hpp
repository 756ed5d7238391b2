// toxiproxy's HTTP API, as its client libraries speak it, to the proxies of this process.
//
// It has the paths, the JSON, the statuses and the words of errors of toxiproxy 2.12, so that tests
// which use one of its clients run unchanged. Beyond it, proxies that are created or populated may
// bring their toxics. What toxiproxy reads past is refused: a key or an attribute that is not
// known, and a value that makes no sense.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "serve/http_server.hpp"
#include "toxics/proxies.hpp"

namespace tripcurve::serve {

// Thread-safe.
class Toxiproxy {
 public:
  // How long a request's body may be: a list of thousands of proxies.
  static constexpr std::size_t longest_body = std::size_t{1} << 20U;

  explicit Toxiproxy(toxics::Proxies& proxies) : proxies_(proxies) {}

  [[nodiscard]] Answer answer(const PageRequest& request);

  // Makes the proxies of a list, such as toxiproxy's configuration file. Those before the one that
  // is wrong stay.
  [[nodiscard]] std::optional<Error> populate(std::string_view json);

 private:
  toxics::Proxies& proxies_;
  std::mutex mutex_;  // held while a request is answered: none sees another's half-done change
};

}  // namespace tripcurve::serve
