#include "net/forwarder.hpp"

#include <sys/socket.h>

#include <utility>  // which Boost 1.74's coroutines need

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <limits>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "net/hop_by_hop.hpp"
#include "net/origin_pool.hpp"
#include "net/peer.hpp"
#include "net/proxied_client.hpp"
#include "net/relay.hpp"
#include "through/identity.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

// Of an answer's head; of a request's it is RequestParser::head_limit.
constexpr std::uint32_t longest_answer_head = 64 * 1024;

// May be sent again when a connection turns out to have ended (RFC 9110, 9.2.2).
bool may_be_repeated(http::verb method) {
  return method == http::verb::get || method == http::verb::head || method == http::verb::put ||
         method == http::verb::delete_ || method == http::verb::options ||
         method == http::verb::trace;
}

}  // namespace

// Its requests go to the service.
class Forwarder::Connection final : public ProxiedClient {
 public:
  Connection(tcp::socket client, std::uint64_t number, asio::io_context& io, Service& service,
             ThreadCounts& counts, OriginPool& pool, std::string peer)
      : ProxiedClient(std::move(client), number, service, counts),
        io_(io),
        pool_(pool),
        peer_(std::move(peer)) {}

  asio::awaitable<void> run(const faults::Opening& opening) {
    const auto self = shared_from_this();
    const bool is_open = co_await open(opening);
    while (is_open && !closed_ && co_await exchange()) {
    }
    close();
  }

  void close() override {
    ProxiedClient::close();
    close_upstream();
  }

 private:
  void close_upstream() {
    if (upstream_) {
      upstream_->close();
    }
  }

  // Reads a request and answers it; false when it was the last.
  asio::awaitable<bool> exchange() {
    const bool came = co_await read_request();
    if (!came) {
      co_return false;
    }
    body_error_ = {};
    co_return co_await decide();
  }

  asio::awaitable<bool> decide() {
    const auto now = service_.clock.now();
    if (service_.options.arrived) {
      service_.options.arrived(
          {through::call_in(head_.headers, service_.run), head_.headers, peer_}, now);
    }
    wanted_keep_ = wanted_keep_ && !service_.injector.renews_connections(now);
    const auto action = service_.injector.treat(asked(), now);
    counts_.note(action, passage());
    if (action.delay > Duration::zero()) {
      timer_.expires_at(service_.clock.real(now + action.delay));
      Code ignored;
      co_await timer_.async_wait(into(ignored));
    }
    if (closed_) {
      co_return false;
    }
    switch (action.fate) {
      case faults::Fate::answer: {
        // What is answered well is answered by the service.
        if (action.item == faults::Treatment::served || (action.status == 200 && !action.course)) {
          co_return co_await forward();
        }
        if (action.course) {
          co_return co_await deliver(action.course);
        }
        const auto text = fmt::format("injected {}", action.status);
        co_return co_await answer(action.status, text);
      }
      case faults::Fate::empty:
        co_await finish();
        co_return false;
      case faults::Fate::hang:
        co_await wait_for_leaving();
        co_return false;
      case faults::Fate::reset:
        co_await reset();
        co_return false;
    }
    co_return false;
  }

  asio::awaitable<bool> forward() {
    const bool upgrades = is_upgrade(request_->get());
    const auto method = request_->get().method();
    if (method == http::verb::connect) {
      const std::string text = "CONNECT is not served here";
      co_return co_await answer(501, text);
    }
    prepare_request(upgrades);
    const bool may_repeat = may_be_repeated(method) && request_->is_done();
    for (bool again = false;; again = true) {
      upstream_ = again ? nullptr : pool_.take();
      const bool was_kept = upstream_ != nullptr;
      if (!was_kept) {
        upstream_ = std::make_unique<Stream>(tcp::socket(io_));
        const auto wrong = co_await pool_.connect(*upstream_);
        if (!wrong.empty()) {
          const auto text = "the service at " + pool_.target().authority() + wrong;
          co_return co_await answer(502, text);
        }
      }
      answer_buffer_.clear();
      if (closed_) {
        co_return false;
      }
      const auto error = co_await begin_exchange();
      if (!error) {
        break;
      }
      if (!was_kept || !may_repeat) {
        co_return co_await broken(error);
      }
    }
    if (answer_->get().result() == http::status::switching_protocols) {
      co_await tunnel();
      co_return false;
    }
    co_return co_await pass_answer();
  }

