// A server of ours with clients that may be as rude as they like.
#pragma once

#include <httplib.h>

#include <string>

#include "serve/http_server.hpp"
#include "tests/net/wire.hpp"

namespace tripcurve::serve::testing {

using net::testing::eventually;
using net::testing::patience;
using net::testing::Wire;

inline httplib::Client client_of(const HttpServer& server) {
  httplib::Client http("127.0.0.1", server.address().port);
  http.set_read_timeout(patience);
  return http;
}

// The headers a page of ours sends with its posts.
inline httplib::Headers own_headers(const HttpServer& server) {
  return {{"Origin", "http://" + server.address().text()}, {"X-Tripcurve-Token", server.token()}};
}

// Opens a path and gives the connection, of which the answer was not read yet.
inline Wire ask(const HttpServer& server, const std::string& path) {
  Wire wire(server.address().port);
  wire.send("GET " + path + " HTTP/1.1\r\nHost: " + server.address().text() + "\r\n\r\n");
  return wire;
}

// Reads until `word` has come; what was read.
inline std::string read_until(Wire& wire, const std::string& word) {
  std::string bytes;
  while (bytes.find(word) == std::string::npos) {
    const auto more = wire.receive(1);
    if (more.empty()) {
      break;
    }
    bytes += more;
  }
  return bytes;
}

}  // namespace tripcurve::serve::testing
