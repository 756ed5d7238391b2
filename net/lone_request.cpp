#include "net/lone_request.hpp"

#include <boost/beast/http/write.hpp>
#include <utility>

namespace tripcurve::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;

LoneRequest::LoneRequest(const Target& target) {
  request.method(http::verb::get);
  request.target(target.path);
  request.version(11);
  request.set(http::field::host, target.authority());
  for (const auto& address : target.addresses) {
    endpoints_.emplace_back(asio::ip::make_address(address), target.port);
  }
}

void LoneRequest::send(std::function<void(const Code& error)> sent) {
  stream.async_connect(
      endpoints_, [this, sent = std::move(sent)](const Code& refused, const auto&) {
        if (refused) {
          sent(refused);
          return;
        }
        http::async_write(stream, request, [sent](const Code& error, std::size_t) { sent(error); });
      });
}

}  // namespace tripcurve::net
