using System.Security.Cryptography;
using Godwit.Dkim;
using Godwit.Settings;
using Godwit.Tests.Dkim;
using Godwit.Tests.Support;

namespace Godwit.Tests.Verification;

public sealed class DkimVerifyTests
{
    private const string Body = "Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n";

    /// <summary>RFC 6376 appendix A.2, with the blanks that its signature was made over.</summary>
    private const string Rfc6376 =
        "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
        + "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
        + "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
        + "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
        + "      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"
        + "      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"
        + "      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"
        + "      4bmp/YzhwvcubU4=;\r\n"
        + "Received: from client1.football.example.com  [192.0.2.1]\r\n"
        + "      by submitserver.example.com with SUBMISSION;\r\n"
        + "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n"
        + "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\nSubject: Is dinner ready?\r\n"
        + "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\nMessage-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n" + Body;

    private const string Rfc6376Key =
        "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0"
        + "fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";

    /// <summary>RFC 8463 appendix A.3.</summary>
    private const string Rfc8463 =
        "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n"
        + " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n"
        + " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
        + " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
        + "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n"
        + " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n date : message-id : from : subject : date;\r\n"
        + " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
        + " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
        + " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
        + "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\nSubject: Is dinner ready?\r\n"
        + "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\nMessage-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n" + Body;

    private const string Rfc8463Rsa =
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3"
        + "rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";

    [Fact]
    public async Task The_message_of_rfc_6376_is_genuine() =>
        Assert.Equal("rsa-sha256 example.com pass", await ContentDesk.DkimAsync(Rfc6376, name => name == "brisbane._domainkey.example.com" ? Rfc6376Key : null));

    [Fact]
    public async Task The_message_of_rfc_8463_is_genuine_by_both_signatures() => Assert.Equal(
        "ed25519-sha256 football.example.com pass\nrsa-sha256 football.example.com pass",
        await ContentDesk.DkimAsync(Rfc8463, name => name.StartsWith("test.", StringComparison.Ordinal) ? Rfc8463Rsa : DkimKeys.Ed25519Record));

