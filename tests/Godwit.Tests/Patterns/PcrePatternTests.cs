using CsCheck;
using Godwit.Patterns;
using Godwit.Settings;

namespace Godwit.Tests.Patterns;

public sealed class PcrePatternTests
{
    [Theory]
    [InlineData("", "anything", true)]
    [InlineData("blocked", "550 BLOCKED", true)]
    [InlineData("(?-i)blocked", "550 BLOCKED", false)]
    [InlineData("(?-i:b)locked", "bLOCKED", true)]
    [InlineData("(?-i:b)locked", "BLOCKED", false)]
    [InlineData(@"a\/b", "a/b", true)]
    [InlineData(@"\x23", "#", true)]
    [InlineData(@"\x{2f}", "/", true)]
    [InlineData(@"\[RL01\]", "421 [RL01]", true)]
    [InlineData(@"\""quoted\""", "\"quoted\"", true)]
    [InlineData(@"\_\-\<\@", "_-<@", true)]
    [InlineData(@"^[45]\.1\.1;", "5.1.1;smtp;550", true)]
    [InlineData(@"^4\d\d ", "421 x", true)]
    [InlineData(@"\d", "\u0663", false)]
    [InlineData("[^[:digit:][:space:]]", " 12 ", false)]
    [InlineData("[[:alpha:]]+5", "abc5", true)]
    [InlineData("[[:punct:]]", "[", true)]
    [InlineData("[[:punct:]]", "a", false)]
    [InlineData("[[:^alpha:]]", "Kk", false)]
    [InlineData("[[:^alpha:]]", "K5", true)]
    [InlineData("[[:^upper:]]", "aB", false)]
    [InlineData("(?-i)[[:^upper:]]", "aB", true)]
    [InlineData(@"[\H]", " \t", false)]
    [InlineData(@"[^\H]", " \t", true)]
    [InlineData(@"[\W\d]", "sik", false)]
    [InlineData(@"\p{Lu}", "a", false)]
    [InlineData("[]x]", "]", true)]
    [InlineData("[^]x]", "]", false)]
    [InlineData("[a-z-[b]]", "b]", true)]
    [InlineData("[a-c-[b]]", "-]", true)]
    [InlineData(@"[\w-.]+@", "a-b.c@", true)]
    [InlineData(@"[\]\[]", "[", true)]
    [InlineData(@"\Qa.b*\E+c", "a.b***c", true)]
    [InlineData(@"\Qa.b\E", "axb", false)]
    [InlineData(@"[\Q]^\E]", "^", true)]
    [InlineData("a++b", "aab", true)]
    [InlineData("a++ab", "aaab", false)]
    [InlineData("(?:ab)*+ab", "ababab", false)]
    [InlineData("x{2}+x", "xxx", true)]
    [InlineData("x{1,2}+x", "xx", false)]
    [InlineData(@"a\hb", "a\tb", true)]
    [InlineData(@"a\Hb", "a\tb", false)]
    [InlineData(@"a\vb", "a\nb", true)]
    [InlineData(@"a\Rb", "a\r\nb", true)]
    [InlineData(@"a\Nb", "a\nb", false)]
    [InlineData(@"foo\Kbar", "foobar", true)]
    [InlineData(@"(?P<x>a)(?P=x)", "aa", true)]
    [InlineData(@"(?<x>a)\k{x}", "ab", false)]
    [InlineData(@"(?'x'a)\k'x'", "aa", true)]
    [InlineData(@"(a|b)\g{1}", "bb", true)]
    [InlineData(@"(a|b)\g1", "ab", false)]
    [InlineData(@"(a|b)\1", "ba", false)]
    [InlineData(@"a(?=b)", "ab", true)]
    [InlineData(@"(?<!x)b", "xb", false)]
    [InlineData(@"(?x) a b \  c", "ab c", true)]
    [InlineData(@"(?xi: a b )c", "ABC", true)]
    [InlineData(@"(?s)a.b", "a\nb", true)]
    [InlineData(@"a.b", "a\nb", false)]
    [InlineData(@"(?m)^b", "a\nb", true)]
    [InlineData(@"a{,2}", "a{,2}", true)]
    [InlineData(@"a{b", "a{b", true)]
    [InlineData(@"\pL\P{L}", "a1", true)]
    [InlineData(@"\e\a\cA\012\0", "\x1b\a\x01\n\0", true)]
    [InlineData(@"\bfoo\b", "a foo b", true)]
    [InlineData(@"\Afoo\z", "foo\n", false)]
    [InlineData(@"foo$", "foo\n", true)]
    [InlineData("ä", "Ä", true)]
    public void A_pattern_means_what_it_means_in_perl(string pattern, string subject, bool matches)
    {
        Assert.True(TryRead($"/{pattern}/", out PcrePattern? read, out ValueReading reading), reading.Fault);

        Assert.Equal(matches, read!.IsMatch(subject, out bool ranOut));
        Assert.False(ranOut);
    }

    [Theory]
    [InlineData("a(b", 1, "this ( is never closed")]
    [InlineData("a)b", 1, "this ) closes nothing")]
    [InlineData("a[b", 1, "this [ is never closed")]
    [InlineData("a[]", 1, "this [ is never closed")]
    [InlineData("*a", 0, "nothing stands before * that could be repeated")]
    [InlineData("a|+", 2, "nothing stands before + that could be repeated")]
    [InlineData("({2})", 1, "nothing stands before { that could be repeated")]
    [InlineData("a**", 2, "a repetition of a repetition")]
    [InlineData("^*a", 0, "\"^\" cannot be repeated")]
    [InlineData("a{3,2}", 1, "the numbers are the wrong way round")]
    [InlineData("a{70000}", 1, "more than 65535 repetitions")]
    [InlineData("x[z-a]", 2, "the range is the wrong way round")]
    [InlineData("x(?R)", 1, "recursion is not supported")]
    [InlineData("(a)(?1)", 3, "recursion is not supported")]
    [InlineData("(?<n>a)(?&n)", 7, "recursion is not supported")]
    [InlineData("(?|a|b)", 0, "(?| is not supported")]
    [InlineData("(*FAIL)", 0, "verbs such as (*FAIL) are not supported")]
    [InlineData("(?(1)a|b)", 0, "conditions are not supported")]
    [InlineData("(?C1)", 0, "callouts are not supported")]
    [InlineData("(?U)a", 0, "(?U is not supported")]
    [InlineData("(?<1a>x)", 0, "the name of the group is missing")]
    [InlineData("(?<a-b>x)", 0, "the name of the group is missing")]
    [InlineData(@"a\1", 1, "the group that this refers to does not exist")]
    [InlineData(@"(a)\k<b>", 3, "the group that this refers to does not exist")]
    [InlineData(@"(?<n>a)(b)\1", 10, "a reference by number in a pattern with named groups")]
    [InlineData(@"(a)\g{-1}", 3, "write \\1, or \\k<name>, to refer to a group")]
    [InlineData(@"a\X", 1, "\\X is not supported")]
    [InlineData(@"[\R]", 1, "\\R means nothing in brackets")]
    [InlineData("x[:digit:]", 1, "a class such as [:alpha:] stands in brackets of its own")]
    [InlineData("[[:alhpa:]]", 1, "[:alhpa:] is not supported; the classes are alpha")]
    [InlineData("[[.a.]]", 1, "[.a.] is not supported")]
    [InlineData(@"\x{}", 2, "a character is written")]
    [InlineData(@"\p{}", 2, "a category of characters is written")]
    [InlineData(@"\p{Nonsense}", 0, "the pattern cannot be used")]
    public void What_cannot_be_used_is_refused_at_its_place(string pattern, int offset, string sentence)
    {
        Assert.False(TryRead($"/{pattern}/", out _, out ValueReading reading));

        Assert.StartsWith(sentence, reading.Fault, StringComparison.Ordinal);
        Assert.Equal(offset + 1, reading.FaultOffset);
    }

    [Fact]
    public void A_backslash_before_a_letter_that_needs_none_is_told()
    {
        Assert.True(TryRead(@"/\yes/", out PcrePattern? pattern, out ValueReading reading));
        Assert.True(pattern!.IsMatch("yes", out _));
        Assert.Equal("\\y in a pattern means the letter y; leave the backslash out", reading.Caution);
    }

    [Fact]
    public void A_pattern_that_is_too_long_or_too_deep_is_refused()
    {
        Assert.False(TryRead($"/{new string('a', PcreParser.MaxLength + 1)}/", out _, out ValueReading longer));
        Assert.StartsWith("the pattern is longer than", longer.Fault, StringComparison.Ordinal);
        Assert.False(TryRead($"/{new string('(', 60)}{new string(')', 60)}/", out _, out ValueReading deeper));
        Assert.StartsWith("parentheses are nested more than", deeper.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_match_that_takes_too_long_is_given_up()
    {
        Assert.True(TryRead("/^(a+)+$/", out PcrePattern? pattern, out _));

        Assert.False(pattern!.IsMatch(new string('a', 60) + "!", out bool ranOut));
        Assert.True(ranOut);
    }

    [Fact]
    public void No_text_makes_the_reader_or_the_match_throw()
    {
        string[] bits =
        [
            "a", "b", "0", " ", "\\", "(", ")", "[", "]", "{", "}", "*", "+", "?", "|", "^", "$", ".", "-", ",", ":", "=", "!", "<", ">", "'", "#", "&", "\n", "\0", "é", "\uD800", "(?", "(?<", "(?P<n>", "(?i)",
            "(?x)", "(?:", "(?>", "(?=", "(?<!", "[^", "[[:alpha:]]", "\\Q", "\\E", "\\d", "\\W", "\\b", "\\1", "\\g{", "\\k<n>", "\\x{", "\\p{L}", "{2,3}", "{9999}", "++", "*?", "(a+)+", "(.*)*",
        ];
        int accepted = 0;
        Gen.Int[0, bits.Length - 1].Array[0, 14].Sample(
            picks =>
            {
                string text = $"/{string.Concat(picks.Select(p => bits[p]))}/";
                if (TryRead(text, out PcrePattern? pattern, out ValueReading reading))
                {
                    accepted++;
                    pattern!.IsMatch("aab a\n0", out _);
                    Assert.Equal(pattern, ReadAgain(pattern));
                    PcreBacktracking.Find(pattern.Pieces());
                    var cover = new PcreCover(pattern.Pieces());
                    Assert.True(!cover.MatchesAll || pattern.IsMatch("", out bool ranOut) || ranOut);
                }
                else
                {
                    Assert.NotEmpty(reading.Fault);
                    Assert.InRange(reading.FaultOffset, 0, text.Length);
                }
            },
            iter: 10_000, seed: "0000000000005", threads: 1);
        Assert.InRange(accepted, 1_000, 10_000);
    }

    [Fact]
    public void A_pattern_that_covers_another_matches_wherever_it_does()
    {
        string[] bits = ["a", "b", "ab", "[ab]", ".", "a+", "b*", "(a|b)", "(?:ab)", "^", "$", "\\b", "x?", "(?-i)", "B", "|", ".*", "\\w", "c"];
        Gen<string> pattern = Gen.Int[0, bits.Length - 1].Array[1, 5].Select(picks => string.Concat(picks.Select(p => bits[p])));
        Gen<string> subject = Gen.Int[0, 6].Array[0, 8].Select(picks => string.Concat(picks.Select(p => "abABc x"[p])));
        int covered = 0;
        Gen.Select(pattern, pattern, subject.Array[20]).Sample(
            (one, other, subjects) =>
            {
                if (TryRead($"/{one}/", out PcrePattern? a, out _) && TryRead($"/{other}/", out PcrePattern? b, out _)
                    && new PcreCover(a!.Pieces()).Covers(new PcreCover(b!.Pieces())))
                {
                    covered++;
                    Assert.All(subjects, s => Assert.True(!b.IsMatch(s, out _) || a.IsMatch(s, out _), $"/{one}/ /{other}/ \"{s}\""));
                }
            },
            iter: 10_000, seed: "0000000000006", threads: 1);
        Assert.InRange(covered, 500, 10_000);
    }

    [Theory]
    [InlineData("^(a+)+$", "a")]
    [InlineData("(.*)*x", "a")]
    [InlineData(@"^(\w+\s?)*$", "a")]
    [InlineData(@"([a-z]+)*@", "a")]
    [InlineData(@"^(?:a|ab|b)*$", "ab")]
    [InlineData(@"^(\s*\w+\s*)*$", "a ")]
    [InlineData(@"x(?:a*b*)*y", "ab")]
    [InlineData(@"^((?:x?|y?)b)*$", "b")]
    public void A_loop_that_is_called_endless_does_run_out_of_time(string pattern, string pump)
    {
        Assert.True(TryRead($"/{pattern}/", out PcrePattern? read, out _));

        Assert.NotNull(PcreBacktracking.Find(read!.Pieces()));

        string head = pattern.StartsWith('x') ? "x" : "";
        Assert.False(read.IsMatch(head + string.Concat(Enumerable.Repeat(pump, 60)) + "!\n\n!", out bool ranOut));
        Assert.True(ranOut);
    }

    [Theory]
    [InlineData("(a|a)+$")]
    [InlineData("^(?:a+)+$")]
    [InlineData("^(?:a{1,3}){2,}$")]
    public void A_loop_that_only_other_engines_run_endlessly_is_found_too(string pattern)
    {
        Assert.True(TryRead($"/{pattern}/", out PcrePattern? read, out _));

        Assert.NotNull(PcreBacktracking.Find(read!.Pieces()));
    }

    [Theory]
    [InlineData("(a+)+")]
    [InlineData("(?:a+b)+c")]
    [InlineData(@"(\w+\.)+$")]
    [InlineData("(a+)++$")]
    [InlineData("(?>(a+)+)$")]
    [InlineData("(a|b)*c")]
    [InlineData("(a|ab)*$")]
    [InlineData("(a+)+a")]
    [InlineData("^(a+)+.*$")]
    [InlineData("(?s)(.+)+.*$")]
    [InlineData("^(.*)*$")]
    [InlineData("^(.*)*")]
    [InlineData("a*a*a*$")]
    [InlineData("(a{1,10}){1,10}$")]
    [InlineData("x|(a+)+")]
    [InlineData(@"(?:\d{3}-)*\d+$")]
    [InlineData("^4[0-9]{2}.*(too many|rate limit).*$")]
    public void A_loop_that_cannot_run_long_is_left_alone(string pattern)
    {
        Assert.True(TryRead($"/{pattern}/", out PcrePattern? read, out _));

        Assert.Null(PcreBacktracking.Find(read!.Pieces()));
    }

    private static PcrePattern? ReadAgain(PcrePattern pattern) => TryRead(pattern.ToString(), out PcrePattern? again, out _) ? again : null;

    private static bool TryRead(string text, out PcrePattern? pattern, out ValueReading reading)
    {
        reading = new ValueReading("/");
        return PatternLiteral.TryTake(text, 0, reading, out pattern!, out int end) && end == text.Length;
    }
}
