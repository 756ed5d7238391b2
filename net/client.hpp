// The load on the wire: drives a load::Engine over real connections, on a thread of its own. One
// event loop, a pool of keep-alive connections, timers that wake early and then poll, so that a
// request leaves within microseconds of its intended time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "core/http.hpp"
#include "core/result.hpp"
#include "load/breaker_bank.hpp"
#include "load/engine.hpp"
#include "load/load_plan.hpp"
#include "net/clock.hpp"
#include "net/tls/trust.hpp"
#include "through/log.hpp"

namespace tripcurve::net {

// Where the requests go.
struct Target {
  std::string host;  // as written: a name or an address
  std::uint16_t port = 80;
  std::string path = "/";
  bool loopback = false;  // every address it resolves to is a loopback address
  // What it resolves to, in numbers, the one to connect to in front; empty: `host` is an address.
  std::vector<std::string> addresses{};
  // What the built-in upstream knows the requests of this run by; elsewhere it says nothing.
  std::uint64_t run = 0;
  std::optional<Trust> tls{};  // https, and whom to trust; none: http
  // A service that may pass them on, which is told who calls: through::identity_fields().
  std::vector<Header> identity{};

  [[nodiscard]] std::string authority() const;  // "127.0.0.1:8080"
  [[nodiscard]] std::string origin() const;     // "http://127.0.0.1:8080"
};

// "http://host[:port][/path]", or https. Refuses other schemes and user info. Its addresses are not
// known yet.
[[nodiscard]] Result<Target> parse_target(const std::string& url);

// Finds the addresses of its host; the system's words if there are none.
[[nodiscard]] std::error_code resolve(Target& target);

// Whether something accepts connections there; the system's words if not. The address that does is
// put in front: a server on "localhost" often listens on one of its two addresses only.
[[nodiscard]] std::error_code try_connect(Target& target);

// Of a target with TLS that try_connect() has reached: whether a handshake succeeds there, and why
// not. Throws std::system_error when the connection cannot be opened again.
[[nodiscard]] std::optional<Error> try_handshake(const Target& target);

// Why nobody can be trusted as a target says: its file of authorities cannot be read.
[[nodiscard]] std::optional<Error> unreadable_trust(const Target& target);

class Client {
 public:
  // One engine on one thread, for shard `shard` of `plan`. Does not start yet. Everything must
  // outlive the client. `log`, if there is one, is told of each call.
  Client(const Target& target, const load::LoadPlan& plan, std::uint32_t shard,
         load::BreakerBank& bank, const SteadyClock& clock, through::Log* log = nullptr);
  ~Client();  // abandons what is under way, and joins
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void start();

  // Ends the run now: what is under way is abandoned as unfinished. Thread-safe.
  void stop();

  [[nodiscard]] bool done() const;    // thread-safe
  [[nodiscard]] bool failed() const;  // done, but by what tally() will throw; thread-safe

  // A recent snapshot; the engine's thread makes a new one within moments of each call, so the
  // first call gives an empty one. With `with_tally`, the new one will have the whole tally.
  // Thread-safe, never blocks the engine.
  [[nodiscard]] load::Snapshot snapshot(bool with_tally = false);

  // Only when done(): what the engine saw, and when it ended. Rethrows what ended its thread.
  [[nodiscard]] const load::Tally& tally() const;
  [[nodiscard]] TimePoint ended_at() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tripcurve::net
