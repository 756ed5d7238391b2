#include "net/tcp_connection.hpp"

#include <array>
#include <chrono>
#include <concepts>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Code = boost::system::error_code;

// How long an upstream may take to let the connection in.
constexpr auto connecting_time = std::chrono::seconds(30);

// After a cut, both sides get this long to take what was sent and to close: closing at once while
// bytes of theirs are unread would be a reset.
constexpr auto hanging_up_time = std::chrono::seconds(1);

// What is read at once, and how often before others have their turn.
constexpr std::size_t reading_size = std::size_t{64} * 1024;
constexpr int readings_at_once = 16;

// For a thread, which reads for one connection at a time.
std::array<char, reading_size>& reading_buffer() {
  static thread_local std::array<char, reading_size> buffer;
  return buffer;
}

bool is_for_later(const Code& error) {
  return error == asio::error::would_block || error == asio::error::try_again ||
         error == asio::error::interrupted;
}

bool is_want_of_descriptors(const Code& error) {
  return error == boost::system::errc::too_many_files_open ||
         error == boost::system::errc::too_many_files_open_in_system;
}

void prepare(tcp::socket& socket) {
  Code ignored;  // both fail only when the peer is gone, which reading tells
  socket.non_blocking(true, ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
}

}  // namespace

TcpConnection::TcpConnection(tcp::socket client, const TcpSurroundings& surroundings, Random random,
                             toxics::Traffic& traffic)
    : client_(std::move(client)),
      upstream_(surroundings.io),
      resolver_(surroundings.io),
      patience_(surroundings.io),
      surroundings_(surroundings),
      clock_(surroundings.clock),
      traffic_(traffic),
      up_{client_,
          upstream_,
          toxics::Pipe(random.fork(toxics::word(toxics::Stream::upstream))),
          asio::steady_timer(surroundings.io),
          traffic.received_up,
          traffic.sent_up},
      down_{upstream_,
            client_,
            toxics::Pipe(random.fork(toxics::word(toxics::Stream::downstream))),
            asio::steady_timer(surroundings.io),
            traffic.received_down,
            traffic.sent_down} {
  ++traffic_.connections;
  ++traffic_.open_now;
}

// A handler that keeps the connection alive, and does nothing when it was closed meanwhile.
template <typename Then>
auto TcpConnection::kept(Then then) {
  return [self = shared_from_this(), then](const Code& error, auto&&... more)
    requires std::invocable<const Then&, const Code&, decltype(more)...>
  {
    if (!self->is_closed_) {
      then(error, more...);
    }
  };
}

TcpConnection::Way& TcpConnection::way(toxics::Stream stream) {
  return stream == toxics::Stream::upstream ? up_ : down_;
}

void TcpConnection::start(const std::string& host, const std::string& port,
                          const std::vector<toxics::Toxic>& toxics, std::function<void()> gone) {
  gone_ = std::move(gone);
  prepare(client_);
  for (const auto& toxic : toxics) {
    way(toxic.stream).pipe.add(toxic, clock_.now());
  }
  const auto fail = [this] {
    ++traffic_.unreachable;
    close();
  };
  patience_.expires_after(connecting_time);
  patience_.async_wait(kept([this, fail](const Code& cancelled) {
    if (!cancelled && !is_connected_) {
      fail();
    }
  }));
  resolver_.async_resolve(
      host, port, tcp::resolver::flags{},
      kept([this, fail](const Code& error, const tcp::resolver::results_type& found) {
        if (error) {
          fail();
          return;
        }
        asio::async_connect(upstream_, found,
                            kept([this, fail](const Code& refused, const tcp::endpoint&) {
                              if (refused == asio::error::connection_reset) {
                                reset();  // it was there, and gone before we looked
                              } else if (is_want_of_descriptors(refused)) {
                                surroundings_.lacks(refused);
                                close();
                              } else if (refused) {
                                fail();
                              } else {
                                connected();
                              }
                            }));
      }));
}

void TcpConnection::connected() {
  is_connected_ = true;
  patience_.cancel();
  prepare(upstream_);
  pump(up_);
  pump(down_);
}

void TcpConnection::add(const toxics::Toxic& toxic) {
  way(toxic.stream).pipe.add(toxic, clock_.now());
  pump(way(toxic.stream));
}

void TcpConnection::change(const toxics::Toxic& toxic) {
  way(toxic.stream).pipe.change(toxic, clock_.now());
  pump(way(toxic.stream));
}

void TcpConnection::remove(const toxics::Toxic& toxic) {
  way(toxic.stream).pipe.remove(toxic.name, clock_.now());
  pump(way(toxic.stream));
}

// Moves what is due, sends what can be sent, and waits for what is missing.
void TcpConnection::pump(Way& way) {
  if (is_closed_ || !is_connected_) {
    return;
  }
  auto due = way.pipe.advance(clock_.now());
  while (!is_closed_ && !way.writing && !way.pipe.output().empty()) {
    write(way);
    due = way.pipe.advance(clock_.now());
  }
  if (is_closed_) {
    return;
  }
  if (const auto end = way.pipe.ending(); end && !way.over) {
    way.over = true;
    pass_on(way, *end);
  }
  await(way, due);
  read(way);
}

