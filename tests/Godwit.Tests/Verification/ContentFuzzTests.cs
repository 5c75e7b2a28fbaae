using System.Text;
using CsCheck;
using Godwit.Tests.Dkim;
using Godwit.Tests.Support;
using Godwit.Verification;

namespace Godwit.Tests.Verification;

/// <summary>Whatever strangers put into signed messages, keys and policies, checking them ends in findings.</summary>
public sealed class ContentFuzzTests
{
    private static readonly string[] _pieces =
    [
        ";", "=", ":", ",", " ", "\t", "\r\n ", "\r\n", "\r\n\r\n", "b=", "bh=", "i=1", "i=50", "i=51", "i=99999999999999999999", "h=from:from", "cv=none", "cv=pass", "cv=fail", "a=rsa-sha256",
        "d=.", "d=brand.example", "s=s1", "l=0", "l=999999999999999999", "x=1", "t=y", "From: x", "From: a@b.example, c@d.example", "ARC-Seal: i=1; cv=none;", "ARC-Message-Signature: i=2;",
        "ARC-Authentication-Results: i=", "DKIM-Signature: v=1;", "(", ")", "\"", "\\", "\0", "\u00ff", "", new string('a', 300),
    ];

    [Fact]
    public async Task A_damaged_message_gives_findings()
    {
        string signed = await PreparedAsync();
        await Gen.Select(Gen.Int[0, signed.Length], Gen.Int[0, 80], Gen.Int[0, _pieces.Length - 1]).Array[1, 4].SampleAsync(async damages =>
        {
            string message = signed;
            foreach ((int at, int cut, int piece) in damages)
            {
                int from = Math.Min(at, message.Length);
                message = message[..from] + _pieces[piece] + message[Math.Min(from + cut, message.Length)..];
            }

            ContentFindings findings = await ContentDesk.CheckAsync(message, name => name.StartsWith("s1.", StringComparison.Ordinal) ? DkimKeys.RsaRecord : null, wantsBody: true);
            Assert.True(findings.Signatures.Count <= DkimCheck.MaxSignatures);
            Assert.True(ResultsText.Field("mx.test", new SenderFindings { Signatures = findings.Signatures, Arc = findings.Arc }).All(char.IsAscii));
        }, iter: 400, threads: 1);
    }

    [Fact]
    public void A_damaged_record_is_read_or_refused() =>
        Gen.Select(Gen.Int[0, 120], Gen.Int[0, 20], Gen.Int[0, _pieces.Length - 1]).Array[0, 5].Sample(damages =>
        {
            foreach (string original in (string[])["v=DKIM1; k=rsa; t=y:s; h=sha256; p=AAAA", "v=DMARC1; p=reject; sp=none; adkim=s; pct=50; psd=n", "v=spf1 a mx include:x.example -all"])
            {
                string text = original;
                foreach ((int at, int cut, int piece) in damages)
                {
                    int from = Math.Min(at, text.Length);
                    text = text[..from] + _pieces[piece] + text[Math.Min(from + cut, text.Length)..];
                }

                Assert.Equal(KeyRecord.TryRead(text, out _, out string problem), problem.Length == 0);
                Assert.True(!DmarcRecord.TryRead(text, out DmarcRecord record) || record.Percent is >= 0 and <= 100);
                Assert.Equal(SpfReader.IsRecord(text) && SpfReader.TryRead(text, out _, out problem), SpfReader.IsRecord(text) && problem.Length == 0);
            }
        });

    [Fact]
    public async Task A_header_with_as_many_fields_as_fit_is_checked_in_one_pass()
    {
        string many = string.Concat(Enumerable.Repeat("a:\r\n", 60_000));
        string names = string.Join(':', Enumerable.Repeat("a", SignatureField.MaxNames - 1));
        string signature = $"DKIM-Signature: v=1; a=rsa-sha256; d=brand.example; s=s1; h=from:{names}; bh=AAAA; b=AAAA\r\n";

        string findings = await ContentDesk.DkimAsync(string.Concat(Enumerable.Repeat(signature, 20)) + many + "From: a@brand.example\r\n\r\n", _ => DkimKeys.RsaRecord);

        Assert.Equal(DkimCheck.MaxSignatures, findings.Split('\n').Length);
        string more = await ContentDesk.DkimAsync(signature.Replace("h=from", "h=from:a:a", StringComparison.Ordinal) + "\r\n", _ => null);
        Assert.EndsWith("neutral: h= is missing, has an empty name or more than 256", more, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_that_runs_out_of_time_is_a_temporary_error()
    {
        using var over = new CancellationTokenSource();
        await over.CancelAsync();
        var identity = new SpfIdentity(System.Net.IPAddress.Loopback, "mx.example", "a@brand.example", "mx.test");

        SpfVerdict spf = await SpfCheck.RunAsync(Never, identity, 2, 0, null, over.Token);
        IprevFinding iprev = await IprevCheck.RunAsync(Never, System.Net.IPAddress.Loopback, over.Token);
        DmarcFinding dmarc = await DmarcCheck.RunAsync(Never, Encoding.ASCII.GetBytes("From: a@brand.example\r\n"), spf, [], over.Token);
        KeyAnswer key = await KeyAnswer.AskAsync(Never, "s1._domainkey.brand.example", over.Token);

        Assert.Equal(
            (SpfResult.TempError, IprevResult.TempError, DmarcResult.TempError, SignatureResult.TempError), (spf.Result, iprev.Result, dmarc.Result, key.Result));
        Assert.Equal("brand.example", spf.Identity);

        static async ValueTask<NameAnswer> Never(string name, Godwit.Dns.DnsType type, CancellationToken cancellation)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            return NameAnswer.NoSuchName;
        }
    }

    private static async Task<string> PreparedAsync()
    {
        string signed = new SigningDesk("domain-key s1, brand.example, /rsa\n").Sign(SigningDesk.Letter);
        return await SealingDesk.SealAsync(await SealingDesk.SealAsync(signed));
    }
}
