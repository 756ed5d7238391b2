// What a session says its bytes to: the connection of one client.
//
// Nothing here blocks. Lives on one thread, that of the socket's executor.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <utility>

namespace tripcurve::net {

class Stream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Code = boost::system::error_code;

  explicit Stream(Socket socket) : socket_(std::move(socket)) {}

  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  [[nodiscard]] auto get_executor() { return socket_.get_executor(); }

  void start();

  // `handler` gets what came, or the end of the stream.
  template <typename Handler>
  void async_read_some(boost::asio::mutable_buffer buffer, Handler handler) {
    socket_.async_read_some(buffer, std::move(handler));
  }

  // How many of the bytes were taken. `error` is would_block when it can take no more before
  // async_wait_write() calls; show the rest of the bytes again then, at the same place.
  [[nodiscard]] std::size_t write_some(boost::asio::const_buffer bytes, Code& error) {
    return socket_.write_some(bytes, error);
  }
  template <typename Handler>
  void async_wait_write(Handler handler) {
    socket_.async_wait(Socket::wait_write, std::move(handler));
  }

  // FIN: this side has no more to say.
  void shutdown_send(Code& error) { socket_.shutdown(Socket::shutdown_send, error); }

  // Something that was written has not reached the other machine yet.
  [[nodiscard]] bool has_unsent();

  // RST, at once: what has not reached the client never does.
  void reset();
  void close();

 private:
  Socket socket_;
};

}  // namespace tripcurve::net
