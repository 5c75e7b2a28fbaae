using CsCheck;
using Godwit.Verification;

namespace Godwit.Tests.Verification;

public sealed class SpfMacroTests
{
    private static readonly SpfMacroValues _values = new(
        "strong-bad@email.example.com", "email.example.com", "mx.example.org", "192.0.2.3", "192.0.2.3", false, "mx.example.org", "mx.test", 1_800_000_000);

    /// <summary>RFC 7208 section 7.4.</summary>
    [Theory]
    [InlineData("%{s}", "strong-bad@email.example.com")]
    [InlineData("%{o}", "email.example.com")]
    [InlineData("%{d}", "email.example.com")]
    [InlineData("%{d4}", "email.example.com")]
    [InlineData("%{d3}", "email.example.com")]
    [InlineData("%{d2}", "example.com")]
    [InlineData("%{d1}", "com")]
    [InlineData("%{dr}", "com.example.email")]
    [InlineData("%{d2r}", "example.email")]
    [InlineData("%{l}", "strong-bad")]
    [InlineData("%{l-}", "strong.bad")]
    [InlineData("%{lr}", "strong-bad")]
    [InlineData("%{lr-}", "bad.strong")]
    [InlineData("%{l1r-}", "strong")]
    [InlineData("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com")]
    [InlineData("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com")]
    [InlineData("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com")]
    [InlineData("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com")]
    [InlineData("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net")]
    [InlineData("%{S}", "strong-bad%40email.example.com")]
    [InlineData("%%%_%-", "% %20")]
    [InlineData("%{c} %{r} %{t} %{h} %{p}", "192.0.2.3 mx.test 1800000000 mx.example.org mx.example.org")]
    public void A_macro_expands_as_the_standard_prints(string text, string expanded)
    {
        Assert.Equal("", SpfMacro.Problem(text, forExplanation: true));
        Assert.Equal(expanded, SpfMacro.Expand(text, _values, 1000));
    }

    [Fact]
    public void Whatever_passes_the_check_expands_within_its_bounds()
    {
        Gen<string> pieces = Gen.OneOf(
            Gen.Const("%{"), Gen.Const("}"), Gen.Const("%"), Gen.Const("r"), Gen.Const("."), Gen.Const("-"), Gen.Const("example.com"),
            Gen.Int[0, 200].Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture)), Gen.Char[" sSlLoOdDiIpPhHcCrRtTvVxX%{}.=/\u00e4"].Select(c => c.ToString()));
        Gen.String.Select(pieces.Array[0, 40], (noise, parts) => string.Concat(parts) + (noise.Length % 5 == 0 ? noise : "")).Sample(text =>
        {
            if (SpfMacro.Problem(text, forExplanation: true).Length == 0)
            {
                Assert.True(SpfMacro.Expand(text, _values, 100).Length <= 100);
                Assert.True(SpfMacro.ExpandDomain(text, _values).Length <= SpfMacro.MaxDomain);
            }
        });
    }

    [Fact]
    public void Whatever_a_record_says_reading_it_ends_in_terms_or_in_a_problem()
    {
        string[] words =
        [
            " ", "a", "mx", "ptr", "ip4:", "ip6:", "include:", "exists:", "redirect=", "exp=", "all", "-", "~", "?", "+", "/", "//", "24", "128", "999", ":", "=",
            "1.2.3.4", "2001:db8::1", "::", "%{", "d2r-", "}", "example.com", ".", "x", "\t", "\0", "\u00e4",
        ];
        Gen.Int[0, words.Length - 1].Array[0, 60].Select(at => "v=spf1 " + string.Concat(at.Select(i => words[i]))).Sample(text =>
        {
            bool read = SpfReader.TryRead(text, out SpfRecord record, out string problem);
            Assert.Equal(read, problem.Length == 0);
            Assert.True(read || record.Terms.Count == 0);
        });
    }
}
