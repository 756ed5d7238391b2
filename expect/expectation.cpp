#include "expect/expectation.hpp"
