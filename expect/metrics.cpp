#include "expect/metrics.hpp"
