#include "expect/judge.hpp"
