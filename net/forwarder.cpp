#include "net/forwarder.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>

#include "net/hop_by_hop.hpp"
#include "net/response.hpp"
#include "net/staged_answer.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Code = boost::system::error_code;

constexpr auto connecting_time = std::chrono::seconds(10);
constexpr auto leaving_time = std::chrono::milliseconds(1000);

// How often it is looked whether the client has taken what was sent.
constexpr auto arrival_check = std::chrono::milliseconds(1);

// A piece of a body, as it is passed on.
constexpr std::size_t piece_size = std::size_t{16} * 1024;

constexpr std::size_t reading_size = 4096;  // of a head, at once
constexpr std::string_view end_of_head = "\r\n\r\n";

// Of an answer's head; of a request's it is RequestParser::head_limit.
constexpr std::uint32_t longest_answer_head = 64 * 1024;

constexpr std::size_t most_idle_connections = 256;  // of a thread, to the service

auto into(Code& error) { return asio::redirect_error(asio::use_awaitable, error); }

template <bool is_request>
using Parser = http::parser<is_request, http::buffer_body>;
template <bool is_request>
using Serializer = http::serializer<is_request, http::buffer_body>;

// Passes the body on that `parser` reads from `from`, piece by piece as it comes; the head is
// written. Empty when all of it went.
template <bool is_request>
asio::awaitable<Code> pass_body(tcp::socket& from, beast::flat_buffer& buffer,
                                Parser<is_request>& parser, tcp::socket& to,
                                Serializer<is_request>& serializer) {
  std::vector<char> piece(parser.is_done() ? 0 : piece_size);
  while (!serializer.is_done()) {
    Code error;
    auto& body = parser.get().body();
    body.data = nullptr;
    body.size = 0;
    if (!parser.is_done()) {
      body.data = piece.data();
      body.size = piece.size();
      co_await http::async_read_some(from, buffer, parser, into(error));
      if (error && error != http::error::need_buffer) {
        co_return error;
      }
      body.size = piece.size() - body.size;
      body.data = piece.data();
    }
    body.more = !parser.is_done();
    if (body.size == 0 && body.more) {
      continue;  // the head of a chunk, say
    }
    error = {};
    co_await http::async_write(to, serializer, into(error));
    if (error && error != http::error::need_buffer) {
      co_return error;
    }
  }
  co_return Code{};
}

// From one to the other until it ends, and then says so.
asio::awaitable<void> pass_bytes(tcp::socket& from, tcp::socket& to) {
  std::array<char, piece_size> piece;
  Code error;
  while (!error) {
    const auto got = co_await from.async_read_some(asio::buffer(piece), into(error));
    if (got > 0) {
      co_await asio::async_write(to, asio::buffer(piece, got), into(error));
    }
  }
  Code ignored;
  if (error == asio::error::eof) {
    to.shutdown(tcp::socket::shutdown_send, ignored);
  } else {
    to.close(ignored);
    from.close(ignored);
  }
}

// Nothing has come on an idle connection: it did not end, either.
bool is_fresh(tcp::socket& socket) {
  char byte = 0;
  return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

// May be sent again when a connection turns out to have ended (RFC 9110, 9.2.2).
bool may_be_repeated(http::verb method) {
  return method == http::verb::get || method == http::verb::head || method == http::verb::put ||
         method == http::verb::delete_ || method == http::verb::options ||
         method == http::verb::trace;
}

}  // namespace

// The connections to the service that nobody uses just now.
class Forwarder::Pool {
 public:
  Pool(asio::io_context& io, const Target& target) : io_(io), target_(target) {
    for (const auto& address : target.addresses) {
      endpoints_.emplace_back(asio::ip::make_address(address), target.port);
    }
  }

  [[nodiscard]] const Target& target() const { return target_; }

  [[nodiscard]] std::optional<tcp::socket> take() {
    while (!idle_.empty()) {
      auto socket = std::move(idle_.back());
      idle_.pop_back();
      if (is_fresh(socket)) {
        return socket;
      }
    }
    return std::nullopt;
  }
  void give_back(tcp::socket socket) {
    if (idle_.size() < most_idle_connections) {
      idle_.push_back(std::move(socket));
    }
  }
  void clear() { idle_.clear(); }

  // Closes `socket` when it takes too long.
  asio::awaitable<Code> connect(tcp::socket& socket) {
    asio::steady_timer patience(io_, connecting_time);
    patience.async_wait([&socket](const Code& cancelled) {
      if (!cancelled) {
        Code ignored;
        socket.close(ignored);
      }
    });
    Code error;
    co_await asio::async_connect(socket, endpoints_, into(error));
    if (!error) {
      Code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
    }
    co_return error;
  }

