// Upstreams that send for as long as they are read, and what a call's deadline says to that.
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "breaker/registry.hpp"
#include "load/breaker_bank.hpp"
#include "net/client.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::listening_socket;
using testing::port_of;
using testing::Socket;

// At least as much as a socket takes at once.
std::string much_of(const std::string& piece) {
  std::string pieces;
  while (pieces.size() < 256 * 1024) {
    pieces += piece;
  }
  return pieces;
}

// Answers whoever comes with `beginning`, and then with `piece` for ever, as fast as it goes.
class EndlessServer {
 public:
  EndlessServer(std::string beginning, const std::string& piece)
      : beginning_(std::move(beginning)),
        pieces_(much_of(piece)),
        thread_([this](const std::stop_token& stop) {
          std::vector<std::jthread> peers;
          while (!stop.stop_requested()) {
            pollfd waiting{listener_.fd(), POLLIN, 0};
            if (::poll(&waiting, 1, 5) == 1) {
              const int fd = ::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
              peers.emplace_back([this, fd](const std::stop_token& enough) { pour(fd, enough); });
            }
          }
        }) {}

  [[nodiscard]] std::uint16_t port() const { return port_of(listener_); }

 private:
  void pour(int fd, const std::stop_token& enough) {
    const Socket socket(fd);
    const timeval limit{0, 5000};  // so that it sees when it is enough
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    ::send(fd, beginning_.data(), beginning_.size(), MSG_NOSIGNAL);
    std::size_t sent = 0;
    while (!enough.stop_requested()) {
      const auto more = ::send(fd, pieces_.data() + sent, pieces_.size() - sent, MSG_NOSIGNAL);
      if (more < 0 && errno != EAGAIN) {
        return;
      }
      sent = more < 0 ? sent : (sent + static_cast<std::size_t>(more)) % pieces_.size();
    }
  }

  std::string beginning_, pieces_;
  Socket listener_ = listening_socket();
  std::jthread thread_;
};

// Four workers whose calls have 50 ms, for 200 ms.
struct Outcome {
  load::Counts counts;
  Duration took;
};
Outcome load_on(std::uint16_t port) {
  const load::LoadPlan plan{.timetable = Timetable({Phase{"all", {}, at(200ms)}}),
                            .loop = load::ClosedLoop{.workers = 4},
                            .timeout = 50ms};
  load::BreakerBank bank(*breaker::parse_choice("classic,FailureThreshold=1000000000"),
                         load::BreakerScope::client, plan.endpoints, Random(1));
  const SteadyClock clock;
  Client client({.host = "127.0.0.1", .port = port, .loopback = true}, plan, 0, bank, clock);
  client.start();
  REQUIRE(eventually([&] { return client.done(); }));
  Outcome outcome{{}, client.ended_at().time_since_epoch()};
  for (const auto& phase : client.tally().phases) {
    outcome.counts += phase.counts();
  }
  return outcome;
}

}  // namespace

TEST_CASE("a call ends at its deadline although its upstream never stops sending") {
  const std::string block(16 * 1024, 'x');
  const std::string head = "HTTP/1.1 200 OK\r\n";
  for (const auto& [beginning, piece] : std::vector<std::pair<std::string, std::string>>{
           {head + "\r\n", block},
           {head + "Content-Length: 1000000000000\r\n\r\n", block},
           {head + "Transfer-Encoding: chunked\r\n\r\n", "4000\r\n" + block + "\r\n"},
           {head + "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"},
           {"", "HTTP/1.1 100 Continue\r\n\r\n"},
       }) {
    CAPTURE(beginning, piece.substr(0, 40));
    const EndlessServer server(beginning, piece);
    const auto [counts, took] = load_on(server.port());
    CHECK(counts.timeouts == counts.sent);
    CHECK(counts.sent >= 4);
    CHECK(took < 5s);  // a busy machine's, for what takes a quarter of a second
  }
}

TEST_CASE("what never ends and is no answer is found out, not waited for") {
  for (const auto* piece : {"x", "X: y\r\n"}) {
    CAPTURE(piece);
    const EndlessServer server("HTTP/1.1 200 OK\r\n", piece);
    const auto [counts, took] = load_on(server.port());
    CHECK(counts.bad_answers > 0);
    CHECK(counts.bad_answers + counts.timeouts == counts.sent);
    CHECK(took < 5s);
  }
}

}  // namespace tripcurve::net
