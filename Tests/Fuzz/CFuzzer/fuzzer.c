// Everything stands in the header; a target needs one file.
#include "fuzzer.h"