 private:
  asio::io_context& io_;
  const Target& target_;
  std::vector<tcp::endpoint> endpoints_;
  std::vector<tcp::socket> idle_;
};

// A client. Its coroutine holds it.
class Forwarder::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket client, asio::io_context& io, Service& service, ThreadCounts& counts,
             Pool& pool)
      : client_(std::move(client)),
        upstream_(io),
        timer_(io),
        service_(service),
        counts_(counts),
        pool_(pool) {
    counts_.note_accepted();
    Code ignored;
    client_.set_option(tcp::no_delay(true), ignored);
  }
  ~Connection() { counts_.note_closed(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  asio::awaitable<void> run() {
    const auto self = shared_from_this();
    while (!closed_ && co_await exchange()) {
    }
    close();
  }

  void close() {
    closed_ = true;
    Code ignored;
    client_.close(ignored);
    upstream_.close(ignored);
    timer_.cancel();
  }

 private:
  // Reads a request and answers it; false when it was the last.
  asio::awaitable<bool> exchange() {
    const auto size = co_await read_head();
    if (size == 0) {
      co_return false;
    }
    Code error;
    const std::string_view head(static_cast<const char*>(buffer_.data().data()), size);
    head_ = {};
    RequestParser checked(head_, RequestParser::Headers::keep,
                          std::numeric_limits<std::uint64_t>::max());
    if (checked.take(head).progress == RequestParser::Progress::refused) {
      co_await refuse(checked.refusal());
      co_return false;
    }
    request_.emplace();
    request_->eager(false);
    request_->header_limit(RequestParser::head_limit);
    request_->body_limit(std::numeric_limits<std::uint64_t>::max());
    request_->put(asio::buffer(head.data(), head.size()), error);
    buffer_.consume(size);
    timer_.cancel();  // of a connection that would have expired
    if ((error && error != http::error::need_buffer) || !request_->is_header_done()) {
      const Refusal refusal{400, "this is not an HTTP/1.1 request"};
      co_await refuse(refusal);
      co_return false;
    }
    wanted_keep_ = request_->get().keep_alive();
    is_1_0_ = request_->get().version() < 11;
    body_error_ = {};
    co_return co_await decide(checked);
  }

  // The size of the next request's head, which is in the buffer then; 0 when none comes.
  asio::awaitable<std::size_t> read_head() {
    for (std::size_t searched = 0;;) {
      const std::string_view got(static_cast<const char*>(buffer_.data().data()), buffer_.size());
      const auto end = got.find(end_of_head, searched);
      if (end != std::string_view::npos) {
        co_return end + end_of_head.size();
      }
      if (got.size() == buffer_.max_size()) {
        const Refusal refusal{431, "the request line and header fields exceed 16 KiB"};
        co_await refuse(refusal);
        co_return 0;
      }
      searched = got.size() - std::min(got.size(), end_of_head.size() - 1);
      Code error;
      const auto room = buffer_.prepare(std::min(reading_size, buffer_.max_size() - got.size()));
      buffer_.commit(co_await client_.async_read_some(room, into(error)));
      if (error) {
        co_return 0;
      }
    }
  }

  asio::awaitable<bool> decide(const RequestParser& checked) {
    const auto now = service_.clock.now();
    const auto given = checked.ordinal();
    ordinal_ = given ? *given : service_.arrivals.fetch_add(1, std::memory_order_relaxed);
    const auto action =
        service_.injector.treat({ordinal_, head_.method, head_.path, head_.headers}, now);
    counts_.note(action, passage(checked));
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

  [[nodiscard]] Passage passage(const RequestParser& checked) const {
    const auto& passage_of = service_.options.passage;
    if (!passage_of) {
      return Passage::fair;
    }
    const auto& pass = checked.pass();
    return pass && pass->run == service_.run ? passage_of(pass->leave) : Passage::stranger;
  }

  // An answer that is not the service's.
  asio::awaitable<bool> answer(std::uint16_t status, const std::string& text) {
    const bool stays = request_->is_done() && wanted_keep_ && !sending_;
    std::string bytes;
    append_response(bytes, {.status = status,
                            .text = text,
                            .ordinal = ordinal_,
                            .connection = connection_header(stays),
                            .to_head = request_->get().method() == http::verb::head});
    Code error;
    co_await asio::async_write(client_, asio::buffer(bytes), into(error));
    if (!stays && !error) {
      co_await finish();
    }
    co_return stays && !error;
  }

  // One of tripcurve's own that breaks, or takes its time.
  asio::awaitable<bool> deliver(std::shared_ptr<const faults::Course> course) {
    const bool stays = request_->is_done() && wanted_keep_;
    StagedAnswer staged(std::move(course), {.ordinal = ordinal_,
                                            .connection = connection_header(stays),
                                            .to_head = request_->get().method() == http::verb::head,
                                            .is_http_1_0 = is_1_0_});
    std::string bytes;
    Code error;
    auto due = service_.clock.now();
    while (!error && !closed_) {
      due += staged.step().after;
      if (due > service_.clock.now()) {
        co_await write(bytes, error);
        Code ignored;
        timer_.expires_at(service_.clock.real(due));
        co_await timer_.async_wait(into(ignored));
      }
      if (staged.step().part == faults::Step::Part::end) {
        break;
      }
      static_cast<void>(staged.do_step(bytes));
      if (bytes.size() >= faults::Steps::largest_piece) {
        co_await write(bytes, error);
      }
    }
    staged.finish(bytes);
    co_await write(bytes, error);
    if (error || closed_) {
      co_return false;
    }
    co_return co_await end_as(staged.delivery(), stays);
  }

  asio::awaitable<void> write(std::string& bytes, Code& error) {
    co_await asio::async_write(client_, asio::buffer(bytes), into(error));
    bytes.clear();
  }

  asio::awaitable<bool> end_as(const faults::Delivery& delivery, bool stays) {
    using Ending = faults::Delivery::Ending;
    Code ignored;
    switch (delivery.ending) {
      case Ending::stays:
        break;
      case Ending::expires:
        expire_after(delivery.linger);
        break;
      case Ending::closes:
        stays = false;
        break;
      case Ending::resets:
        co_await reset();
        co_return false;
      case Ending::half_closes:
        client_.shutdown(tcp::socket::shutdown_send, ignored);
        co_await wait_for_leaving();
        co_return false;
      case Ending::stalls:
        co_await wait_for_leaving();
        co_return false;
    }
    if (!stays) {
      co_await finish();
    }
    co_return stays;
  }

  // The connection dies when no request has come by then.
  void expire_after(Duration idle) {
    timer_.expires_after(idle);
    timer_.async_wait([self = shared_from_this()](const Code& cancelled) {
      if (!cancelled) {
        self->close();
      }
    });
  }

  // Once the client has what was sent before, which a reset would take from it.
  asio::awaitable<void> reset() {
    Code ignored;
    int unsent = 0;
    for (auto left = leaving_time / arrival_check;
         left > 0 && ::ioctl(client_.native_handle(), SIOCOUTQ, &unsent) == 0 && unsent > 0;
         --left) {
      timer_.expires_after(arrival_check);
      co_await timer_.async_wait(into(ignored));
    }
    client_.set_option(tcp::socket::linger(true, 0), ignored);
  }

  [[nodiscard]] ConnectionHeader connection_header(bool stays) const {
    return !stays    ? ConnectionHeader::close
           : is_1_0_ ? ConnectionHeader::keep_alive
                     : ConnectionHeader::none;
  }

  asio::awaitable<void> refuse(const Refusal& refusal) {
    counts_.note_bad_request();
    std::string bytes;
    append_response(bytes, {.status = refusal.status,
                            .text = refusal.reason,
                            .ordinal = std::nullopt,
                            .connection = ConnectionHeader::close});
    Code error;
    co_await asio::async_write(client_, asio::buffer(bytes), into(error));
    co_await finish();
  }

  // Says that nothing follows, and gives the client a moment to take what was sent: to close while
  // bytes of its are unread would be a reset.
  asio::awaitable<void> finish() {
    Code error;
    client_.shutdown(tcp::socket::shutdown_send, error);
    timer_.expires_after(leaving_time);
    timer_.async_wait([self = shared_from_this()](const Code& cancelled) {
      if (!cancelled) {
        self->close();
      }
    });
    co_await wait_for_leaving();
    timer_.cancel();
  }

  asio::awaitable<void> wait_for_leaving() {
    std::array<char, 4096> dropped;
    Code error;
    while (!error) {
      co_await client_.async_read_some(asio::buffer(dropped), into(error));
    }
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
      auto kept = again ? std::nullopt : pool_.take();
      const bool was_kept = kept.has_value();
      if (was_kept) {
        upstream_ = std::move(*kept);
      } else {
        Code ignored;
        upstream_.close(ignored);
        if (const auto error = co_await pool_.connect(upstream_)) {
          const auto text = "the service at " + pool_.target().authority() +
                            " cannot be reached: " + error.message();
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
      Code ignored;
      upstream_.close(ignored);
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
      co_await http::async_write(upstream_, *sender_, into(error));
      if (error == http::error::need_buffer) {
        error = {};
      }
      watch_client();
    } else {
      co_await http::async_write_header(upstream_, *sender_, into(error));
      if (!error) {
        sending_ = true;
        asio::co_spawn(client_.get_executor(), send_body(), asio::detached);
      }
    }
    while (!error) {
      answer_.emplace();
      answer_->header_limit(longest_answer_head);
      answer_->body_limit(std::numeric_limits<std::uint64_t>::max());
      answer_->skip(request_->get().method() == http::verb::head);
      co_await http::async_read_header(upstream_, answer_buffer_, *answer_, into(error));
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
    client_.async_wait(
        tcp::socket::wait_read, [self = shared_from_this(), before = answered_](const Code& error) {
          char byte = 0;
          if (self->answered_ == before && !self->closed_ &&
              (error ||
               ::recv(self->client_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)) {
            self->close();
          }
        });
  }

  asio::awaitable<void> pass_interim(Code& error) {
    http::response<http::empty_body> interim(answer_->get().base());
    co_await http::async_write(client_, interim, into(error));
  }

  asio::awaitable<void> send_body() {
    const auto self = shared_from_this();
    body_error_ = co_await pass_body<true>(client_, buffer_, *request_, upstream_, *sender_);
    sending_ = false;
    if (body_error_ && !closed_) {
      Code ignored;  // wakes whoever waits for the answer to half a request
      upstream_.shutdown(tcp::socket::shutdown_send, ignored);
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
    Serializer<false> serializer(fields);
    Code error;
    if (!answer_->is_done() && answer_buffer_.size() == 0) {
      co_await http::async_write_header(client_, serializer,
                                        into(error));  // the body takes its time
    }
    if (!error) {
      error = co_await pass_body<false>(upstream_, answer_buffer_, *answer_, client_, serializer);
    }
    if (error) {
      co_return false;  // an answer that broke off breaks off for the client, too
    }
    if (sending_) {
      co_await finish();  // answered before all of the request was there
      co_return false;
    }
    if (upstream_keeps && !body_error_ && answer_buffer_.size() == 0) {
      pool_.give_back(std::exchange(upstream_, tcp::socket(client_.get_executor())));
    } else {
      Code ignored;
      upstream_.close(ignored);
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
      co_await asio::async_write(upstream_, buffer_.data(), into(error));
    }
    if (error) {
      co_return;
    }
    asio::co_spawn(
        client_.get_executor(),
        [self = shared_from_this()]() -> asio::awaitable<void> {
          co_await pass_bytes(self->client_, self->upstream_);
          self->up_ended_ = true;
          self->timer_.cancel();
        },
        asio::detached);
    co_await pass_bytes(upstream_, client_);
    timer_.expires_at(asio::steady_timer::time_point::max());
    if (!up_ended_) {
      co_await timer_.async_wait(into(error));  // until the other way has ended, too
    }
  }

  tcp::socket client_;
  tcp::socket upstream_;
  asio::steady_timer timer_;
  Service& service_;
  ThreadCounts& counts_;
  Pool& pool_;

  beast::flat_buffer buffer_{RequestParser::head_limit};  // from the client
  beast::flat_buffer answer_buffer_{longest_answer_head + piece_size};
  RequestHead head_;
  std::optional<Parser<true>> request_;
  std::optional<Serializer<true>> sender_;
  std::optional<Parser<false>> answer_;
  std::uint64_t ordinal_ = 0;
  bool wanted_keep_ = false;  // the client wants to keep its connection
  bool is_1_0_ = false;
  bool sending_ = false;  // the request's body is under way
  std::uint64_t answered_ = 0;
  bool up_ended_ = false;  // of a tunnel
  Code body_error_;
  bool closed_ = false;
};

Forwarder::Forwarder(asio::io_context& io, const Target& target, Service& service,
                     ThreadCounts& counts)
    : io_(io), service_(service), counts_(counts), pool_(std::make_unique<Pool>(io, target)) {}

Forwarder::~Forwarder() = default;

void Forwarder::serve(tcp::socket client) {
  std::erase_if(connections_, [](const auto& connection) { return connection.expired(); });
  const auto connection =
      std::make_shared<Connection>(std::move(client), io_, service_, counts_, *pool_);
  connections_.push_back(connection);
  asio::co_spawn(
      io_, [connection]() -> asio::awaitable<void> { co_await connection->run(); }, asio::detached);
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