  // The service ended the connection, or said what is no answer, before it answered.
  asio::awaitable<bool> broken(Code error) {
    if (closed_) {
      co_return false;
    }
    if (sending_) {
      close_upstream();
    }
    const auto text =
        "the service at " + pool_.target().authority() + " gave no answer: " + error.message();
    co_return co_await answer(502, text);
  }

  void prepare_request(bool upgrades) {
    auto& fields = request_->get();
    const bool chunked = fields.chunked();
    remove_hop_by_hop(fields, upgrades);
    if (const auto host = fields.find(http::field::host); host != fields.end()) {
      fields.set("X-Forwarded-Host", host->value());
    }
    fields.set(http::field::host, pool_.target().authority());
    fields.insert(http::field::via, is_1_0_ ? "1.0 tripcurve" : "1.1 tripcurve");
    fields.version(11);
    if (chunked) {
      fields.chunked(true);
    }
  }

  // Sends the head, lets the body follow, and reads the head of the answer.
  asio::awaitable<Code> begin_exchange() {
    Code error;
    sender_.emplace(request_->get());
    if (request_->is_done()) {
      auto& body = request_->get().body();
      body.data = nullptr;
      body.size = 0;
      body.more = false;
      co_await http::async_write(*upstream_, *sender_, into(error));
      if (error == http::error::need_buffer) {
        error = {};
      }
      watch_client();
    } else {
      co_await http::async_write_header(*upstream_, *sender_, into(error));
      if (!error) {
        sending_ = true;
        asio::co_spawn(client_.get_executor(), send_body(), asio::detached);
      }
    }
    while (!error) {
      answer_.emplace();
      answer_->header_limit(longest_answer_head);
      answer_->body_limit(std::numeric_limits<std::uint64_t>::max());
      answer_->skip(to_head());
      co_await http::async_read_header(*upstream_, answer_buffer_, *answer_, into(error));
      const auto status = error ? 0U : answer_->get().result_int();
      if (status / 100 != 1 || status == 101) {
        break;
      }
      if (!is_1_0_) {
        co_await pass_interim(error);
      }
    }
    ++answered_;
    co_return error;
  }

