internal import SafeIO
