// What OpenSSL says of its failures, as an exception.
#pragma once

namespace tripcurve::net {

// Throws a std::system_error with the oldest error that this thread's calls of OpenSSL left behind.
[[noreturn]] void throw_openssl_error(const char* what);

}  // namespace tripcurve::net