    [Theory]
    [InlineData("dkim-headers-canon simple\n dkim-body-canon simple")]
    [InlineData("dkim-headers-canon simple\n dkim-body-canon relaxed")]
    [InlineData("dkim-headers-canon relaxed\n dkim-body-canon simple")]
    [InlineData("dkim-headers-canon relaxed\n dkim-body-canon relaxed\n dkim-add-body-limit yes\n dkim-expire-after 1d\n dkim-disallow-adding-headers From,Subject")]
    public async Task What_we_sign_is_genuine_however_it_is_cut_and_false_when_it_is_altered(string forms)
    {
        var desk = new SigningDesk($"domain-key s1, brand.example, /rsa\ndomain-key ed1, brand.example, /ed\n<domain there.test>\n {forms}\n</domain>\n");
        string signed = desk.Sign(SigningDesk.Letter + "\r\na  b\t\r\n\r\n\r\n");

        foreach (int piece in (int[])[1, 2, 7, int.MaxValue])
        {
            Assert.Equal("ed25519-sha256 brand.example pass\nrsa-sha256 brand.example pass", Sorted(await ContentDesk.DkimAsync(signed, Record, piece)));
        }

        Assert.All(
            (await ContentDesk.DkimAsync(signed.Replace("hello\r\n\r\na", "hallo\r\n\r\na", StringComparison.Ordinal), Record)).Split('\n'),
            line => Assert.EndsWith("fail: the body was changed", line, StringComparison.Ordinal));
        Assert.All(
            (await ContentDesk.DkimAsync(signed.Replace("Subject: hello", "Subject: hallo", StringComparison.Ordinal), Record)).Split('\n'),
            line => Assert.EndsWith("fail: the header was changed, or the key is not the signer's", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_stands_behind_the_signed_length_does_not_count()
    {
        var desk = new SigningDesk("domain-key s1, brand.example, /rsa\n<domain there.test>\n dkim-add-body-limit yes\n</domain>\n");
        string signed = desk.Sign(SigningDesk.Letter);

        Assert.Equal("rsa-sha256 brand.example pass", await ContentDesk.DkimAsync(signed + "a footer\r\n", Record));
        Assert.Equal(
            "rsa-sha256 brand.example fail: l= is more than the body has",
            await ContentDesk.DkimAsync(signed.Replace("hello\r\n", "h\r\n", StringComparison.Ordinal).Replace("Subject: h\r\n", "Subject: hello\r\n", StringComparison.Ordinal), Record));
    }

    [Theory]
    [InlineData("a=rsa-sha256", "a=rsa-sha1", "policy: rsa-sha1 is not accepted (RFC 8301)")]
    [InlineData("a=rsa-sha256", "a=rsa-md5", "neutral: the algorithm rsa-md5 is not known")]
    [InlineData("v=1;", "v=2;", "neutral: v= is not 1")]
    [InlineData("v=1;", "", "neutral: v= is not 1")]
    [InlineData("v=1;", "v=1; v=1;", "neutral: v= stands twice")]
    [InlineData("q=dns/txt", "q=http", "neutral: q= does not name dns/txt")]
    [InlineData("q=dns/txt", "q=http : dns/txt", "fail: the header was changed, or the key is not the signer's")]
    [InlineData("i=joe@football.example.com", "i=joe@example.org", "neutral: i= is not in the domain of d=")]
    [InlineData("i=joe@football.example.com", "i=joe@badexample.com", "neutral: i= is not in the domain of d=")]
    [InlineData("From : To", "To", "neutral: From is not signed")]
    [InlineData("q=dns/txt", "x=1749999999", "policy: the signature has expired")]
    [InlineData("q=dns/txt", "t=20; x=20", "neutral: x= is not later than t=")]
    [InlineData("q=dns/txt", "l=-1", "neutral: l=, t= or x= is no number")]
    [InlineData("c=simple/simple", "c=simple/nothing", "neutral: c= names no form that is known")]
    [InlineData("bh=2j", "bh=*", "neutral: bh= is missing or no base64")]
    [InlineData("s=brisbane", "s=bris bane", "neutral: s= is missing or no selector")]
    public async Task A_signature_field_with_a_fault_does_not_pass(string from, string to, string finding) => Assert.EndsWith(
        finding, await ContentDesk.DkimAsync(Rfc6376.Replace(from, to, StringComparison.Ordinal), _ => Rfc6376Key), StringComparison.Ordinal);

    [Theory]
    [InlineData(null, "permerror: DNS has no such record")]
    [InlineData("", "temperror: no answer for the key")]
    [InlineData("v=DKIM1; p=", "permerror: the key was revoked")]
    [InlineData("v=DKIM1; k=rsa", "permerror: p= is missing")]
    [InlineData("v=DKIM2; p=AAAA", "permerror: it is no DKIM key")]
    [InlineData("p=AAAA; v=DKIM1", "permerror: it is no DKIM key")]
    [InlineData("v=DKIM1; k=dsa; p=AAAA", "permerror: keys of the kind dsa are not known")]
    [InlineData("v=DKIM1; h=sha1; p=AAAA", "permerror: the key is not for SHA-256")]
    [InlineData("v=DKIM1; s=tlsrpt; p=AAAA", "permerror: the key is not for mail")]
    [InlineData("v=DKIM1; p=AAAA", "permerror: the key cannot be read")]
    [InlineData("v=DKIM1; k=ed25519; p=AAAA", "permerror: the key is of another kind than the signature")]
    [InlineData("v=DKIM1; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==", "policy: a key of 512 bits is not accepted (RFC 8301)")]
    public async Task A_key_that_cannot_be_used_makes_no_signature_pass(string? record, string finding) =>
        Assert.EndsWith(finding, await ContentDesk.DkimAsync(Rfc6376, _ => record), StringComparison.Ordinal);

    [Fact]
    public async Task A_key_that_allows_no_subdomains_does_not_vouch_for_one() => Assert.EndsWith(
        "permerror: i= is below d=, which the key does not allow", await ContentDesk.DkimAsync(Rfc6376, _ => "t=s; " + Rfc6376Key[9..]), StringComparison.Ordinal);

    [Fact]
    public async Task A_failure_with_a_key_for_testing_makes_a_message_unsigned()
    {
        string testing = Rfc6376Key.Replace("v=DKIM1;", "v=DKIM1; t=y;", StringComparison.Ordinal);

        Assert.Equal("rsa-sha256 example.com pass: the key is for testing", await ContentDesk.DkimAsync(Rfc6376, _ => testing));
        Assert.EndsWith(
            "neutral: the body was changed; the key is for testing",
            await ContentDesk.DkimAsync(Rfc6376.Replace("Hi.", "Ho.", StringComparison.Ordinal), _ => testing), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_first_ten_signatures_are_looked_at()
    {
        int asked = 0;
        string many = string.Concat(Enumerable.Repeat(Rfc6376[..Rfc6376.IndexOf("Received:", StringComparison.Ordinal)], 30)) + Rfc6376;

        string findings = await ContentDesk.DkimAsync(many, _ =>
        {
            asked++;
            return Rfc6376Key;
        });

        Assert.Equal(10, findings.Split('\n').Length);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_body_is_hashed_in_four_forms_at_most_and_the_other_signatures_are_not_evaluated()
    {
        string message = string.Concat(Enumerable.Range(0, 10).Select(limit => Limited("brand.example", limit))) + SigningDesk.Letter;

        string[] findings = (await ContentDesk.DkimAsync(message, Record)).Split('\n');

        Assert.All(findings[..4], line => Assert.EndsWith("fail: the body was changed", line, StringComparison.Ordinal));
        Assert.All(findings[4..], line => Assert.EndsWith(
            "neutral: not evaluated: the message is signed in more than 4 forms of its body", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Signatures_without_a_key_keep_no_other_from_being_evaluated()
    {
        var desk = new SigningDesk("domain-key s1, brand.example, /rsa\n");
        string message = string.Concat(Enumerable.Range(0, 9).Select(limit => Limited("nobody.example", limit))) + desk.Sign(SigningDesk.Letter);

        string findings = await ContentDesk.DkimAsync(message, name => name.EndsWith("nobody.example", StringComparison.Ordinal) ? null : Record(name));

        Assert.EndsWith("rsa-sha256 brand.example pass", findings, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    [InlineData(250, false)]
    public void A_key_whose_exponent_would_cost_what_signing_costs_is_none(int octets, bool taken)
    {
        using var rsa = RSA.Create(2048);
        byte[] exponent = new byte[octets];
        exponent.AsSpan().Fill(0x7f);
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(rsa.ExportParameters(false).Modulus);
            writer.WriteIntegerUnsigned(exponent);
        }

        using DkimPublicKey? key = DkimPublicKey.TryRead(DkimAlgorithm.RsaSha256, writer.Encode());

        Assert.Equal(taken, key is not null);
    }

    private static string Limited(string domain, int limit) =>
        $"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1; h=from; l={limit};\r\n bh=AAAA; b=AAAA\r\n";

    private static string Sorted(string lines) => string.Join('\n', lines.Split('\n').Order(StringComparer.Ordinal));

    private static string? Record(string name) => SigningDesk.Record(name[..name.IndexOf('.', StringComparison.Ordinal)], "brand.example");
}
