"""The query examples of the reference with their measured answers."""

ALL = "a1 a2 a2r b1 b2 g d x ba au py n1 n2 r mi c e1 e2 xs"


def but(*names):
    return " ".join(name for name in ALL.split() if name not in names)


# A query, whether with dependencies, and the answers that are right; text after "400" is of the error.
EXAMPLES = [
    ("alpha", 0, ["a1 a2 a2r"]), ("alpha (>= 1.2)", 0, ["a2 a2r"]),
    ("alpha (>> 1.2-1)", 0, [""]), ("alpha (> 1.2-1)", 0, ["a2 a2r"]),
    ("alpha (<< 1.2-1)", 0, ["a1"]), ("alpha (< 1.2-1)", 0, ["a1 a2 a2r"]),
    ("alpha {arm64}", 0, ["a2r"]), ("alpha (= 1.2-1) {amd64}", 0, ["a2"]),
    ("gamma {amd64}", 0, ["g"]), ("alpha_1.2-1_arm64", 0, ["a2r"]),
    ("libx_1:2.0-3_amd64", 0, ["x"]), ("libx_2.0-3_amd64", 0, [""]),
    ("c++lib", 0, ["c"]), ("c++lib_1.0+b1_amd64", 0, ["c"]),
    ("virt", 0, ["g d"]), ("virt (>= 0.5)", 0, ["g d", ""]),
    ("virt-ver", 0, ["d", ""]), ("virt-ver (= 5)", 0, ["d", ""]),
    ("virt-ver (>= 4)", 0, ["d", ""]), ("beta (~ rc)", 0, ["b2"]),
    ("Name (% *a)", 0, ["a1 a2 a2r b1 b2 g d"]),
    ("Name (~ ^(alpha|beta)$)", 0, ["400 unexpected token |: expecting ')'"]),
    ('Name (~ "^(alpha|beta)$")', 0, ["a1 a2 a2r b1 b2"]),
    ("Name (>= needver)", 0, ["py n1 n2 r xs"]), ("$Version (>= 2)", 0, ["b2 d x py e1 e2 xs"]),
    ("$Version (1.0)", 0, ["au"]), ("$Architecture (amd64)", 0, [but("a2r", "xs")]),
    ("$Architecture (all)", 0, ["g d n1 n2"]),
    ("Architecture (amd64)", 0, [but("a2r", "g", "d", "n1", "n2", "xs")]),
    ("$Architecture (source)", 0, ["xs"]), ("Architecture (any)", 0, ["xs"]),
    ("$PackageType (deb)", 0, [but("mi", "xs")]), ("$Source (xsrc)", 0, ["x"]),
    ("$SourceVersion (1:2.0.2)", 0, ["x"]), ("Section (utils)", 0, ["a1 a2 a2r"]),
    ("Essential", 0, ["ba"]), ("Homepage", 0, ["e2"]), ("!Homepage", 0, [but("e2")]),
    ("Depends (% *beta*)", 0, ["a1 a2"]), ("Depends (~ gamma)", 0, ["a1"]),
    ("SHA256", 0, [""]), ("alpha | beta", 0, ["a1 a2 a2r b1 b2"]),
    ("alpha, $Architecture (arm64)", 0, ["a2r"]), ("alpha , !$Architecture (arm64)", 0, ["a1 a2"]),
    ("!alpha", 0, [but("a1", "a2", "a2r")]), ("!(alpha | beta), Name (% *a)", 0, ["g d"]),
    ("alpha | beta, gamma", 0, ["a1 a2 a2r"]), ("(alpha | beta), gamma", 0, [""]),
    ("epsilon (>= 4.3.5)", 0, ["e1 e2"]), ("epsilon (<< 4.3.5a)", 0, [""]),
    ("epsilon (>= 4.3.5a)", 0, ["e1 e2"]), ('"alpha"', 0, ["a1 a2 a2r"]),
    ("'alpha' (>= 1.2)", 0, ["a2 a2r"]),
    ("alpha(>= 1.2)", 0, ['400 unexpected token "1.2": expecting end of query']),
    ("Name (~ a|b)", 0, ["400 unexpected token |: expecting ')'"]),
    ("Name (~ [)", 0, ["400 regexp compile failed"]),
    ("alpha (", 0, ["400 unexpected token <EOL>: expecting value"]),
    ("alpha |", 0, ["400 unexpected token <EOL>: expecting field or package name"]),
    ("alpha beta", 0, ['400 unexpected token "beta": expecting end of query']),
    ("$Architecture (amd64) {amd64}", 0, ["400 unexpected token {: expecting end of query"]),
    ("Nosuch", 0, [""]), ("foo_bar", 0, [""]),
    ("'alpha", 0, ["400 unexpected token error: unexpected eof in quoted string: "
                   "expecting field or package name"]),
    ("Build-Depends (~ debhelper)", 0, ["xs"]), ("xsrc_1:2.0.2_source", 0, ["xs"]),
    ("py:any", 0, [""]),
    ("alpha (= 1.0-1)", 1, ["a1 b2 g d", "a1 b2 g", "a1 b2 d"]),
    ("alpha (= 1.2-1) {amd64}", 1, ["a2 b2"]),
    ("alpha (= 1.2-1) {arm64}", 1, ["a2r"]), ("beta (= 1.5)", 1, ["b1 x ba"]),
    ("any-user", 1, ["au py"]), ("needver", 1, ["d n1", "n1"]),
    ("needver2", 1, ["d n2", "n2"]), ("rec", 1, ["r"]),
    ("Homepage (% *example*)", 0, [""]), ("Homepage (% https://*/*)", 0, ["e2"]),
    ("alpha (>=1.2)", 0, ["a2 a2r"]), ("Name (% alph?)", 0, ["a1 a2 a2r"]),
    ("Name (% [a-b]*)", 0, ["a1 a2 a2r b1 b2 ba au"]),
    ("Name (~ (?i)^A)", 0, ["400 unexpected token (: expecting value"]),
    ('Name (~ "(?i)^A")', 0, ["a1 a2 a2r au"]),
    ('Description (~ "(?s)package alpha.*Long")', 0, ["a1 a2 a2r"]),
    ("$Version (% 1.2-*)", 0, ["a2 a2r"]), ('$Version (~ "-1$")', 0, ["a1 a2 a2r e1"]),
    ("$Version (<< 1:0)", 0, [but("x", "xs")]), ("libx (= 2.0-3)", 0, [""]),
    ("alpha (= 1.2)", 0, [""]), ("!!alpha", 0, ["a1 a2 a2r"]),
    ("alpha,beta|gamma", 0, ["g"]), ("alpha|beta,gamma|base", 0, ["a1 a2 a2r ba"]),
    ('Name (% "c++*")', 0, ["c"]),
]
