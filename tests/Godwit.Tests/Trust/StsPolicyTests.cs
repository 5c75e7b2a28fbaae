using CsCheck;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Trust;

namespace Godwit.Tests.Trust;

/// <summary>The texts that domains publish: policy, TXT record, report record.</summary>
public sealed class StsPolicyTests
{
    private const string Good = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.org\r\nmx: *.Example.NET\r\nmax_age: 604800\r\n";

    [Fact]
    public void A_policy_is_read_with_its_hosts_mode_and_life()
    {
        StsPolicy policy = Read(Good);

        Assert.Equal(StsMode.Enforce, policy.Mode);
        Assert.Equal(["mail.example.org", "*.example.net"], policy.Patterns);
        Assert.Equal(TimeSpan.FromDays(7), policy.MaxAge);
        Assert.Equal(["version: STSv1", "mode: enforce", "mx: mail.example.org", "mx: *.example.net", "max_age: 604800"], policy.Lines);
    }

    [Theory]
    [InlineData("version:STSv1\nmode:none\nmax_age:0", StsMode.None, 0)]
    [InlineData("max_age: 86400  \nmx: a.b\n\nmode: testing\nversion: STSv1\nnews: later", StsMode.Testing, 86400)]
    [InlineData("version: STSv1\nmode: testing\nmode: enforce\nmx: a.b\nmax_age: 9999999999", StsMode.Testing, 31557600)]
    public void Order_blanks_unknown_fields_and_repeated_ones_do_no_harm(string text, StsMode mode, int seconds)
    {
        StsPolicy policy = Read(text);

        Assert.Equal(mode, policy.Mode);
        Assert.Equal(TimeSpan.FromSeconds(seconds), policy.MaxAge);
    }

    [Theory]
    [InlineData("")]
    [InlineData("mode: enforce\nmx: a.b\nmax_age: 1")]
    [InlineData("version: STSv2\nmode: enforce\nmx: a.b\nmax_age: 1")]
    [InlineData("version: STSv1\nmx: a.b\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: strict\nmx: a.b\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.b")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.b\nmax_age: -1")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.b\nmax_age: 12345678901")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.*.b\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: enforce\nmx: *\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: enforce\nmx: [192.0.2.1]\nmax_age: 1")]
    [InlineData("<html>\n<body>not found</body>")]
    public void What_is_no_policy_is_refused_with_a_reason(string text)
    {
        Assert.False(StsPolicy.TryParse(text, out _, out string problem));
        Assert.NotEqual("", problem);
    }

    [Fact]
    public void A_policy_names_no_more_hosts_than_its_bound()
    {
        string many = string.Concat(Enumerable.Range(0, StsPolicy.MaxPatterns).Select(i => $"mx: h{i}.example.org\n"));

        Assert.Equal(StsPolicy.MaxPatterns, Read($"version: STSv1\nmode: enforce\nmax_age: 1\n{many}").Patterns.Count);
        Assert.False(StsPolicy.TryParse($"version: STSv1\nmode: enforce\nmax_age: 1\n{many}mx: one.more", out _, out _));
    }

    [Theory]
    [InlineData("mail.example.org", true)]
    [InlineData("mx1.example.net", true)]
    [InlineData("example.net", false)]
    [InlineData("a.mx1.example.net", false)]
    [InlineData("mail.example.org.evil.net", false)]
    [InlineData("xmail.example.org", false)]
    [InlineData("evilexample.net", false)]
    public void A_star_stands_for_one_label(string host, bool isNamed)
    {
        Assert.Equal(isNamed, Read(Good).Names(DomainName.Parse(host)));
    }

    [Fact]
    public void Random_texts_never_throw_and_what_is_read_reads_the_same_again()
    {
        string[] pieces =
        [
            "version: STSv1", "mode: enforce", "mode: none", "mx: ", "*.", "a.example", "max_age: 1", "max_age: ", ":", "\n", "\r\n", " ", "\t", "é", "\0", "9", "mx: b.c",
        ];
        Gen.Int[0, pieces.Length - 1].Array[0, 24].Select(chosen => string.Concat(chosen.Select(i => pieces[i]))).Sample(
            text =>
            {
                if (StsPolicy.TryParse(text, out StsPolicy policy, out string problem))
                {
                    StsPolicy again = Read(string.Join('\n', policy.Lines));
                    Assert.Equal(policy.Lines, again.Lines);
                    Assert.Equal((policy.Mode, policy.MaxAge), (again.Mode, again.MaxAge));
                }
                else
                {
                    Assert.NotEqual("", problem);
                }
            },
            iter: 20_000);
    }

    [Theory]
    [InlineData("v=STSv1; id=20160831085700Z;", "20160831085700Z")]
    [InlineData("v=STSv1;id=a", "a")]
    [InlineData("v=STSv1 ; x=y; id=abc", "abc")]
    [InlineData("v=STSv1; id=", null)]
    [InlineData("v=STSv1; id=a-b", null)]
    [InlineData("v=STSv1; id=123456789012345678901234567890123", null)]
    [InlineData("v=STSv1", null)]
    [InlineData("v=STSv12; id=a", null)]
    [InlineData("V=stsv1; id=a", null)]
    public void The_record_gives_the_id(string text, string? id)
    {
        Assert.Equal(id, StsRecord.IdOf([Txt("something else"), Txt(text)]));
    }

    [Fact]
    public void Two_records_are_as_good_as_none()
    {
        Assert.Null(StsRecord.IdOf([Txt("v=STSv1; id=a"), Txt("v=STSv1; id=b")]));
    }

    [Theory]
    [InlineData("v=TLSRPTv1;rua=mailto:a@b.example", "mailto:a@b.example")]
    [InlineData("v=TLSRPTv1; rua=mailto:a%21b@c.example,https://d.example/r", "mailto:a%21b@c.example https://d.example/r")]
    [InlineData("v=TLSRPTv1; rua=https://d.example:25/r, https://d.example:443/r", "https://d.example:443/r")]
    [InlineData("v=TLSRPTv1; rua=http://d.example/r, ftp://x, mailto:nobody, https://u:p@d.example/", "")]
    [InlineData("v=TLSRPTv1; rua=", "")]
    [InlineData("v=TLSRPTv2; rua=mailto:a@b.example", "")]
    public void The_report_record_names_places(string text, string targets)
    {
        Assert.Equal(targets, string.Join(' ', TlsReportRecord.TargetsOf([Txt(text)]).Select(target => target.Text)));
    }

    [Fact]
    public void Of_many_places_the_first_few_count()
    {
        string many = string.Join(',', Enumerable.Range(0, 50).Select(i => $"mailto:r{i}@b.example"));

        Assert.Equal(TlsReportRecord.MaxTargets, TlsReportRecord.TargetsOf([Txt($"v=TLSRPTv1; rua={many}")]).Count);
        Assert.Empty(TlsReportRecord.TargetsOf([Txt("v=TLSRPTv1; rua=mailto:a@b.example"), Txt("v=TLSRPTv1; rua=mailto:a@b.example")]));
    }

    private static StsPolicy Read(string text)
    {
        Assert.True(StsPolicy.TryParse(text, out StsPolicy policy, out string problem), problem);
        return policy;
    }

    private static TextRecord Txt(string text) => new(DomainName.Parse("_mta-sts.example.org"), 300, text);
}
