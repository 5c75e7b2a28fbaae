using Godwit.Tests.Support;

namespace Godwit.Tests.Dkim;

/// <summary>What a signature says and covers.</summary>
public sealed class SignatureFieldTests
{
    private const string Key = "domain-key s1, brand.example, /rsa\n";

    [Fact]
    public void It_says_nothing_that_nobody_asked_for()
    {
        JudgedSignature signature = Signature("");

        Assert.Equal(["a", "b", "bh", "c", "d", "h", "i", "s", "v"], signature.Tags.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("Subject:To:From", signature.Tags["h"]);
    }

    [Fact]
    public void Time_end_length_and_query_method_are_said_on_request()
    {
        JudgedSignature signature = Signature("dkim-add-timestamp yes\ndkim-expire-after 14d\ndkim-add-body-limit yes\ndkim-query-method dns/txt");

        Assert.Equal("1800000000", signature.Tags["t"]);
        Assert.Equal($"{1_800_000_000 + (14 * 86400)}", signature.Tags["x"]);
        Assert.Equal("7", signature.Tags["l"]);
        Assert.Equal("dns/txt", signature.Tags["q"]);
        Assert.Equal("pass", signature.Result);
    }

    [Fact]
    public void Every_field_of_a_name_is_covered_the_last_one_first()
    {
        const string Message = "X-Tag: one\r\nFrom: a@brand.example\r\nX-Tag: two\r\nX-Other: no\r\n\r\nhello\r\n";
        string signed = Desk("dkim-headers X-Tag").Sign(Message);

        Assert.Equal("X-Tag:From:X-Tag", Judge(signed).Tags["h"]);
        Assert.Equal("pass", Judge(signed).Result);
        Assert.Equal("the signature is wrong", Judge(signed.Replace("X-Tag: one", "X-Tag: 1", StringComparison.Ordinal)).Result);
        Assert.Equal("the signature is wrong", Judge(signed.Replace("X-Tag: two", "X-Tag: 2", StringComparison.Ordinal)).Result);
        Assert.Equal("pass", Judge(signed.Replace("X-Other: no", "X-Other: yes", StringComparison.Ordinal)).Result);
    }

    [Fact]
    public void More_fields_may_be_named_by_pattern() =>
        Assert.Equal("X-Brand-B:X-Brand-A:From", Judge(Desk("dkim-headers /^X-Brand-/").Sign("From: a@brand.example\r\nX-Brand-A: 1\r\nX-Brand-B: 2\r\nX: 3\r\n\r\nhello\r\n")).Tags["h"]);

    [Fact]
    public void A_field_that_nobody_may_add_breaks_the_signature_when_somebody_does()
    {
        string signed = Desk("dkim-disallow-adding-headers From, Reply-To").Sign(SigningDesk.Letter);

        Assert.Equal("pass", Judge(signed).Result);
        Assert.Equal("Subject:To:From:From:Reply-To", Judge(signed).Tags["h"]);
        Assert.Equal("the signature is wrong", Judge(signed.Replace("\r\n\r\nhello", "\r\nReply-To: x@evil.test\r\n\r\nhello", StringComparison.Ordinal)).Result);
        Assert.Equal("the signature is wrong", Judge("From: evil@evil.test\r\n" + signed).Result);
    }

    [Fact]
    public void A_message_without_from_is_covered_against_one()
    {
        string signed = Desk("dkim-identity @brand.example").Sign("Subject: x\r\n\r\nhello\r\n");

        Assert.Equal("Subject:From", Judge(signed).Tags["h"]);
        Assert.Equal("the signature is wrong", Judge("From: evil@evil.test\r\n" + signed).Result);
    }

    [Fact]
    public void A_changed_body_does_not_verify()
    {
        string signed = Desk("").Sign(SigningDesk.Letter);

        Assert.Equal("the body differs", Judge(signed.Replace("\r\n\r\nhello", "\r\n\r\nhullo", StringComparison.Ordinal)).Result);
    }

    [Fact]
    public void No_line_is_longer_than_a_terminal_is_wide()
    {
        string fields = string.Concat(Enumerable.Range(0, 60).Select(i => $"X-A-Rather-Long-Name-Number-{i}: 1\r\n"));
        string signed = Desk("dkim-headers /^X-/\ndkim-add-timestamp yes\ndkim-expire-after 1d").Sign("From: a@brand.example\r\n" + fields + "\r\nhello\r\n");

        Assert.Equal("pass", Judge(signed).Result);
        Assert.All(signed[..signed.IndexOf("From:", StringComparison.Ordinal)].Split("\r\n"), line => Assert.InRange(line.Replace("\t", "        ", StringComparison.Ordinal).Length, 0, 78));
    }

    [Theory]
    [InlineData("\"a b\"@brand.example", "\"a=20b\"@brand.example")]
    [InlineData("Ann (me; really) <a=b@brand.example>", "a=3Db@brand.example")]
    [InlineData("Group: x@sub.brand.example, y@b.example;", "x@sub.brand.example")]
    [InlineData("\"Doe, Ann\" <ann@brand.example>", "ann@brand.example")]
    [InlineData("=?utf-8?q?Ann?= <ann\r\n @brand.example>", "ann@brand.example")]
    [InlineData("ann@BRAND.example", "ann@brand.example")]
    public void The_identity_is_the_first_address_however_it_is_written(string from, string identity)
    {
        List<JudgedSignature> signatures = PlainDkim.Judge(Desk("").Sign($"From: {from}\r\n\r\nhello\r\n"), SigningDesk.Record);

        Assert.Equal(identity, signatures.Count == 0 ? "" : signatures[0].Tags["i"]);
        Assert.All(signatures, signature => Assert.Equal("pass", signature.Result));
    }

    [Fact]
    public void Lone_line_ends_in_a_header_are_signed_as_they_are_sent()
    {
        const string Stored = "From: a@brand.example\nSubject: x\r\n\r\nhello\nyou\r\n";
        string sent = Stored.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal);
        string signed = Desk("").Sign(Stored);

        Assert.Equal("pass", Judge(signed[..^Stored.Length] + sent).Result);
    }

    private static SigningDesk Desk(string settings) => new($"{Key}<domain *>\n{settings}\n</domain>\n");

    private static JudgedSignature Signature(string settings) => Judge(Desk(settings).Sign(SigningDesk.Letter));

    private static JudgedSignature Judge(string signed) => Assert.Single(PlainDkim.Judge(signed, SigningDesk.Record));
}
