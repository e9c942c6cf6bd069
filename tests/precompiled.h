// What nearly every test includes, beside what the tested code does (src/precompiled.h). Never rely
// on it: each file still includes what it uses.
#pragma once
#include <doctest/doctest.h>

#include "src/precompiled.h"