void TcpConnection::write(Way& way) {
  Code error;
  const auto output = way.pipe.output();
  const auto sent = way.to.write_some(asio::buffer(output.data(), output.size()), error);
  if (is_for_later(error)) {
    way.writing = true;
    way.to.async_wait(tcp::socket::wait_write, kept([this, &way](const Code& /*failed*/) {
                        way.writing = false;
                        pump(way);
                      }));
    return;
  }
  if (error) {
    reset();  // who should get it has gone
    return;
  }
  way.sent += sent;
  way.pipe.sent(sent);
}

void TcpConnection::await(Way& way, TimePoint due) {
  if (due == way.due || is_closed_) {
    return;
  }
  way.due = due;
  way.timer.cancel();
  if (due == never) {
    return;
  }
  way.timer.expires_at(clock_.real(due));
  way.timer.async_wait(kept([this, &way](const Code& cancelled) {
    if (!cancelled) {
      way.due = never;
      pump(way);
    }
  }));
}

void TcpConnection::read(Way& way) {
  if (way.reading || is_closed_ || !way.pipe.has_room()) {
    return;
  }
  way.reading = true;
  way.from.async_wait(tcp::socket::wait_read, kept([this, &way](const Code& /*failed*/) {
                        way.reading = false;
                        readable(way);
                      }));
}

void TcpConnection::readable(Way& way) {
  auto& buffer = reading_buffer();
  for (int i = 0; i < readings_at_once && way.pipe.has_room(); ++i) {
    Code error;
    const auto count = way.from.read_some(asio::buffer(buffer), error);
    if (is_for_later(error)) {
      break;
    }
    if (error) {
      way.pipe.end(error == asio::error::eof ? toxics::End::closed : toxics::End::reset,
                   clock_.now());
      break;
    }
    way.received += count;
    take(way, buffer.data(), count);
    if (is_closed_) {
      return;
    }
    if (count < buffer.size()) {
      break;
    }
  }
  pump(way);
}

// Without toxics it goes out from where it was read to.
void TcpConnection::take(Way& way, const char* bytes, std::size_t count) {
  std::size_t sent = 0;
  if (way.pipe.is_empty() && !way.writing) {
    Code error;
    sent = way.to.write_some(asio::buffer(bytes, count), error);
    if (error && !is_for_later(error)) {
      reset();
      return;
    }
    way.sent += sent;
  }
  if (sent < count) {
    way.pipe.put(std::string(bytes + sent, count - sent), clock_.now());
  }
}

void TcpConnection::pass_on(Way& way, toxics::End end) {
  switch (end) {
    case toxics::End::closed: {
      if (up_.over && down_.over) {
        close();
        return;
      }
      Code ignored;
      way.to.shutdown(tcp::socket::shutdown_send, ignored);
      return;
    }
    case toxics::End::cut:
      hang_up();
      return;
    case toxics::End::reset:
      reset();
      return;
  }
}

// Neither side is sent any more, nor heard.
void TcpConnection::hang_up() {
  up_.over = down_.over = true;
  up_.pipe.end(toxics::End::cut, clock_.now());
  down_.pipe.end(toxics::End::cut, clock_.now());
  patience_.expires_after(hanging_up_time);
  patience_.async_wait(kept([this](const Code& /*cancelled*/) { close(); }));
  for (auto* socket : {&client_, &upstream_}) {
    Code ignored;
    socket->shutdown(tcp::socket::shutdown_send, ignored);
    drain(*socket);
  }
}

// Drops what comes, until nothing does.
void TcpConnection::drain(Socket& socket) {
  socket.async_wait(tcp::socket::wait_read, kept([this, &socket](const Code& /*failed*/) {
                      Code error;
                      socket.read_some(asio::buffer(reading_buffer()), error);
                      if (!error || is_for_later(error)) {
                        drain(socket);
                        return;
                      }
                      Code ignored;
                      socket.close(ignored);
                      if (!client_.is_open() && !upstream_.is_open()) {
                        close();
                      }
                    }));
}

void TcpConnection::reset() {
  for (auto* socket : {&client_, &upstream_}) {
    Code ignored;
    socket->set_option(tcp::socket::linger(true, 0), ignored);
  }
  close();
}

void TcpConnection::close() {
  if (std::exchange(is_closed_, true)) {
    return;
  }
  --traffic_.open_now;
  Code ignored;
  client_.close(ignored);
  upstream_.close(ignored);
  resolver_.cancel();
  patience_.cancel();
  up_.timer.cancel();
  down_.timer.cancel();
  if (const auto gone = std::exchange(gone_, {})) {
    gone();
  }
}

}  // namespace tripcurve::net