  // A client that leaves before its answer comes takes its request with it.
  void watch_client() {
    client_.socket().async_wait(tcp::socket::wait_read,
                                [self = held(), before = answered_](const Code& error) {
                                  char byte = 0;
                                  if (self->answered_ == before && !self->closed_ &&
                                      (error || ::recv(self->client_.socket().native_handle(),
                                                       &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)) {
                                    self->close();
                                  }
                                });
  }

  asio::awaitable<void> pass_interim(Code& error) {
    http::response<http::empty_body> interim(answer_->get().base());
    co_await http::async_write(client_, interim, into(error));
  }

  asio::awaitable<void> send_body() {
    const auto self = held();
    body_error_ = co_await pass_body<true>(client_, buffer_, *request_, *upstream_, *sender_);
    sending_ = false;
    if (body_error_ && !closed_) {
      Code ignored;  // wakes whoever waits for the answer to half a request
      upstream_->shutdown_send(ignored);
    }
  }

  asio::awaitable<bool> pass_answer() {
    auto& fields = answer_->get();
    const bool upstream_keeps = fields.keep_alive() && !answer_->need_eof();
    const bool was_chunked = fields.chunked();
    const bool ends_with_connection = answer_->need_eof();
    remove_hop_by_hop(fields, false);
    fields.insert(http::field::via, "1.1 tripcurve");
    fields.set("X-Tripcurve-Request", std::to_string(ordinal_));
    fields.version(11);
    if (was_chunked && is_1_0_) {
      fields.chunked(false);
    }
    const bool keeps = wanted_keep_ && !ends_with_connection && !(was_chunked && is_1_0_);
    if (!keeps) {
      fields.set(http::field::connection, "close");
    } else if (is_1_0_) {
      fields.set(http::field::connection, "keep-alive");
    }
    BodySerializer<false> serializer(fields);
    Code error;
    if (!answer_->is_done() && answer_buffer_.size() == 0) {
      co_await http::async_write_header(client_, serializer,
                                        into(error));  // the body takes its time
    }
    if (!error) {
      error = co_await pass_body<false>(*upstream_, answer_buffer_, *answer_, client_, serializer);
    }
    if (error) {
      co_return false;  // an answer that broke off breaks off for the client, too
    }
    if (sending_) {
      co_await finish();  // answered before all of the request was there
      co_return false;
    }
    if (upstream_keeps && !body_error_ && answer_buffer_.size() == 0) {
      pool_.give_back(std::move(upstream_));
    } else {
      close_upstream();
    }
    if (!keeps) {
      co_await finish();
    }
    co_return keeps && !body_error_;
  }

  // The connection is another protocol's now.
  asio::awaitable<void> tunnel() {
    Code error;
    http::response<http::empty_body> agreed(answer_->get().base());
    co_await http::async_write(client_, agreed, into(error));
    if (!error && answer_buffer_.size() > 0) {
      co_await asio::async_write(client_, answer_buffer_.data(), into(error));
    }
    if (!error && buffer_.size() > 0) {
      co_await asio::async_write(*upstream_, buffer_.data(), into(error));
    }
    if (error) {
      co_return;
    }
    asio::co_spawn(
        client_.get_executor(),
        [self = held()]() -> asio::awaitable<void> {
          co_await pass_bytes(self->client_, *self->upstream_);
          self->up_ended_ = true;
          self->timer_.cancel();
        },
        asio::detached);
    co_await pass_bytes(*upstream_, client_);
    timer_.expires_at(asio::steady_timer::time_point::max());
    if (!up_ended_) {
      co_await timer_.async_wait(into(error));  // until the other way has ended, too
    }
  }

  // Itself, held by what is under way.
  [[nodiscard]] std::shared_ptr<Connection> held() {
    return std::static_pointer_cast<Connection>(shared_from_this());
  }

  asio::io_context& io_;
  std::unique_ptr<Stream> upstream_;  // of the last request that was passed on
  OriginPool& pool_;
  std::string peer_;  // the address of the client, where somebody is told of arrivals

  beast::flat_buffer answer_buffer_{longest_answer_head + piece_size};
  std::optional<BodySerializer<true>> sender_;
  std::optional<BodyParser<false>> answer_;
  std::uint64_t answered_ = 0;
  bool up_ended_ = false;  // of a tunnel
  Code body_error_;
};

Forwarder::Forwarder(asio::io_context& io, const Target& target, Service& service,
                     ThreadCounts& counts)
    : io_(io),
      service_(service),
      counts_(counts),
      pool_(std::make_unique<OriginPool>(io, target)) {}

Forwarder::~Forwarder() = default;

void Forwarder::serve(tcp::socket client, const faults::Opening& opening, std::uint64_t number) {
  std::erase_if(connections_, [](const auto& connection) { return connection.expired(); });
  auto peer = service_.options.arrived ? address_of(client) : "";
  const auto connection = std::make_shared<Connection>(std::move(client), number, io_, service_,
                                                       counts_, *pool_, std::move(peer));
  connections_.push_back(connection);
  asio::co_spawn(
      io_, [connection, opening]() -> asio::awaitable<void> { co_await connection->run(opening); },
      asio::detached);
}

void Forwarder::close_idle() {
  for (const auto& connection : connections_) {
    if (const auto open = connection.lock()) {
      open->close_if_idle();
    }
  }
}

void Forwarder::close() {
  for (const auto& connection : std::exchange(connections_, {})) {
    if (const auto open = connection.lock()) {
      open->close();
    }
  }
  pool_->clear();
}

}  // namespace tripcurve::net
