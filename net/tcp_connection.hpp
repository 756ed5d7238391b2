// One connection through a TCP proxy: a client, an upstream, and a toxics::Pipe for each way.
//
// Nothing is read that there is no room for, so who sends too fast is slowed down as if there were
// no proxy. An end of one way is passed on as such, and the other way goes on. Without toxics,
// bytes go out as they come in and nothing is kept, so an idle connection has no buffers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/random.hpp"
#include "net/clock.hpp"
#include "toxics/pipe.hpp"
#include "toxics/proxies.hpp"

namespace tripcurve::net {

// What the connections of one thread share.
struct TcpSurroundings {
  boost::asio::io_context& io;
  SteadyClock clock;
  // Told that the system gives no connection.
  std::function<void(const boost::system::error_code& error)> lacks;
};

// Lives as long as it is connected, or somebody holds it. Everything here is for one thread.
class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
 public:
  // `traffic` counts for all connections of a proxy. It is there until they are closed, and so are
  // the surroundings.
  TcpConnection(boost::asio::ip::tcp::socket client, const TcpSurroundings& surroundings,
                Random random, toxics::Traffic& traffic);

  // Once, with the toxics there are. `gone` is called when the connection is over.
  void start(const std::string& host, const std::string& port,
             const std::vector<toxics::Toxic>& toxics, std::function<void()> gone);

  void add(const toxics::Toxic& toxic);
  void change(const toxics::Toxic& toxic);
  void remove(const toxics::Toxic& toxic);

  // Must have been called before the last holder lets go of it; it calls it itself at its end.
  void close();

 private:
  using Socket = boost::asio::ip::tcp::socket;

  struct Way {
    Socket& from;
    Socket& to;
    toxics::Pipe pipe;
    boost::asio::steady_timer timer;  // when the pipe has something to do
    std::uint64_t& received;
    std::uint64_t& sent;
    TimePoint due = never;
    bool reading = false;
    bool writing = false;
    bool over = false;  // its end was passed on
  };

  [[nodiscard]] Way& way(toxics::Stream stream);
  template <typename Then>
  [[nodiscard]] auto kept(Then then);
  void connected();
  void pump(Way& way);
  void write(Way& way);
  void read(Way& way);
  void readable(Way& way);
  void take(Way& way, const char* bytes, std::size_t count);
  void await(Way& way, TimePoint due);
  void pass_on(Way& way, toxics::End end);
  void hang_up();
  void drain(Socket& socket);
  void reset();

  Socket client_;
  Socket upstream_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::steady_timer patience_;  // for the upstream to take the connection, and for an end
  const TcpSurroundings& surroundings_;
  SteadyClock clock_;
  toxics::Traffic& traffic_;
  Way up_;
  Way down_;
  bool is_connected_ = false;
  bool is_closed_ = false;
  std::function<void()> gone_;
};

}  // namespace tripcurve::net
