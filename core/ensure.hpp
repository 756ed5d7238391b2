// ENSURE(condition): states what our own code must have made true. On in every build; a violation
// is a bug of tripcurve (exit code 70) and never something a person typed or an upstream did.
#pragma once

#include <stdexcept>
#include <string>

namespace tripcurve {

class Bug : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace tripcurve

#define TRIPCURVE_STRINGIFY_(x) #x
#define TRIPCURVE_STRINGIFY(x) TRIPCURVE_STRINGIFY_(x)
#define ENSURE(condition)                                                                 \
  do {                                                                                    \
    if (!(condition)) [[unlikely]] {                                                      \
      throw ::tripcurve::Bug(__FILE__ ":" TRIPCURVE_STRINGIFY(__LINE__) ": " #condition); \
    }                                                                                     \
  } while (false)
